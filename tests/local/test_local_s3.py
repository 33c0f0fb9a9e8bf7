"""The local S3 keeps the promises of S3 that moto alone does not.

The right answers stand in "Add preconditions to S3 operations with conditional requests" (S3 User
Guide) and in the S3 API Reference of each operation.
"""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from jobs.local.s3 import numbers
from s3_runs import AT_ONCE, BUCKET, FAILED, WRONG, answer, body, etag, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["etag", "s3"]


COPIES = {
    "nothing must be there, and is": ("there", {"IfNoneMatch": "*"}, FAILED),
    "nothing must be there, nor is": ("free", {"IfNoneMatch": "*"}, (200, "")),
    "another must be there": ("there", {"IfMatch": WRONG}, FAILED),
    "something must be there": ("free", {"IfMatch": WRONG}, (404, "NoSuchKey")),
    "the source is another": ("free", {"CopySourceIfMatch": WRONG}, FAILED),
    "the source is the one": ("free", {"CopySourceIfMatch": "ETAG"}, (200, "")),
    "the source is not to be this": ("free", {"CopySourceIfNoneMatch": "ETAG"}, FAILED),
    "the source changed since": ("free", {"CopySourceIfUnmodifiedSince": 1}, FAILED),
    "the source did not change since": ("free", {"CopySourceIfModifiedSince": 4e9}, FAILED),
    "the bucket is another's": ("free", {"ExpectedBucketOwner": "1" * 12}, (403, "AccessDenied")),
    "the source is another's": (
        "free",
        {"ExpectedSourceBucketOwner": "1" * 12},
        (403, "AccessDenied"),
    ),
    "onto itself": ("source", {}, (400, "InvalidRequest")),
    "onto itself with other metadata": ("source", {"MetadataDirective": "REPLACE"}, (200, "")),
}


@pytest.mark.parametrize(("key", "asked", "expected"), COPIES.values(), ids=COPIES)
def test_a_copy_holds_its_conditions(
    s3: S3Client, etag: str, key: str, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = body(s3, key)
    asked = {name: etag if value == "ETAG" else value for name, value in asked.items()}
    source = {"Bucket": BUCKET, "Key": "source"}
    assert answer(s3.copy_object, Key=key, CopySource=source, **asked) == expected
    assert body(s3, key) == (b"content" if expected[0] == 200 else before)


DELETES = {
    "the one": ("source", "ETAG", (204, "")),
    "the one, without quotes": ("source", "BARE", (204, "")),
    "any": ("source", "*", (204, "")),
    "another": ("source", WRONG, FAILED),
    "any, and there is none": ("free", "*", (404, "NoSuchKey")),
}


@pytest.mark.parametrize(("key", "match", "expected"), DELETES.values(), ids=DELETES)
def test_a_delete_holds_its_condition(
    s3: S3Client, etag: str, key: str, match: str, expected: tuple[int, str]
) -> None:
    match = {"ETAG": etag, "BARE": etag.strip('"')}.get(match, match)
    assert answer(s3.delete_object, Key=key, IfMatch=match) == expected
    assert body(s3, "source") == (None if expected[0] == 204 else b"content")


COMPLETES = {
    "nothing must be there, and is": ("there", {"IfNoneMatch": "*"}, FAILED),
    "another must be there": ("there", {"IfMatch": WRONG}, FAILED),
    "something must be there": ("free", {"IfMatch": WRONG}, (404, "NoSuchKey")),
    "nothing must be there, nor is": ("free", {"IfNoneMatch": "*"}, (200, "")),
}


@pytest.mark.parametrize(("key", "asked", "expected"), COMPLETES.values(), ids=COMPLETES)
def test_parts_hold_their_conditions(
    s3: S3Client, etag: str, key: str, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = body(s3, key)
    upload = {
        "Key": key,
        "UploadId": s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"],
    }
    part = {**upload, "PartNumber": 1, "CopySource": {"Bucket": BUCKET, "Key": "source"}}
    assert answer(s3.upload_part_copy, CopySourceIfMatch=WRONG, **part) == FAILED
    beyond = (400, "InvalidArgument")
    assert answer(s3.upload_part_copy, CopySourceRange="bytes=0-7", **part) == beyond
    made = s3.upload_part_copy(Bucket=BUCKET, CopySourceIfMatch=etag, **part)  # type: ignore[arg-type]
    parts = {"Parts": [{"PartNumber": 1, "ETag": made["CopyPartResult"]["ETag"]}]}
    complete = s3.complete_multipart_upload
    assert answer(complete, MultipartUpload=parts, **upload, **asked) == expected
    assert body(s3, key) == (b"content" if expected[0] == 200 else before)
    if expected[0] == 200:  # a repetition whose first answer was lost
        assert answer(complete, MultipartUpload=parts, **upload, **asked) == expected


def test_a_source_above_5_gib_is_refused(
    s3: S3Client, etag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert numbers.LARGEST_COPY == 5_368_709_120  # what S3's own message names
    monkeypatch.setattr(numbers, "LARGEST_COPY", len(b"content") - 1)
    source = {"Bucket": BUCKET, "Key": "source"}
    assert answer(s3.copy_object, Key="free", CopySource=source) == (400, "InvalidRequest")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="free")["UploadId"]
    part = {"Key": "free", "UploadId": upload, "PartNumber": 1, "CopySource": source}
    assert answer(s3.upload_part_copy, **part) == (400, "InvalidRequest")
    assert answer(s3.upload_part_copy, CopySourceRange="bytes=0-5", **part) == (200, "")
    assert etag and body(s3, "free") is None  # noqa: PT018 - the fixture is what matters


def test_one_of_many_writers_wins(s3: S3Client, etag: str) -> None:
    """Without one step for condition and write, several found nothing there and all wrote."""

    def copy(_: int) -> int:
        source = {"Bucket": BUCKET, "Key": "source"}
        asked = {"Key": "free", "CopySource": source, "IfNoneMatch": "*"}
        return answer(s3.copy_object, CopySourceIfMatch=etag, **asked)[0]

    def delete(_: int) -> int:
        return answer(s3.delete_object, Key="free", IfMatch=etag)[0]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(copy, range(AT_ONCE))) == [200] + [412] * (AT_ONCE - 1)
        assert sorted(pool.map(delete, range(AT_ONCE))) == [204] + [404] * (AT_ONCE - 1)


@pytest.mark.usefixtures("etag")
def test_tags_of_a_copy_are_those_of_its_source_only(s3: S3Client) -> None:
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"content", Tagging="a=1")
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"another", Tagging="stale=1")
    s3.copy_object(Bucket=BUCKET, Key="there", CopySource={"Bucket": BUCKET, "Key": "source"})
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="there")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}]


