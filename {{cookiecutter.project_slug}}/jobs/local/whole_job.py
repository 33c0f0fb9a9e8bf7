"""Runs one whole job, from the manifest to the completion report: for the verbs demo and try."""

from __future__ import annotations

import io
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.formats import manifest, report
from jobs.local import environment
from jobs.local.deployed import JOBS
from jobs.local.engine.choices import Choices
from jobs.local.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.formats.manifest import Row
    from jobs.local.functions.environments import Environments

CONCURRENCY = 2
"""The objects are few and small: more environments would take longer to start than to work."""

MANIFEST, PREFIX = "manifest.csv", "reports"
"""In the bucket `JOBS`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of the job."""

    job: dict[str, Any]
    """DescribeJob's Job."""
    rows: dict[str, report.Result]
    """The completion report, by manifest key; empty: no task was invoked."""
    seconds: float

    @property
    def report_at(self) -> str:
        """The s3:// place of the report's manifest.json."""
        return f"s3://{JOBS}/{report.manifest_key(PREFIX, self.job['JobId'])}"


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt while the context lasts, whoever started this program.

    A shell without job control lets what it starts with `&` ignore SIGINT: an interrupt would be
    lost, and a program that runs a job to its end could not be stopped by one.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run(
    s3: S3Client,
    target: Environments,
    rows: Iterable[Row],
    arguments: Mapping[str, str],
    limit: float | None = None,
) -> Ended:
    """Run a job over `rows` of one manifest with `arguments` as its userArguments.

    After `limit` seconds (None: never) or Ctrl-C the job is cancelled; invocations that have not
    ended a few seconds later are ended by force.
    """
    text = io.StringIO(newline="")
    manifest.write(rows, text)
    etag = s3.put_object(Bucket=JOBS, Key=MANIFEST, Body=text.getvalue().encode())["ETag"]
    started = time.monotonic()
    choices = Choices(redrive_delay=0.1, concurrency=CONCURRENCY)
    with Engine(s3, target, choices, end_function=target.close) as engine:
        job_id = engine.create_job(_request(etag, arguments))
        engine.wait(job_id, limit)
    seconds = time.monotonic() - started
    job, is_reported = engine.describe_job(job_id), engine.report_of(job_id) is not None
    results = report.load(s3, JOBS, report.manifest_key(PREFIX, job_id)) if is_reported else ()
    return Ended(job, {row.key: row for row in results}, seconds)


def _request(etag: str, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Return those of CreateJob's members that the engine needs."""
    invoke = {
        "FunctionArn": environment.function_arn(),
        "InvocationSchemaVersion": "2.0",
        "UserArguments": dict(arguments),
    }
    return {
        "ClientRequestToken": "local",
        "ConfirmationRequired": False,
        "Priority": 10,
        "Operation": {"LambdaInvoke": invoke},
        "Manifest": {
            "Spec": {"Format": manifest.CSV_FORMAT, "Fields": manifest.fields(versions=False)},
            "Location": {"ObjectArn": f"arn:aws:s3:::{JOBS}/{MANIFEST}", "ETag": etag},
        },
        "Report": {
            "Enabled": True,
            "Bucket": f"arn:aws:s3:::{JOBS}",
            "Prefix": PREFIX,
            "Format": report.FORMAT,
            "ReportScope": "AllTasks",
        },
    }
