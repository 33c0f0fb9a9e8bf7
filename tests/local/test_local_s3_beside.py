"""Annotations, and directory buckets: what moto does not know, the local S3 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from jobs.local import environment
from s3_runs import BUCKET, FAILED, WRONG, answer, body, etag, s3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

__all__ = ["etag", "s3"]


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
