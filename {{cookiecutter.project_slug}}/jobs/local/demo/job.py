"""The job of the demo: its buckets and objects, its run, and the check of the copies."""

from __future__ import annotations

import io
import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.formats import manifest, report
from jobs.local import targets
from jobs.local.demo import samples as odd
from jobs.local.engine.choices import Choices
from jobs.local.engine.engine import ACCOUNT, Engine

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.local.demo.samples import Sample

SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"
JOBS = "amzn-s3-demo-jobs-bucket"
"""AWS keeps these names for examples: they are nobody's buckets."""

PREFIX = "copied/"
"""What the rename rule puts before each key."""

HANDLER = "app.lambda_handler"

TIMEOUT = 60.0
"""Seconds, of the function."""

LIMIT = 120.0
"""Seconds, of the job."""

REQUEST: dict[str, Any] = {
    "AccountId": ACCOUNT,
    "ClientRequestToken": "demo",
    "ConfirmationRequired": False,
    "Description": "The demo",
    "Priority": 10,
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/demo",
    "Operation": {
        "LambdaInvoke": {
            "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:demo:1",
            "InvocationSchemaVersion": "2.0",
        }
    },
    "Report": {
        "Enabled": True,
        "Bucket": f"arn:aws:s3:::{JOBS}",
        "Prefix": "reports",
        "Format": report.FORMAT,
        "ReportScope": "AllTasks",
    },
}
"""CreateJob's members, all but the Manifest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the job."""

    samples: list[Sample]
    job: dict[str, Any]
    """DescribeJob's Job."""
    rows: dict[str, report.Result]
    """The completion report, by manifest key."""
    wrong_copies: list[str]
    """Destination keys that are not there or differ."""
    seconds: float
    log: str
    """The handler's log: a JSON line per task."""

    @property
    def report_key(self) -> str:
        """Where the report's manifest.json is, in the bucket `JOBS`."""
        return report.manifest_key(REQUEST["Report"]["Prefix"], self.job["JobId"])

    @property
    def is_as_expected(self) -> bool:
        """Whether all succeeded but the missing object, and every copy is there."""
        for sample in self.samples:
            result = self.rows.get(sample.row(SOURCE).key)
            wanted = "failed" if sample.body is None else "succeeded"
            if result is None or result.status != wanted:
                return False
        return self.job["Status"] == "Complete" and not self.wrong_copies


def run(s3: S3Client) -> Outcome:
    """Upload the samples, run the job over them in this process and check the copies.

    Raises Refused if the handler cannot be imported. The environment is the function's.
    """
    samples = odd.samples()
    etag = _upload(s3, samples)
    spec = {"Format": manifest.CSV_FORMAT, "Fields": manifest.fields(versions=False)}
    location = {"ObjectArn": f"arn:aws:s3:::{JOBS}/manifest.csv", "ETag": etag}
    request = {**REQUEST, "Manifest": {"Spec": spec, "Location": location}}
    log = io.StringIO()
    started = time.monotonic()
    with redirect_stdout(log):
        target = targets.handler(HANDLER, TIMEOUT)
        with Engine(s3, target, Choices(redrive_delay=0.1)) as engine:
            job_id = engine.create_job(request)
            engine.wait(job_id, LIMIT)
    seconds = time.monotonic() - started
    job, wrong = engine.describe_job(job_id), _wrong_copies(s3, samples)
    return Outcome(samples, job, _rows(s3, job_id), wrong, seconds, log.getvalue())


def _upload(s3: S3Client, samples: list[Sample]) -> str:
    """Make the buckets, upload the objects and the manifest; return the manifest's ETag."""
    for bucket in (SOURCE, DESTINATION, JOBS):
        s3.create_bucket(Bucket=bucket)
    for sample in samples:
        if sample.body is not None:
            s3.put_object(Bucket=SOURCE, Key=sample.key, Body=sample.body)
    text = io.StringIO(newline="")
    manifest.write((sample.row(SOURCE) for sample in samples), text)
    put = s3.put_object(Bucket=JOBS, Key="manifest.csv", Body=text.getvalue().encode())
    return put["ETag"].strip('"')


def _rows(s3: S3Client, job_id: str) -> dict[str, report.Result]:
    key = report.manifest_key(REQUEST["Report"]["Prefix"], job_id)
    try:
        return {row.key: row for row in report.load(s3, JOBS, key)}
    except s3.exceptions.NoSuchKey:  # no task was invoked
        return {}


def _wrong_copies(s3: S3Client, samples: list[Sample]) -> list[str]:
    wrong = []
    for sample in samples:
        key = sample.new_key or _new_key(sample.key)
        try:
            copy = s3.get_object(Bucket=DESTINATION, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            copy = None
        if copy != sample.body:
            wrong.append(key)
    return wrong


def _new_key(key: str) -> str:
    """Return where the rename rule of src/task.py puts `key`, or the template's if it has none."""
    # By name, as the handler was: loaded with it, and an author may have another task.
    rule = getattr(sys.modules.get("task"), "new_key", None)
    return str(rule(key, PREFIX)) if rule else PREFIX + key
