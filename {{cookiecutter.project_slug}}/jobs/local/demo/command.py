"""`python -m jobs demo`: a whole job on this machine, from the manifest to the checked copies."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import click

from jobs.local import environment
from jobs.local.demo import job, table
from jobs.local.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from jobs.local.demo.job import Outcome

SETTINGS = {
    "DESTINATION_BUCKET": job.DESTINATION,
    "DESTINATION_PREFIX": job.PREFIX,
    "OPERATION": "copy",
    "OVERWRITE": "never",
    "MISSING": "",
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
        s3 = boto3.client("s3")
        outcome = job.run(s3)
        if save is not None:
            _save(s3, outcome, save)
    table.show(outcome, save)
    if not outcome.is_as_expected:
        raise SystemExit(1)


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


def _save(s3: S3Client, outcome: Outcome, folder: Path) -> None:
    """Write the manifest, the report as it lies in S3, and the log."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handler.log").write_text(outcome.log, encoding="utf-8")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=job.JOBS):
        for each in page.get("Contents", ()):
            path = folder / each["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            body = s3.get_object(Bucket=job.JOBS, Key=each["Key"])["Body"]
            path.write_bytes(body.read())
