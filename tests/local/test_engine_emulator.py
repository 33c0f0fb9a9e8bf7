"""A whole job on the Lambda runtime's own emulator and client, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from conftest import TEMPLATE
from job_runs import JOBS, QUICK, request, run
from jobs.formats import manifest
from jobs.local.functions.endpoint import endpoint
from jobs.local.s3 import server as s3_server
from runtime_emulator import PATH, emulated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Target

ONE = replace(QUICK, concurrency=1)  # two calls at once crash the emulator
FAULTS = """
import time


def handler(event, context):
    if event["tasks"][0]["s3Key"] == "slow":
        time.sleep(60)
    raise ValueError("broken on purpose")
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with s3_server.running() as url:
        client = boto3.client("s3", endpoint_url=url)
        for bucket in (JOBS, "source", "target"):
            client.create_bucket(Bucket=bucket)
        yield client
        client.close()


def target(url: str) -> Target:
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("lambda", endpoint_url=url.removesuffix(PATH), config=config)
    return endpoint(client, "function")


def test_the_handler_copies_hurtful_keys_under_the_real_runtime(
    s3: S3Client, tmp_path: Path
) -> None:
    keys = ["a b", "a+b", "a%2Bb", "100%", "é/東京 🪣", "a//b", "a,b", 'a"b']
    for key in keys:
        s3.put_object(Bucket="source", Key=key, Body=key.encode())
    rows = "".join(f"source,{manifest.encode(key)}\n" for key in [*keys, "missing"])
    environment = {
        "AWS_ENDPOINT_URL_S3": s3.meta.endpoint_url,
        "DESTINATION_BUCKET": "target",
        "DESTINATION_PREFIX": "copied/",
    }

    with emulated(TEMPLATE / "src", environment, tmp_path / "log") as url:
        job, results = run(s3, target(url), request(s3, rows), ONE)

    assert job["Status"] == "Complete"
    failed = [row for row in results if row.status == "failed"]
    assert [(row.key, row.code) for row in failed] == [("missing", "PermanentFailure")]
    for key in keys:
        copy = s3.get_object(Bucket="target", Key=f"copied/{key}")["Body"].read()
        assert copy == key.encode()


def test_errors_and_timeouts_of_the_real_runtime_become_rows(s3: S3Client, tmp_path: Path) -> None:
    (tmp_path / "faults.py").write_text(FAULTS)
    environment = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "5"}  # the start counts too

    with emulated(tmp_path, environment, tmp_path / "log", "faults.handler") as url:
        _, results = run(s3, target(url), request(s3, "source,broken\nsource,slow\n"), ONE)

    assert [(row.status, row.http_status, row.code) for row in results] == [
        ("failed", "200", "PermanentFailure")
    ] * 2
    broken, slow = (row.message for row in results)
    assert broken.startswith('Lambda returned function error: {"errorMessage": "broken on purpose"')
    assert slow == "Lambda returned function error: Task timed out after 5.00 seconds"
