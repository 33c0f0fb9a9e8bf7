"""A task through an environment against one in this process, and the time to the first row.

    python bench/environments.py

The same job runs with the same engine, once with the handler in this process, once in
environments. Wall time, since an environment is another process; the two alternate, and the
medians are compared. The handler that works keeps a processor busy for a millisecond, as one does
that unpacks or hashes. The first row: from the start of everything to the answer of the first
invocation of this project's own function, which makes an S3 client; in CPU time, so that other work
on the machine does not count, and beside it what a Python takes that only makes an S3 client. Of
`python -m jobs try` with one file the same, and the wall seconds that a person waits.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import no_aws
from engine import EVENT, PROJECT, no_op, run, say, write_manifest
from jobs.local.engine.choices import Choices
from jobs.local.functions.environment import Setup
from jobs.local.functions.environments import Environments
from jobs.local.functions.forking import ForkServer
from jobs.local.functions.in_process import in_process

if TYPE_CHECKING:
    from jobs.local.functions.invoke import Target

NO_OPS, WORKS = 4_000, 400
ROUNDS = 5
CONCURRENCY = 8

LIMIT_NO_OP = 3.0
LIMIT_WORK = 1.0
LIMIT_FIRST_ROW = 1.5
LIMIT_TRY = 6.0

CLIENT = "import boto3; boto3.client('s3', region_name='us-east-1')"
ANSWER = """
import os, sys
from jobs.local.functions.environment import Setup
from jobs.local.functions.environments import Environments
from jobs.local.functions.forking import ForkServer
project, event = sys.argv[1:]
starter, setup = ForkServer(), Setup("app.lambda_handler", 60.0, "INFO", project + "/src", project)
starter.configure(setup, {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"})
function = Environments(starter, setup, lambda _line: None, print)
answer = function("function:f:7", event.encode())
function.close()
sys.exit(answer.is_function_error)
"""


def work(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an event after a millisecond of the processor's time."""
    end = time.thread_time() + 0.001
    while time.thread_time() < end:
        pass
    return no_op(event, context)


def environments(handler: str, source: Path) -> Environments:
    """Return environments of a function in `source`, one of them started."""
    starter = ForkServer()
    setup = Setup(handler, 60.0, "INFO", str(source), str(PROJECT))
    starter.configure(setup, {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"})
    function = Environments(starter, setup, lambda _line: None, print)
    function.warm()
    return function


def seconds(path: Path, target: Target) -> float:
    """Return the wall seconds of one job."""
    started = time.monotonic()
    run(path, target, Choices(concurrency=CONCURRENCY))
    return time.monotonic() - started


def ratio(path: Path, here: Target, handler: str) -> float:
    """Return how many times as long a job takes in environments."""
    there = environments(handler, Path(__file__).parent)
    seconds(path, there)  # the cold starts
    pairs = [(seconds(path, there), seconds(path, here)) for _ in range(ROUNDS)]
    there.close()
    ours: float
    theirs: float
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return ours / theirs


def first_row() -> float:
    """Return the CPU seconds from nothing to the first answer of this project's function."""
    before = cpu_seconds()
    command = [sys.executable, "-c", ANSWER, str(PROJECT), json.dumps(EVENT)]
    subprocess.run(command, cwd=PROJECT, check=True)
    return cpu_seconds() - before


def whole_try() -> tuple[float, float]:
    """Return the CPU and the wall seconds of `python -m jobs try` with one file."""
    before, started = cpu_seconds(), time.monotonic()
    command = [sys.executable, "-m", "jobs", "try", "README.md"]
    subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)
    return cpu_seconds() - before, time.monotonic() - started


def client_only() -> float:
    """Return the CPU seconds of a Python that makes an S3 client and ends."""
    before = cpu_seconds()
    subprocess.run([sys.executable, "-c", CLIENT], check=True)
    return cpu_seconds() - before


def cpu_seconds() -> float:
    """Return what the processes that this one waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure all and exit with 1 if a limit is missed."""
    os.environ.update(AWS_ENDPOINT_URL_S3="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    os.environ |= no_aws.ENVIRONMENT
    kept = []
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "manifest.csv"
        write_manifest(path, NO_OPS)
        no_ops = ratio(path, in_process(no_op), "engine.no_op")
        kept.append(say("no-op handler: environments to this process", no_ops, LIMIT_NO_OP))
        write_manifest(path, WORKS)
        works = ratio(path, in_process(work), "environments.work")
        kept.append(say("handler that works: environments to this process", works, LIMIT_WORK))
    rounds = [(first_row(), client_only(), *whole_try()) for _ in range(ROUNDS)]
    first, client, tried, waited = (statistics.median(side) for side in zip(*rounds, strict=True))
    kept.append(
        say("first row, in Pythons that make an S3 client", first / client, LIMIT_FIRST_ROW)
    )
    kept.append(
        say("try with one file, in Pythons that make an S3 client", tried / client, LIMIT_TRY)
    )
    print(f"first row: {first:.2f} s of CPU; a Python that makes a client: {client:.2f} s")
    print(f"try with one file: {tried:.2f} s of CPU, {waited:.2f} s until it ended")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
