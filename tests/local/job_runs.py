"""Runs whole jobs of the local service against moto in process: for the tests of the engine."""

from __future__ import annotations

import io
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from jobs.formats import manifest, report
from jobs.local.engine.choices import Choices
from jobs.local.engine.engine import Engine
from jobs.local.functions.invoke import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

    from jobs.formats.report import Result
    from jobs.local.functions.invoke import Target

QUICK = Choices(redrive_delay=0.0, throttle_delay=0.0, concurrency=4)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:copy:7"
JOBS = "jobs"

Event = dict[str, Any]
EVENT: Event = {
    "invocationSchemaVersion": "2.0",
    "invocationId": "i",
    "job": {"id": "j"},
    "tasks": [{"taskId": "t", "s3Key": "é", "s3VersionId": None, "s3Bucket": "b"}],
}
PAYLOAD = json.dumps(EVENT).encode()


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=JOBS)
        client.create_bucket(Bucket="source")
        yield client


def request(
    s3: S3Client,
    body: str | bytes,
    fields: list[str] | None = None,
    form: str = manifest.CSV_FORMAT,
    **changes: Any,
) -> dict[str, Any]:
    """Upload a manifest and return the CreateJob request for it."""
    data = body if isinstance(body, bytes) else body.encode()
    etag = s3.put_object(Bucket=JOBS, Key="manifest", Body=data)["ETag"]
    spec: dict[str, Any] = {"Format": form}
    if form == manifest.CSV_FORMAT:
        spec["Fields"] = ["Bucket", "Key"] if fields is None else fields
    return {
        "AccountId": "123456789012",
        "ClientRequestToken": "token",
        "ConfirmationRequired": False,
        "Priority": 10,
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "Operation": {"LambdaInvoke": {"FunctionArn": ARN, "InvocationSchemaVersion": "2.0"}},
        "Manifest": {
            "Spec": spec,
            "Location": {"ObjectArn": f"arn:aws:s3:::{JOBS}/manifest", "ETag": etag},
        },
        "Report": {
            "Enabled": True,
            "Bucket": f"arn:aws:s3:::{JOBS}",
            "Prefix": "reports",
            "Format": report.FORMAT,
            "ReportScope": "AllTasks",
        },
    } | changes


def rows(count: int) -> str:
    file = io.StringIO(newline="")
    manifest.write((manifest.row("source", f"k{number}") for number in range(count)), file)
    return file.getvalue()


def response(event: Event, code: str = "Succeeded", text: str = "done", **changes: Any) -> bytes:
    """Return a function's answer to an event, its parts replaced by `changes`."""
    results = [
        {"taskId": task["taskId"], "resultCode": code, "resultString": text}
        for task in event["tasks"]
    ]
    whole = {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": event["invocationId"],
        "results": results,
    }
    return json.dumps(whole | changes).encode()


def answering(decide: Callable[[Event], bytes | Answer]) -> Target:
    def target(_arn: str, payload: bytes) -> Answer:
        given = decide(json.loads(payload))
        return given if isinstance(given, Answer) else Answer(given)

    return target


def failing_from(start: int) -> Target:
    """Return a function that fails the keys `k<number>` from `start` on."""

    def decide(event: Event) -> bytes:
        number = int(event["tasks"][0]["s3Key"][1:])
        return response(event, "PermanentFailure" if number >= start else "Succeeded", "x")

    return answering(decide)


class Gate:
    """A function that waits at a gate in each invocation."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.passes = threading.Semaphore(0)
        self.order: list[str] = []

    def __call__(self, event: Event) -> bytes:
        self.order.append(event["tasks"][0]["s3Key"])
        self.arrived.release()
        assert self.passes.acquire(timeout=60)
        return response(event)

    def wait(self) -> None:
        assert self.arrived.acquire(timeout=60)

    def open(self, times: int = 1000) -> None:
        self.passes.release(times)


class Recorder:
    """A function that succeeds and remembers its events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, _arn: str, payload: bytes) -> Answer:
        event = json.loads(payload)
        self.events.append(event)
        return Answer(response(event))


def run(
    s3: S3Client, target: Target, asked: dict[str, Any], choices: Choices = QUICK
) -> tuple[dict[str, Any], list[Result]]:
    """Run one job to its end; return its description and the rows of its report, sorted."""
    with Engine(s3, target, choices) as engine:
        job = engine.wait(engine.create_job(asked), 60)
    return job, report_rows(s3, job)


def report_keys(s3: S3Client, job: dict[str, Any]) -> list[str]:
    """Return the keys of a job's report; it is at the root if the job gives no prefix."""
    folder = report.folder(job["Report"].get("Prefix"), job["JobId"])
    listed = s3.list_objects_v2(Bucket=JOBS, Prefix=f"{folder}/").get("Contents", [])
    return [each["Key"] for each in listed]


def report_rows(s3: S3Client, job: dict[str, Any]) -> list[Result]:
    found = [key for key in report_keys(s3, job) if key.endswith("/manifest.json")]
    return sorted(row for key in found for row in report.load(s3, JOBS, key))


def until(engine: Engine, job_id: str, *statuses: str) -> str:
    """Wait until a job has one of the statuses; fail after a minute."""
    deadline = time.monotonic() + 60
    while (status := engine.describe_job(job_id)["Status"]) not in statuses:
        assert time.monotonic() < deadline, f"the job is {status}, not {statuses}"
        time.sleep(0.005)
    return str(status)
