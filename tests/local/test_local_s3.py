"""The local S3 keeps the promises of S3 that moto alone does not.

The right answers stand in "Add preconditions to S3 operations with conditional requests" (S3 User
Guide) and in the S3 API Reference of each operation.
"""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from jobs.local import environment
from jobs.local.s3 import numbers, server

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


def test_deletes_with_conditions_that_are_not_known_delete_nothing(s3: S3Client, etag: str) -> None:
    asked = {"Objects": [{"Key": "source", "ETag": etag}, {"Key": "there"}]}
    assert answer(s3.delete_objects, Delete=asked) == (501, "NotImplemented")
    assert [body(s3, "source"), body(s3, "there")] == [b"content", b"another"]


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


def test_annotations_are_beside_the_object_and_go_where_it_goes(s3: S3Client, etag: str) -> None:
    key: Any = {"Bucket": BUCKET, "Key": "source"}
    for name in ("b", "a"):
        made = s3.put_object_annotation(**key, AnnotationName=name, AnnotationPayload=b"said")
        assert made["AnnotationName"] == name
    assert body(s3, "source") == b"content"
    wrong = {"AnnotationName": "a", "AnnotationPayload": b"no", "ObjectIfMatch": WRONG}
    assert answer(s3.put_object_annotation, Key="source", **wrong) == FAILED
    first = s3.list_object_annotations(**key, MaxAnnotationResults=1)
    second = s3.list_object_annotations(**key, ContinuationToken=first["NextContinuationToken"])
    pages = [*first["Annotations"], *second["Annotations"]]
    assert [(one["AnnotationName"], one["Size"]) for one in pages] == [("a", 4), ("b", 4)]
    assert "NextContinuationToken" not in second
    s3.copy_object(Bucket=BUCKET, Key="free", CopySource=key)
    copied = s3.get_object_annotation(Bucket=BUCKET, Key="free", AnnotationName="a")
    assert copied["AnnotationPayload"].read() == b"said"
    s3.delete_object_annotation(Bucket=BUCKET, Key="free", AnnotationName="a")
    gone = answer(s3.get_object_annotation, Key="free", AnnotationName="a")
    assert gone == (404, "NoSuchAnnotation")
    s3.copy_object(Bucket=BUCKET, Key="free", CopySource=key, AnnotationDirective="EXCLUDE")
    assert s3.list_object_annotations(Bucket=BUCKET, Key="free")["Annotations"] == []
    assert s3.head_object(**key)["ETag"] == etag


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"AnnotationName": "n" * 513, "AnnotationPayload": b"x"}, (400, "AnnotationNameTooLong")),
        ({"AnnotationName": "n", "AnnotationPayload": b"\xff"}, (415, "UnsupportedMediaType")),
        ({"AnnotationName": "n", "AnnotationPayload": b""}, (400, "InvalidRequest")),
        (
            {"AnnotationName": "n", "AnnotationPayload": b"x" * (1024**2 + 1)},
            (400, "InvalidRequest"),
        ),
        ({"AnnotationName": "n", "AnnotationPayload": b"x", "Key": "free"}, (404, "NoSuchKey")),
    ],
    ids=["long name", "no UTF-8", "empty", "over 1 MiB", "no object"],
)
@pytest.mark.usefixtures("etag")
def test_an_annotation_that_s3_refuses_is_refused(
    s3: S3Client, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert answer(s3.put_object_annotation, **{"Key": "source", **asked}) == expected
    assert body(s3, "source") == b"content"


NUMBERS = [
    *(f"GET ?{name}" for name in ("max-keys", "list-type=2&max-keys", "versions&max-keys")),
    *(f"GET ?{name}" for name in ("uploads&max-uploads",)),
    *(f"GET source?{name}" for name in ("uploadId=u&max-parts", "uploadId=u&part-number-marker")),
    *(f"GET source?{name}" for name in ("partNumber", "annotation&max-annotation-results")),
    *(f"HEAD source?{name}" for name in ("partNumber",)),
    *(f"PUT source?{name}" for name in ("uploadId=u&partNumber",)),
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


def test_versioning_that_would_lose_versions_is_refused(s3: S3Client) -> None:
    asked = {"VersioningConfiguration": {"Status": "Suspended"}}
    assert answer(s3.put_bucket_versioning, **asked) == (501, "NotImplemented")


@pytest.mark.parametrize("key", ["a\nb", "a b+c%2B;d?e#f", "/a//b/", "..", "é/日本\U0001faa3"])
def test_every_key_is_written_read_copied_and_deleted(s3: S3Client, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    s3.copy_object(Bucket=BUCKET, Key=f"{key}2", CopySource={"Bucket": BUCKET, "Key": key})
    s3.delete_object(Bucket=BUCKET, Key=key)
    assert body(s3, key) is None
    assert body(s3, f"{key}2") == key.encode()


DIRECTORY = "promises--use1-az4--x-s3"
RENAMES = {
    "the name is free": ("free", {"DestinationIfNoneMatch": "*"}, (200, "")),
    "the name is taken": ("there", {"DestinationIfNoneMatch": "*"}, FAILED),
    "the source is the one": ("free", {"SourceIfMatch": "ETAG"}, (200, "")),
    "the source is another": ("free", {"SourceIfMatch": WRONG}, FAILED),
    "the source changed since": ("free", {"SourceIfUnmodifiedSince": 1}, FAILED),
    "the source is not there": ("free", {"RenameSource": "gone"}, (404, "NoSuchKey")),
    "onto itself": ("source", {}, (200, "")),
}


@pytest.fixture
def directory(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    """A client for a directory bucket with the same three keys; moto knows no CreateSession."""
    for name, value in environment.NO_SESSIONS.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=s3.meta.endpoint_url, region_name="us-east-1")
    client.create_bucket(Bucket=DIRECTORY)
    client.delete_object(Bucket=DIRECTORY, Key="free")
    client.put_object(Bucket=DIRECTORY, Key="there", Body=b"another")
    client.put_object(Bucket=DIRECTORY, Key="source", Body=b"content", Metadata={"a": "1"})
    yield client
    client.close()


@pytest.mark.parametrize(("key", "asked", "expected"), RENAMES.values(), ids=RENAMES)
def test_an_object_of_a_directory_bucket_is_renamed_as_a_whole_or_not_at_all(
    directory: S3Client, key: str, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    etag = directory.head_object(Bucket=DIRECTORY, Key="source")["ETag"]
    words = {name: etag if value == "ETAG" else value for name, value in asked.items()}
    request = {"Bucket": DIRECTORY, "Key": key, "RenameSource": "source", **words}
    try:
        done: Any = directory.rename_object(**request)
    except ClientError as error:
        done = error.response
    assert (
        done["ResponseMetadata"]["HTTPStatusCode"],
        done.get("Error", {}).get("Code", ""),
    ) == expected
    is_renamed = expected[0] == 200
    found = directory.get_object(Bucket=DIRECTORY, Key=key if is_renamed else "source")
    assert (found["Body"].read(), found["Metadata"]) == (b"content", {"a": "1"})
    keys = [each["Key"] for each in directory.list_objects_v2(Bucket=DIRECTORY)["Contents"]]
    assert keys == (sorted({key, "there"}) if is_renamed else ["source", "there"])


def test_an_object_of_another_bucket_is_not_renamed(s3: S3Client, etag: str) -> None:
    refused = answer(s3.rename_object, Key="free", RenameSource="source", SourceIfMatch=etag)
    assert refused == (501, "NotImplemented")
    assert body(s3, "source") == b"content"
