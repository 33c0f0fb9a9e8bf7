"""`python -m jobs local`: S3 and S3 Batch Operations on this machine, until Ctrl-C.

stdout carries the shell's lines (the exports, then `ready`); what is for people goes to stderr.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, Unpack

import click

from jobs import terminal
from jobs.aws import partitions
from jobs.local import deployed, environment, function, function_log, other_s3, progress, startup
from jobs.local.deployed import JOBS
from jobs.local.engine.choices import MOST_CONCURRENCY, Choices
from jobs.local.engine.engine import ACCOUNT, Engine
from jobs.local.environment import Running
from jobs.local.functions.endpoint import endpoint
from jobs.local.functions.environments import Environments
from jobs.local.options import check, given_choices, seconds
from jobs.local.s3 import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobs.local.deployed import Deployed
    from jobs.local.functions.invoke import Target
    from jobs.local.functions.starters import Starter
    from jobs.local.options import Options

PORT = click.IntRange(0, 65535)
EXIT_AT_ONCE = 130  # what a shell says of a program that Ctrl-C ended
HINTS = """\
# Run the lines above in another shell of this project, then for instance:
#   echo hello | aws s3 cp - s3://{source}/hello.txt
#   echo {source},hello.txt > manifest.csv
#   python -m jobs submit --no-confirmation manifest.csv
#   aws s3 ls --recursive s3://{destination}
# Ctrl-C here ends it all, and with it what is in this S3.
"""
HINTS_ON_S3 = """\
# Run the lines above in another shell, then use python -m jobs submit or aws s3control there.
# Ctrl-C here ends the job service; your S3 stays.
"""


@click.command()
@click.option(
    "--port",
    type=PORT,
    help=f"Port of the job API, 0: any that is free; {startup.JOBS_PORT} if not given, or any.",
)
@click.option(
    "--s3-port",
    type=PORT,
    help=f"Port of the local S3, 0: any that is free; {startup.S3_PORT} if not given, or any.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Put the files of this folder into the source bucket, by their paths.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Save all objects in this folder at the end, and bring them back at the next start.",
)
@click.option("--s3-endpoint", metavar="URL", help="Use this S3 instead of starting one.")
@click.option(
    "--anyway",
    is_flag=True,
    help="Rename, or copy and replace nothing, on an S3 that ignores the conditions for it.",
)
@click.option("--bucket", "buckets", multiple=True, help="Make this bucket too. Repeatable.")
@click.option(
    "--function",
    metavar="MODULE.NAME",
    help="The handler in src/ that runs, for whatever function a job names; that of template.yaml"
    " if not given.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, startup.LONGEST_INVOCATION, min_open=True),
    callback=seconds,
    help="Seconds after which an invocation is ended; the Timeout of template.yaml if not given.",
)
@click.option(
    "--in-process",
    is_flag=True,
    help="Run the handler in this process, one invocation at a time, for breakpoint().",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Show the function's log line by line, as on Lambda."
)
@click.option("--lambda-endpoint", metavar="URL", help="Call Lambda's Invoke here instead.")
@click.option("--lambda-function", metavar="NAME", help="Invoke this one, not the job's ARN.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, MOST_CONCURRENCY),
    help="Invocations in flight, each in an environment of its own;"
    f" {Choices().concurrency} if not given.",
)
@click.option(
    "--choice",
    "choices",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set what AWS does not document, as named in jobs/local/engine/choices.py. Repeatable.",
)
def command(**options: Unpack[Options]) -> None:
    """Run S3 and S3 Batch Operations on this machine until Ctrl-C.

    Prints the `export` lines that point the AWS CLI and the SDKs at it, then a line that begins
    with `ready`; jobs and the function's log are shown on stderr. The S3 has the source and
    destination buckets of samconfig.toml, and jobs. The function runs as on Lambda, in processes
    that handle one invocation at a time, with the settings that template.yaml and samconfig.toml
    give it; a variable of this shell that has the name of one wins.
    """
    with ExitStack() as running:
        stopped = running.enter_context(_stopped_by_signals())
        stdout = sys.stdout
        running.enter_context(redirect_stdout(sys.stderr))  # what a handler in this process prints
        project = deployed.read()
        engine, parts, last_resort = _start(options, project, running)
        _tell(environment.exports(parts), parts.jobs_url, stdout)
        hints = HINTS.format(source=project.source, destination=project.destinations[0])
        click.echo(HINTS_ON_S3 if options["s3_endpoint"] else hints, err=True)
        display = progress.display(sys.__stderr__ or sys.stderr, is_plain=options["in_process"])
        progress.follow(engine, stopped, display, last_resort)


def _start(
    options: Options, project: Deployed, running: ExitStack
) -> tuple[Engine, Running, Callable[[], None] | None]:
    """Return the engine, what runs, and what ends the function by force.

    All of it ends with `running`.
    """
    check(options)
    given = given_choices(options)
    url = options["lambda_endpoint"]
    starter = None
    if not (url or options["in_process"]):
        starter = running.enter_context(function.starting())
    aws = startup.lambda_client(url, given.concurrency) if url and partitions.is_aws(url) else None
    s3_url, services_url = running.enter_context(
        startup.services(options["s3_endpoint"], options["s3_port"], options["keep"])
    )
    user = dict(os.environ)
    is_own_s3 = options["s3_endpoint"] is None
    startup.isolate(s3_url, is_own_s3=is_own_s3, services_url=services_url)
    region = os.environ["AWS_REGION"]
    s3 = startup.s3_client(s3_url, given.concurrency)
    buckets = () if partitions.is_aws(s3_url) else project.buckets
    startup.make_buckets(s3, dict.fromkeys((*buckets, *options["buckets"])), region)
    if options["folder"] is not None:
        count = folder.upload(s3, options["folder"], project.source)
        terminal.say(f"{count} files of {str(options['folder'])!r} are in {project.source!r}.")
    if url:
        if not is_own_s3:
            other_s3.check(s3, s3_url, {}, is_accepted=True)
        client = aws or startup.lambda_client(url, given.concurrency)
        target: Target = endpoint(client, options["lambda_function"])
        function_arn = startup.function_arn(client, options["lambda_function"], region)
    else:
        environ = _settings(project, user)
        if not is_own_s3:
            environ |= other_s3.check(s3, s3_url, environ, is_accepted=options["anyway"])
        target = _function(options, project, environ, starter, running)
        function_arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:local:1"
    engine = running.enter_context(Engine(s3, target, given, region=region))
    service = running.enter_context(startup.job_service(engine, options["port"]))
    keys = {} if not is_own_s3 and user.get("AWS_ACCESS_KEY_ID") else environment.FAKE_KEYS
    names = {"JOBS_BUCKET": JOBS, "JOBS_SOURCE_BUCKET": project.source} if buckets else {}
    parts = Running(s3_url, service.url, services_url, region, keys, function_arn, names)
    return engine, parts, target.close if isinstance(target, Environments) else None


def _settings(project: Deployed, user: Mapping[str, str]) -> dict[str, str]:
    """Return the function's environment, and say what is special in it."""
    environ, sentences = function.settings(project, user)
    for sentence in sentences:
        terminal.say(sentence)
    return environ


def _function(
    options: Options,
    project: Deployed,
    environ: Mapping[str, str],
    starter: Starter | None,
    running: ExitStack,
) -> Target:
    """Return the project's function, which gets `environ`."""
    dotted = options["function"] or project.handler
    timeout = options["timeout"] or project.timeout
    if starter is None:
        return function.in_this_process(dotted, environ, timeout)
    level = environ.get("LOG_LEVEL") or project.log_level
    log = function_log.writer(as_json=options["as_json"])
    setup = function.setup(dotted, level, timeout)
    return running.enter_context(
        function.in_environments(starter, setup, environ, log, terminal.say)
    )


def _tell(exports: Mapping[str, str], url: str, stdout: TextIO) -> None:
    """Write the lines for the shell."""
    stdout.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in exports.items())
    stdout.write(f"ready: {url}\n")
    stdout.flush()


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set; a second one leaves at once."""
    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if stopped.is_set():
            os._exit(EXIT_AT_ONCE)
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
