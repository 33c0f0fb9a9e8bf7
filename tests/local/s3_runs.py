"""A local S3 with a few objects, for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from jobs.local.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

BUCKET = "promises"
WRONG = '"00000000000000000000000000000000"'


AT_ONCE = 16


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    config = Config(max_pool_connections=AT_ONCE, retries={"total_max_attempts": 1})
    with server.running() as url:
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config)
        client.create_bucket(Bucket=BUCKET)
        yield client
        client.close()


@pytest.fixture
def etag(s3: S3Client) -> str:
    """Make `source`, and another object at `there`; nothing is at `free`."""
    s3.delete_object(Bucket=BUCKET, Key="free")
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"another")
    return s3.put_object(Bucket=BUCKET, Key="source", Body=b"content")["ETag"]


def answer(call: Any, **asked: Any) -> tuple[int, str]:
    """Return the HTTP status and the error code of a request."""
    try:
        done = call(Bucket=BUCKET, **asked)
    except ClientError as error:
        said = error.response
        return said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"]
    return done["ResponseMetadata"]["HTTPStatusCode"], ""


def body(s3: S3Client, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None


FAILED = (412, "PreconditionFailed")