def test_every_object_has_sse_s3_unless_it_has_kms(s3: S3Client) -> None:
    plain = s3.put_object(Bucket=BUCKET, Key="plain", Body=b"x")
    assert plain["ServerSideEncryption"] == "AES256"
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")
    assert upload["ServerSideEncryption"] == "AES256"
    s3.put_object(Bucket=BUCKET, Key="kms", Body=b"x", ServerSideEncryption="aws:kms")
    assert s3.head_object(Bucket=BUCKET, Key="kms")["ServerSideEncryption"] == "aws:kms"
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "kms"})
    assert s3.head_object(Bucket=BUCKET, Key="copy")["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket=BUCKET)
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_the_checksum_of_a_copy_is_one_of_the_whole_object(s3: S3Client) -> None:
    made = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", ChecksumAlgorithm="SHA256")
    upload: Any = {"Bucket": BUCKET, "Key": "parts", "UploadId": made["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"content")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    source: Any = {"Bucket": BUCKET, "Key": "parts"}
    of_parts = s3.head_object(**source, ChecksumMode="ENABLED")
    assert of_parts["ChecksumType"] == "COMPOSITE"
    assert of_parts["ChecksumSHA256"].endswith("-1")
    s3.copy_object(Bucket=BUCKET, Key="whole", CopySource=source)
    whole = s3.head_object(Bucket=BUCKET, Key="whole", ChecksumMode="ENABLED")
    assert whole["ChecksumType"] == "FULL_OBJECT"
    assert whole["ChecksumSHA256"] == b64encode(sha256(b"content").digest()).decode()


@pytest.mark.parametrize("key", ["a\nb", "a b+c%2B;d?e#f", "/a//b/", "..", "é/日本\U0001faa3"])
def test_every_key_is_written_read_copied_and_deleted(s3: S3Client, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    s3.copy_object(Bucket=BUCKET, Key=f"{key}2", CopySource={"Bucket": BUCKET, "Key": key})
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert body(s3, key) is None
    assert body(s3, f"{key}2") == key.encode()
