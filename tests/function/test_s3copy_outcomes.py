"""Copies and renames on moto: what is there afterwards, for keys that hurt.

moto ignores IfNoneMatch, IfMatch and CopySourceIfMatch on CopyObject: Stubber tests these.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

import s3copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3.client import S3Client

KEYS = ["a b", "a+b", "a%2Bb", "100%", "é/日本", "🙂", "//", 'a,"b"', "x" * 900, "?versionId=1"]
BODY = b"12345"
WHOLE = {"ContentType": "text/x-odd", "Metadata": {"colour": "blue"}}


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with mock_aws():
        made = boto3.client("s3", region_name="us-east-1")
        for bucket in ("source-bucket", "target-bucket"):
            made.create_bucket(Bucket=bucket)
        yield made


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key)[:20])
def test_an_odd_key_is_renamed_whole(s3: S3Client, key: str) -> None:
    s3.put_object(Bucket="source-bucket", Key=key, Body=BODY, Tagging="a=1", **WHOLE)  # type: ignore[arg-type]
    source = s3copy.Source("source-bucket", key)
    target = s3copy.Target("target-bucket", "new/" + key)
    s3copy.rename(s3, source, target, s3copy.Options(), time.monotonic() + 900)
    copied = s3.get_object(Bucket="target-bucket", Key="new/" + key)
    assert copied["Body"].read() == BODY
    assert (copied["ContentType"], copied["Metadata"]) == ("text/x-odd", {"colour": "blue"})
    assert copied["TagCount"] == 1
    left = s3.list_objects_v2(Bucket="source-bucket").get("Contents", [])
    assert key not in [one["Key"] for one in left]


def test_a_copy_in_parts_carries_what_a_copy_in_one_does(s3: S3Client) -> None:
    body = b"x" * (5 * 1024**2) + b"y"
    s3.put_object(Bucket="source-bucket", Key="big", Body=body, Tagging="a=1&b=", **WHOLE)  # type: ignore[arg-type]
    options = s3copy.Options(multipart_threshold=1, part_size=5 * 1024**2, annotations="exclude")
    source, target = s3copy.Source("source-bucket", "big"), s3copy.Target("target-bucket", "big")
    sentence = s3copy.copy(s3, source, target, options, time.monotonic() + 900)
    assert sentence == "Copied to s3://target-bucket/big"
    copied = s3.get_object(Bucket="target-bucket", Key="big")
    assert copied["Body"].read() == body
    assert (copied["ContentType"], copied["Metadata"]) == ("text/x-odd", {"colour": "blue"})
    assert copied["TagCount"] == 2
    assert copied["ETag"].endswith('-2"')
