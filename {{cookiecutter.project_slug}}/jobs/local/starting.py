"""Starts what `python -m jobs local` runs, one thing after the other, as its options say."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from jobs import terminal
from jobs.aws import partitions
from jobs.local import (
    deployed,
    environment,
    files,
    function,
    function_log,
    other_services,
)
from jobs.local.api import operations
from jobs.local.api.server import Service
from jobs.local.engine.engine import Engine
from jobs.local.functions.endpoint import endpoint
from jobs.local.functions.environments import Environments
from jobs.local.options import check, given_choices
from jobs.local.services import JOBS_PORT, begin_services, listening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

    from jobs.local.deployed import Deployed
    from jobs.local.engine.choices import Choices
    from jobs.local.functions.invoke import Target
    from jobs.local.functions.processes import Starter
    from jobs.local.options import Options
    from jobs.local.services import Services


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


def start(
    options: Options, project: Deployed, running: ExitStack
) -> tuple[Engine, str, dict[str, str]]:
    """Start S3, the function and the job service; they end with `running`. Raises Refused.

    Returns the engine, the URL of its job API, and the variables that point a shell at all this.
    """
    check(options)
    asked = Asked(options, project, given_choices(options), dict(os.environ), running)
    url = options["lambda_endpoint"]
    starter, aws = None, None
    if url is not None and partitions.is_aws(url):
        # now, as the next step hides the user's credentials
        aws = other_services.lambda_client(url, asked.choices.concurrency)
    elif url is None and not options["in_process"]:
        starter = running.enter_context(closing(function.starter()))
    services = begin_services(options, project, running)
    is_new = services.is_own_s3 and options["folder"] is None and options["keep"] is None
    # The function loads while moto does, which answers it once the buckets are there. Files of
    # --folder come later, and a folder of --keep that is damaged should be told first.
    early = _here(asked, services, None, starter) if starter and is_new else None
    s3 = _s3(asked, services)
    if url is None:
        return _serve(asked, services, s3, early or _here(asked, services, s3, starter))
    client = aws or other_services.lambda_client(url, asked.choices.concurrency)
    invoked = _elsewhere(asked, services, s3, client, None if aws else url)
    return _serve(asked, services, s3, invoked)


def _s3(asked: Asked, services: Services) -> S3Client:
    """Return a client of S3 once that answers, with all that it should hold. Raises Refused."""
    services.wait()
    pool = Config(max_pool_connections=asked.choices.concurrency, retries={"mode": "standard"})
    s3 = boto3.client("s3", config=pool)
    if not services.is_own_s3:
        buckets = () if partitions.is_aws(services.s3_url) else asked.project.buckets
        other_services.prepare_s3(s3, services.s3_url, buckets, services.region)
    if (folder := asked.options["folder"]) is not None:
        found, bucket = files.below(folder), asked.project.source
        files.upload(s3, bucket, found)
        terminal.say(f"{len(found)} files of {str(folder)!r} are in {bucket!r}.")
    return s3


def _elsewhere(
    asked: Asked, services: Services, s3: S3Client, client: LambdaClient, url: str | None
) -> Function:
    """Return the function behind --lambda-endpoint, which is at `url` on this machine."""
    if not services.is_own_s3:
        other_services.check_s3(s3, services.s3_url, {}, is_accepted=True)
    name = asked.options["lambda_function"]
    arn = other_services.function_arn(client, name, services.region)
    return Function(endpoint(client, name), arn, url=url)


def _here(
    asked: Asked, services: Services, s3: S3Client | None, starter: Starter | None
) -> Function:
    """Return this project's function, and say what is special in its environment."""
    project = deployed.with_own_resources(asked.project, services.wait)
    environ = function.settings(project, asked.user)
    if s3 is not None and not services.is_own_s3:
        accepted = asked.options["anyway"]
        environ |= other_services.check_s3(s3, services.s3_url, environ, is_accepted=accepted)
    target = _target(asked, environ, starter)
    own = {name: environ[name] for name in project.own_variables}
    return Function(target, environment.function_arn(services.region), own)


def _target(asked: Asked, environ: Mapping[str, str], starter: Starter | None) -> Target:
    """Return the project's function with `environ`: in environments, or in this process."""
    options, project = asked.options, asked.project
    dotted = project.handler if options["function"] is None else options["function"]
    timeout = options["timeout"] or project.timeout
    level = environ.get("LOG_LEVEL") or project.log_level
    if starter is None:
        return function.in_this_process(dotted, environ, timeout, level)
    log = function_log.writer(as_json=options["as_json"])
    setup = function.setup(dotted, level, timeout)
    return asked.running.enter_context(function.in_environments(starter, setup, environ, log))


def _serve(
    asked: Asked, services: Services, s3: S3Client, invoked: Function
) -> tuple[Engine, str, dict[str, str]]:
    """Start the engine and its job API. Raises Refused: the port is taken."""
    target = invoked.target
    end = target.close if isinstance(target, Environments) else None
    engine = Engine(s3, target, asked.choices, region=services.region, end_function=end)
    asked.running.enter_context(engine)
    answer = partial(operations.answer, engine, invoked.arn, invoked.variables)
    listener = listening("--port", asked.options["port"], JOBS_PORT)
    url = asked.running.enter_context(Service(answer, listener)).url
    exports = environment.exports(services, url, invoked.url or url, invoked.arn)
    if not partitions.is_aws(services.s3_url):
        exports |= {"JOBS_BUCKET": deployed.JOBS, "JOBS_SOURCE_BUCKET": asked.project.source}
    return engine, url, exports
