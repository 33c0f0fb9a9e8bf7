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
from typing import TYPE_CHECKING, Unpack

import click

from jobs import terminal
from jobs.local import deployed, function_log, services, starting
from jobs.local.engine.choices import MOST_CONCURRENCY, Choices
from jobs.local.engine.engine import GRACE_SECONDS
from jobs.local.other_services import LONGEST_INVOCATION
from jobs.local.progress import Progress
from jobs.project import config_env

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.local.deployed import Deployed
    from jobs.local.options import Options

PORT = click.IntRange(0, 65535)
EXIT_AT_ONCE = 130  # what a shell says of a program that Ctrl-C ended
HINTS = """\
# Run the lines above in another shell of this project, then for instance:
#   echo hello | aws s3 cp - s3://{source}/hello.txt
#   echo "{source},hello.txt" > manifest.csv
#   python -m jobs submit --no-confirmation --yes manifest.csv
#   aws s3 ls --recursive s3://{destination}
# Ctrl-C here ends it all, {objects}.
"""
HINTS_ON_S3 = """\
# Run the lines above in another shell, then use python -m jobs submit or aws s3control there.
# Ctrl-C here ends the job service; your S3 stays.
"""
ENDING = (
    "Ending: what runs is cancelled, with its report. Invocations in flight {}. Ctrl-C again leaves"
    " at once."
)


@click.command()
@click.option(
    "--port",
    type=PORT,
    help=f"Port of the job API, 0: any that is free; {services.JOBS_PORT} if not given, or any.",
)
@click.option(
    "--s3-port",
    type=PORT,
    help=f"Port of the local S3, 0: any that is free; {services.S3_PORT} if not given, or any.",
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
@click.option(
    "--function",
    metavar="MODULE.NAME",
    help="The handler in src/ that runs, for whatever function a job names; that of template.yaml"
    " if not given.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, LONGEST_INVOCATION),
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
@config_env.option(expose=False)
def command(**options: Unpack[Options]) -> None:
    """Run S3 and S3 Batch Operations on this machine until Ctrl-C.

    Prints the `export` lines that point the AWS CLI and the SDKs at it, then a line that begins
    with `ready`; jobs and the function's log are shown on stderr. The S3 has the source and
    destination buckets of samconfig.toml, and jobs. The function runs as on Lambda, in processes
    that handle one invocation at a time, with the settings that template.yaml and samconfig.toml
    give it; a variable of this shell that has the name of one wins.
    """
    with ExitStack() as running:
        stopped, started = running.enter_context(_stopped_by_signals())
        stdout = sys.stdout
        # what a handler in this process prints
        log = function_log.writer(as_json=options["as_json"])
        running.enter_context(redirect_stdout(function_log.Stdout(log)))
        project = deployed.read()
        engine, url, exports = starting.start(options, project, running)
        started.set()
        stdout.writelines(f"{for_shell(name, value)}\n" for name, value in exports.items())
        stdout.write(f"ready: {url}\n")
        stdout.flush()
        click.echo(_hints(options, project), err=True)
        shown = Progress(engine)
        shown.follow(stopped)
        is_ours = not (options["in_process"] or options["lambda_endpoint"])
        terminal.say(ENDING.format(f"have {GRACE_SECONDS:.0f} seconds" if is_ours else "end first"))
        engine.close()
        shown.show()


def _hints(options: Options, project: Deployed) -> str:
    """Return what the user may do now."""
    if options["s3_endpoint"] is not None:
        return HINTS_ON_S3
    kept = "once the objects of this S3 are kept"
    return HINTS.format(
        source=project.source,
        destination=project.destinations[0],
        objects=kept if options["keep"] else "and with it what is in this S3",
    )


def for_shell(name: str, value: str, system: str = sys.platform) -> str:
    """Return the line that sets a variable: in PowerShell on Windows, else in any other shell."""
    if system == "win32":
        quoted = value.replace("'", "''")
        return f"$env:{name} = '{quoted}'"
    return f"export {name}={shlex.quote(value)}"


@contextmanager
def _stopped_by_signals() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Give an event that Ctrl-C and SIGTERM set; a second one leaves at once.

    Until the other event is set they raise KeyboardInterrupt: a function that hangs while it loads
    would never be ready to end.
    """
    stopped, started = threading.Event(), threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if stopped.is_set():
            os._exit(EXIT_AT_ONCE)
        stopped.set()
        if not started.is_set():
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped, started
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
