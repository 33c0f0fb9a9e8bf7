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
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO, Unpack

import click

from jobs.local import chosen, environment, progress, startup, targets
from jobs.local.engine.choices import MOST_CONCURRENCY, Choices
from jobs.local.engine.engine import Engine
from jobs.local.functions import invoke
from jobs.local.options import check, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.local.options import Options

PORT = click.IntRange(0, 65535)
HANDLER = "app.lambda_handler"
EXIT_AT_ONCE = 130  # what a shell says of a program that Ctrl-C ended
HINTS = """\
# Run the lines above in another shell of this project, then for instance:
#   echo hello | aws s3 cp - s3://source/hello.txt
#   echo source,hello.txt > manifest.csv
#   python -m jobs submit --no-confirmation manifest.csv
#   aws s3 ls --recursive s3://destination
# Ctrl-C here ends it all once the invocations in flight have ended, and with it what is in this S3.
"""
HINTS_ON_S3 = """\
# Run the lines above in another shell, then use python -m jobs submit or aws s3control there.
# Ctrl-C here ends the job service once the invocations in flight have ended; your S3 stays.
"""


@click.command()
@click.option("--port", type=PORT, default=0, help="Port of the job API; 0: any that is free.")
@click.option("--s3-port", type=PORT, help="Port of the local S3; 0: any that is free.")
@click.option("--s3-endpoint", metavar="URL", help="Use this S3 instead of starting one.")
@click.option("--bucket", "buckets", multiple=True, help="Make this bucket too. Repeatable.")
@click.option(
    "--function",
    metavar="MODULE.NAME",
    help="The handler that runs, in this process, for whatever function a job names;"
    f" {HANDLER} if not given.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, targets.LONGEST_INVOCATION, min_open=True),
    callback=seconds,
    help=f"Seconds that the handler may take; {targets.LONGEST_INVOCATION} if not given.",
)
@click.option("--lambda-endpoint", metavar="URL", help="Call Lambda's Invoke here instead.")
@click.option("--lambda-function", metavar="NAME", help="Invoke this one, not the job's ARN.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, MOST_CONCURRENCY),
    help=f"Invocations in flight; {Choices().concurrency} if not given.",
)
@click.option(
    "--choice",
    "choices",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set what AWS does not document, as named in jobs/local/engine/choices.py. Repeatable.",
)
def local(**options: Unpack[Options]) -> None:
    """Run S3 and S3 Batch Operations on this machine until Ctrl-C.

    Prints the `export` lines that point the AWS CLI and every SDK at it, then a line that begins
    with `ready`; jobs and the handler's log are shown on stderr. The S3 has the buckets source,
    destination and jobs. The handler's settings, such as DESTINATION_PREFIX or LOG_LEVEL, come from
    the environment.
    """
    with ExitStack() as running:
        stopped = running.enter_context(_stopped_by_signals())
        stdout = sys.stdout
        running.enter_context(redirect_stdout(sys.stderr))  # what the handler prints
        engine, service_url, s3_url = _start(options, running)
        is_own_s3 = options["s3_endpoint"] is None
        region = os.environ["AWS_REGION"]
        lines = environment.exports(s3_url, service_url, region, is_own_s3=is_own_s3)
        _tell(lines, service_url, stdout)
        click.echo(HINTS if is_own_s3 else HINTS_ON_S3, err=True)
        progress.follow(engine, stopped, sys.__stderr__ or sys.stderr)


def _start(options: Options, running: ExitStack) -> tuple[Engine, str, str]:
    """Return the engine, the URL of its job API and that of S3. All of it ends with `running`."""
    check(options)
    given = chosen.choices(options["choices"])
    if concurrency := options["concurrency"]:
        given = replace(given, concurrency=concurrency)
    url = options["lambda_endpoint"]
    aws = targets.lambda_client(url, given.concurrency) if url and targets.is_aws(url) else None
    s3_url = running.enter_context(startup.s3(options["s3_endpoint"], options["s3_port"] or 0))
    startup.isolate(s3_url, is_own_s3=options["s3_endpoint"] is None)
    s3 = startup.s3_client(s3_url, given.concurrency)
    own = () if options["s3_endpoint"] else environment.BUCKETS
    startup.make_buckets(s3, (*own, *options["buckets"]), os.environ["AWS_REGION"])
    if url:
        client = aws or targets.lambda_client(url, given.concurrency)
        target = invoke.endpoint(client, options["lambda_function"])
    else:
        timeout = options["timeout"] or targets.LONGEST_INVOCATION
        target = targets.handler(options["function"] or HANDLER, timeout)
    engine = running.enter_context(Engine(s3, target, given, region=os.environ["AWS_REGION"]))
    service = running.enter_context(startup.job_service(engine, options["port"]))
    return engine, service.url, s3_url


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
