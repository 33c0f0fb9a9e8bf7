"""What no client should send, and the local S3 refuses instead of doing something else.

moto alone answers 500, or takes it for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from s3_runs import BUCKET, answer, body, etag, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["etag", "s3"]


def test_deletes_with_conditions_that_are_not_known_delete_nothing(s3: S3Client, etag: str) -> None:
    asked = {"Objects": [{"Key": "source", "ETag": etag}, {"Key": "there"}]}
    assert answer(s3.delete_objects, Delete=asked) == (501, "NotImplemented")
    assert [body(s3, "source"), body(s3, "there")] == [b"content", b"another"]


NUMBERS = [
    "GET ?max-keys",
    "GET ?list-type=2&max-keys",
    "GET ?versions&max-keys",
    "GET ?uploads&max-uploads",
    "GET source?uploadId=u&max-parts",
    "GET source?uploadId=u&part-number-marker",
    "GET source?partNumber",
    "GET source?annotation&max-annotation-results",
    "HEAD source?partNumber",
    "PUT source?uploadId=u&partNumber",
]


@pytest.mark.usefixtures("etag")
@pytest.mark.parametrize("text", ["", "x", "-1", "nan", "1e3", "9" * 20, "%D9%A3"])
@pytest.mark.parametrize("asked", NUMBERS)
def test_a_number_that_is_none_is_refused_as_by_s3(s3: S3Client, asked: str, text: str) -> None:
    verb, _, path = asked.partition(" ")
    answered = requests.request(
        verb, f"{s3.meta.endpoint_url}/{BUCKET}/{path}={text}", data=b"", timeout=60
    )
    assert answered.status_code == 400
    assert verb == "HEAD" or "<Code>InvalidArgument</Code>" in answered.text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("PUT ?tagging", (400, "MalformedXML")),
        ("PUT ?lifecycle", (400, "MalformedXML")),
        ("POST ?delete", (400, "MalformedXML")),
        ("GET ?list-type=2&continuation-token=x", (501, "NotImplemented")),
    ],
)
def test_what_moto_cannot_read_is_refused_and_not_tried_again(
    s3: S3Client, asked: str, expected: tuple[int, str]
) -> None:
    verb, _, path = asked.partition(" ")
    url = f"{s3.meta.endpoint_url}/{BUCKET}{path}"
    answered = requests.request(verb, url, data=b"<bad", timeout=60)
    assert answered.status_code == expected[0]
    assert f"<Code>{expected[1]}</Code>" in answered.text


@pytest.mark.usefixtures("etag")
@pytest.mark.parametrize("text", ["", "0-1", "bytes=", "bytes=-1", "bytes=2-1", "bytes=0-1,3-4"])
def test_a_range_that_cannot_be_read_copies_nothing(s3: S3Client, text: str) -> None:
    """moto alone takes it for the whole object."""
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="free")["UploadId"]
    part = {"Key": "free", "UploadId": upload, "PartNumber": 1}
    source = {"Bucket": BUCKET, "Key": "source"}
    refused = answer(s3.upload_part_copy, CopySource=source, CopySourceRange=text, **part)
    assert refused == (400, "InvalidArgument")
    assert "Parts" not in s3.list_parts(Bucket=BUCKET, Key="free", UploadId=upload)


@pytest.mark.usefixtures("etag")
@pytest.mark.parametrize("name", ["If-Modified-Since", "x-amz-copy-source-if-unmodified-since"])
def test_a_condition_with_a_date_that_is_none_is_refused(s3: S3Client, name: str) -> None:
    headers = {name: "yesterday"}
    if "copy" in name:
        headers["x-amz-copy-source"] = f"{BUCKET}/source"
    verb, key = ("PUT", "free") if "copy" in name else ("GET", "source")
    url = f"{s3.meta.endpoint_url}/{BUCKET}/{key}"
    answered = requests.request(verb, url, headers=headers, timeout=60)
    assert (answered.status_code, "InvalidArgument" in answered.text) == (400, True)
    assert body(s3, "free") is None


def test_versioning_that_would_lose_versions_is_refused(s3: S3Client) -> None:
    asked = {"VersioningConfiguration": {"Status": "Suspended"}}
    assert answer(s3.put_bucket_versioning, **asked) == (501, "NotImplemented")
