"""`python -m jobs demo`: a whole job on this machine, from the manifest to the checked copies."""

from __future__ import annotations

import io
import os
import time
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import click

from jobs import manifest, report
from jobs.local import demo_files, demo_table, environment, s3_server, targets
from jobs.local.choices import Choices
from jobs.local.engine import ACCOUNT, Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from jobs.local.demo_files import Sample

SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"
JOBS = "amzn-s3-demo-jobs-bucket"
"""AWS keeps these names for examples: they are nobody's buckets."""

PREFIX = "copied/"

HANDLER = "app.lambda_handler"

LIMIT_SECONDS = 120.0

TIMEOUT = 60.0
"""Seconds, of the function."""

SETTINGS = {
    "DESTINATION_BUCKET": DESTINATION,
    "DESTINATION_PREFIX": PREFIX,
    "OPERATION": "copy",
    "OVERWRITE": "never",
    "HEAD_FIRST": "",
    "ANNOTATIONS": "",
    "KMS_KEY_ARN": "",
    "STORAGE_CLASS": "",
    "SOURCE_OWNER": "",
    "DESTINATION_OWNER": "",
    "MULTIPART_THRESHOLD_MIB": "",
    "PART_SIZE_MIB": "",
    "PARTS_IN_FLIGHT": "",
    "LOG_LEVEL": "INFO",
}
"""The function's environment, as template.yaml sets it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the demo's job."""

    samples: list[Sample]
    job: dict[str, Any]
    """DescribeJob's Job."""
    rows: dict[str, report.Result]
    """The completion report, by manifest key."""
    wrong_copies: list[str]
    """Destination keys that are not there or differ."""
    report_uri: str
    seconds: float
    log: str
    """The handler's log: a JSON line per task."""

    @property
    def is_as_expected(self) -> bool:
        """Whether all succeeded but the missing object, and every copy is there."""
        for sample in self.samples:
            result = self.rows.get(sample.row(SOURCE).key)
            wanted = "failed" if sample.body is None else "succeeded"
            if result is None or result.status != wanted:
                return False
        return self.job["Status"] == "Complete" and not self.wrong_copies


@click.command(name="demo")
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the manifest, the completion report and the handler's log in this folder.",
)
def command(save: Path | None) -> None:
    """Run a whole job on this machine and show what came of it.

    Starts an S3 in memory, uploads files of this project and keys that hurt, runs the handler on
    each as S3 Batch Operations would, and compares the copies byte for byte.
    """
    with s3_server.running() as url, _environment(url):
        outcome = run(boto3.client("s3"), save)
    demo_table.show(outcome, save)
    if not outcome.is_as_expected:
        raise SystemExit(1)


def run(s3: S3Client, save: Path | None = None) -> Outcome:
    """Upload the samples, run the job over them and check the copies."""
    samples = demo_files.samples()
    request = _prepare(s3, samples)
    log = io.StringIO()
    started = time.monotonic()
    with redirect_stdout(log):
        target = targets.handler(HANDLER, TIMEOUT)
        with Engine(s3, target, Choices(redrive_delay=0.1)) as engine:
            job = engine.wait(engine.create_job(request), LIMIT_SECONDS)
    seconds = time.monotonic() - started
    key = report.manifest_key("reports", job["JobId"])
    rows = {row.key: row for row in report.load(s3, JOBS, key)} if job["Status"] != "Failed" else {}
    outcome = Outcome(
        samples,
        job,
        rows,
        _wrong_copies(s3, samples),
        f"s3://{JOBS}/{key}",
        seconds,
        log.getvalue(),
    )
    if save is not None:
        _save(s3, outcome, save)
    return outcome


@contextmanager
def _environment(s3_url: str) -> Iterator[None]:
    """Give this process the function's environment, at a local S3, until the end of the block."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment.isolated(before, s3_url, is_own_s3=True) | SETTINGS)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _prepare(s3: S3Client, samples: list[Sample]) -> dict[str, Any]:
    """Upload everything and return the CreateJob request."""
    for bucket in (SOURCE, DESTINATION, JOBS):
        s3.create_bucket(Bucket=bucket)
    for sample in samples:
        if sample.body is not None:
            s3.put_object(Bucket=SOURCE, Key=sample.key, Body=sample.body)
    text = io.StringIO(newline="")
    manifest.write((sample.row(SOURCE) for sample in samples), text)
    put = s3.put_object(Bucket=JOBS, Key="manifest.csv", Body=text.getvalue().encode())
    return {
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
        "Manifest": {
            "Spec": {"Format": manifest.CSV_FORMAT, "Fields": manifest.fields(versions=False)},
            "Location": {
                "ObjectArn": f"arn:aws:s3:::{JOBS}/manifest.csv",
                "ETag": put["ETag"].strip('"'),
            },
        },
        "Report": {
            "Enabled": True,
            "Bucket": f"arn:aws:s3:::{JOBS}",
            "Prefix": "reports",
            "Format": report.FORMAT,
            "ReportScope": "AllTasks",
        },
    }


def _wrong_copies(s3: S3Client, samples: list[Sample]) -> list[str]:
    wrong = []
    for sample in samples:
        key = sample.new_key or PREFIX + sample.key
        try:
            copy = s3.get_object(Bucket=DESTINATION, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            copy = None
        if copy != sample.body:
            wrong.append(key)
    return wrong


def _save(s3: S3Client, outcome: Outcome, folder: Path) -> None:
    """Write the manifest, the report as it lies in S3, and the log."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handler.log").write_text(outcome.log, encoding="utf-8")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=JOBS):
        for each in page.get("Contents", ()):
            path = folder / each["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=JOBS, Key=each["Key"])["Body"].read())
