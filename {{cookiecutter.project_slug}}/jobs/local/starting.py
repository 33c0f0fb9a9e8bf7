"""Starts what `python -m jobs local` runs, one thing after the other, as its options say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.aws import partitions
from jobs.local import (
    environment,
    files,
    function,
    function_log,
    other_lambda,
    other_s3,
    own_resources,
    startup,
)
from jobs.local.api import operations
from jobs.local.api.server import Service
from jobs.local.deployed import JOBS
from jobs.local.engine.engine import ACCOUNT, Engine
from jobs.local.functions.endpoint import endpoint
from jobs.local.functions.environments import Environments
from jobs.local.options import check, given_choices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

    from jobs.local.deployed import Deployed
    from jobs.local.engine.choices import Choices
    from jobs.local.functions.invoke import Target
    from jobs.local.functions.processes import Starter
    from jobs.local.options import Options


@dataclass(frozen=True, slots=True)
class Services:
    """Where S3 and all other services are, for this process too."""

    s3_url: str
    url: str
    """Of moto, which answers for all other services."""
    wait: Callable[[], object]
    """Returns once those that run here answer."""
    is_own_s3: bool
    keys: Mapping[str, str]
    """Made-up credentials, where the user gave none to be used there."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The S3 of the jobs, with its buckets."""

    s3: S3Client
    names: Mapping[str, str]
    """JOBS_BUCKET and JOBS_SOURCE_BUCKET, as far as they were made."""


@dataclass(frozen=True, slots=True)
class Function:
    """What the jobs invoke."""

    target: Target
    arn: str | None
    """None: nobody knows which of the functions behind --lambda-endpoint is meant."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those of template.yaml, as the function has them here."""
    url: str | None = None
    """Of the Lambda on this machine that knows it; None: the job service does."""


@dataclass(frozen=True, slots=True)
class Started:
    """What runs."""

    engine: Engine
    running: environment.Running
    """For the exports."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be started."""

    options: Options
    project: Deployed
    choices: Choices
    user: Mapping[str, str]
    """The user's own environment."""
    running: ExitStack
    """What was started ends with it."""


def start(options: Options, project: Deployed, running: ExitStack) -> Started:
    """Start S3, the function and the job service; they end with `running`. Raises Refused."""
    check(options)
    asked = Asked(options, project, given_choices(options), dict(os.environ), running)
    url = options["lambda_endpoint"]
    starter, aws = None, None
    if url is not None and partitions.is_aws(url):  # now: `_services` hides the user's credentials
        aws = other_lambda.client(url, asked.choices.concurrency)
    elif url is None and not options["in_process"]:
        starter = running.enter_context(function.starting())
    services = _services(asked)
    if starter is not None and services.is_own_s3 and options["folder"] is None:
        # The function loads while moto does. moto answers it once buckets and kept objects are
        # there; the files of --folder come later.
        invoked = _here(asked, services, None, starter)
        return _serve(asked, services, _storage(asked, services), invoked)
    storage = _storage(asked, services)
    if url is None:
        return _serve(asked, services, storage, _here(asked, services, storage, starter))
    client = aws or other_lambda.client(url, asked.choices.concurrency)
    invoked = _elsewhere(asked, services, storage, client, None if aws else url)
    return _serve(asked, services, storage, invoked)


def _serve(asked: Asked, services: Services, storage: Storage, invoked: Function) -> Started:
    """Start the engine and its job API. Raises Refused: the port is taken."""
    region, running = os.environ["AWS_REGION"], asked.running
    target = invoked.target
    end = target.close if isinstance(target, Environments) else None
    engine = Engine(storage.s3, target, asked.choices, region=region, end_function=end)
    running.enter_context(engine)
    answer = partial(operations.answer, engine, invoked.arn, invoked.variables)
    listener = startup.listening("--port", asked.options["port"], startup.JOBS_PORT)
    service = running.enter_context(Service(answer, listener))
    parts = environment.Running(
        s3_url=services.s3_url,
        jobs_url=service.url,
        services_url=services.url,
        lambda_url=invoked.url or service.url,
        region=region,
        keys=services.keys,
        function_arn=invoked.arn,
        buckets=storage.names,
    )
    return Started(engine, parts)


def _services(asked: Asked) -> Services:
    """Begin to start S3, or find it, and isolate this process."""
    options = asked.options
    is_own = options["s3_endpoint"] is None
    keys = {} if not is_own and os.environ.get("AWS_ACCESS_KEY_ID") else environment.FAKE_KEYS
    s3_url, url, wait = asked.running.enter_context(
        startup.services(
            options["s3_endpoint"], options["s3_port"], options["keep"], asked.project.buckets
        )
    )
    startup.isolate(s3_url, is_own_s3=is_own, services_url=url)
    return Services(s3_url, url, wait, is_own, keys)


def _storage(asked: Asked, services: Services) -> Storage:
    """Make the buckets of another S3, and fill the source bucket, once S3 answers."""
    options, project = asked.options, asked.project
    services.wait()
    s3 = startup.s3_client(services.s3_url, asked.choices.concurrency)
    buckets = () if partitions.is_aws(services.s3_url) else project.buckets
    if not services.is_own_s3:
        startup.make_buckets(s3, buckets, os.environ["AWS_REGION"])
    if options["folder"] is not None:
        found = files.below(options["folder"])
        files.upload(s3, project.source, found)
        terminal.say(f"{len(found)} files of {str(options['folder'])!r} are in {project.source!r}.")
    named = {"JOBS_BUCKET": JOBS, "JOBS_SOURCE_BUCKET": project.source} if buckets else {}
    return Storage(s3, named)


def _elsewhere(
    asked: Asked, services: Services, storage: Storage, client: LambdaClient, url: str | None
) -> Function:
    """Return the function behind --lambda-endpoint, which is at `url` on this machine."""
    if not services.is_own_s3:
        other_s3.check(storage.s3, services.s3_url, {}, is_accepted=True)
    name = asked.options["lambda_function"]
    arn = other_lambda.function_arn(client, name, os.environ["AWS_REGION"])
    return Function(endpoint(client, name), arn, url=url)


def _here(
    asked: Asked, services: Services, storage: Storage | None, starter: Starter | None
) -> Function:
    """Return this project's function, and say what is special in its environment."""
    project = own_resources.made(asked.project, services.wait)
    environ = function.settings(project, asked.user)
    if storage is not None and not services.is_own_s3:
        environ |= other_s3.check(
            storage.s3, services.s3_url, environ, is_accepted=asked.options["anyway"]
        )
    target = _target(asked, environ, starter)
    own = {name: environ[name] for name in project.own_variables}
    arn = f"arn:aws:lambda:{environ['AWS_REGION']}:{ACCOUNT}:function:local:1"
    return Function(target, arn, own)


def _target(asked: Asked, environ: Mapping[str, str], starter: Starter | None) -> Target:
    """Return the project's function with `environ`: in environments, or in this process."""
    options, project = asked.options, asked.project
    dotted = project.handler if options["function"] is None else options["function"]
    timeout = options["timeout"] or project.timeout
    level = environ.get("LOG_LEVEL") or project.log_level
    if starter is None:
        function.log_here(level)
        return function.in_this_process(dotted, environ, timeout)
    log = function_log.writer(as_json=options["as_json"])
    setup = function.setup(dotted, level, timeout)
    return asked.running.enter_context(
        function.in_environments(starter, setup, environ, log, terminal.say)
    )
