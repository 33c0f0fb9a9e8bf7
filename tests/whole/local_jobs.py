"""`python -m jobs local` of a generated project, and the tools pointed at it."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from ministack import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_s3control import S3ControlClient

TERMINAL = {"Complete", "Failed", "Cancelled"}
PATIENCE = 180.0  # seconds for any job of a test


@contextlib.contextmanager
def running(
    project: Path, *options: str, environment: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Run the local service; give the variables that point any AWS tool at it."""
    command = [sys.executable, "-m", "jobs", "local", *options]
    with (
        (project / "local.log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=project,
            env=os.environ | dict(environment),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield dict(_exports(process))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def _exports(process: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    assert process.stdout
    for line in process.stdout:
        if line.startswith("ready"):
            return
        [word] = shlex.split(line.removeprefix("export "))
        name, _, value = word.partition("=")
        yield name, value
    raise AssertionError("the local service ended before it was ready: see local.log")


def submit(project: Path, variables: Mapping[str, str], manifest: Path, *options: str) -> str:
    """Return what `python -m jobs submit` says."""
    return call(
        project, variables, sys.executable, "-m", "jobs", "submit", str(manifest), "--yes", *options
    )


def call(project: Path, variables: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=os.environ | dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def client(variables: Mapping[str, str]) -> S3ControlClient:
    return boto3.client(
        "s3control",
        endpoint_url=variables["AWS_ENDPOINT_URL_S3_CONTROL"],
        config=Config(proxies={"http": variables.get("http_proxy", "")}),
    )


def wait(s3control: S3ControlClient, job_id: str, *states: str) -> dict[str, Any]:
    """Return the job once it is in one of `states`, or by default at its end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job: Any = s3control.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]
        if job["Status"] in (states or TERMINAL):
            found: dict[str, Any] = job
            return found
        time.sleep(0.1)
    raise TimeoutError(f"job {job_id} is still {job['Status']}")
