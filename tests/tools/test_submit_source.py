from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from jobs.errors import Refused
from jobs.submit import manifest_source
from jobs.submit.manifest_source import Source
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

OWNER = "123456789012"
TWO = ("Bucket", "Key")
THREE = ("Bucket", "Key", "VersionId")
INVENTORY = {
    "sourceBucket": "photos",
    "destinationBucket": "arn:aws:s3:::jobs",
    "version": "2016-11-30",
    "creationTimestamp": "1774000000000",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size",
    "files": [
        {"key": "data/1.csv.gz", "size": 20, "MD5checksum": "d41d8cd98f00b204e9800998ecf8427e"}
    ],
}


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="jobs")
        yield client


def put(s3: S3Client, body: bytes, key: str = "manifests/m.csv") -> str:
    s3.put_object(Bucket="jobs", Key=key, Body=body, ServerSideEncryption="AES256")
    return hashlib.md5(body).hexdigest()  # noqa: S324 - what S3 answers as the ETag


def test_a_csv_in_s3_is_named_by_its_etag_without_quotes(s3: S3Client) -> None:
    etag = put(s3, b"photos,a\nphotos,b\n")
    assert manifest_source.in_s3(s3, "s3://jobs/manifests/m.csv", ()) == Source(
        Manifest("jobs", "manifests/m.csv", etag, TWO), frozenset({"photos"})
    )


def test_of_a_large_csv_only_whole_rows_at_its_beginning_are_looked_at(s3: S3Client) -> None:
    put(s3, b"photos,%C3%A9\n" * 10_000 + b"broken\n")
    assert manifest_source.in_s3(s3, "s3://jobs/manifests/m.csv", ()).buckets == {"photos"}


def test_an_inventory_is_known_by_its_name_and_read(s3: S3Client) -> None:
    etag = put(s3, json.dumps(INVENTORY).encode(), "inv/manifest.json")
    assert manifest_source.in_s3(s3, "s3://jobs/inv/manifest.json", ()) == Source(
        Manifest("jobs", "inv/manifest.json", etag, ()), frozenset({"photos"})
    )


def test_an_inventory_that_is_not_csv_is_refused(s3: S3Client) -> None:
    put(s3, json.dumps(INVENTORY | {"fileFormat": "ORC"}).encode(), "inv/manifest.json")
    with pytest.raises(Refused, match=r"inv/manifest.json' is refused: .*'ORC'"):
        manifest_source.in_s3(s3, "s3://jobs/inv/manifest.json", ())


def test_a_csv_under_kms_is_refused_with_the_command_that_cures_it(s3: S3Client) -> None:
    s3.put_object(Bucket="jobs", Key="k.csv", Body=b"b,k\n", ServerSideEncryption="aws:kms")
    with pytest.raises(Refused, match=r"KMS, which a job can not read .* s3://jobs/k.csv --sse"):
        manifest_source.in_s3(s3, "s3://jobs/k.csv", ())


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("s3://jobs/missing.csv", "'s3://jobs/missing.csv' does not exist"),
        ("s3://jobs", "is not the place of a manifest: write s3://BUCKET/KEY"),
        ("s3:///key", "is not the place of a manifest"),
        ("s3://jobs/empty.csv", "'s3://jobs/empty.csv' is empty: a job needs at least one row"),
    ],
)
def test_a_place_without_a_manifest_is_refused(s3: S3Client, uri: str, sentence: str) -> None:
    put(s3, b"", "empty.csv")
    with pytest.raises(Refused, match=sentence):
        manifest_source.in_s3(s3, uri, ())


def test_two_columns_need_no_names_and_more_do(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("photos,a,v1\n")
    with pytest.raises(Refused, match="has 3 columns: give --versioned"):
        manifest_source.in_file(path, "jobs", ())
    assert manifest_source.in_file(path, "jobs", THREE).manifest.fields == THREE
    assert manifest_source.in_file(path, "jobs", ("Bucket", "Key", "Ignore")).buckets == {"photos"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"photos,a\nphotos,b,c\n", "Unexpected number of task fields: row 2 has 3, not 2"),
        (b"Bucket,Key\nphotos,a\n", "row 1 is a header"),
        (b"\xef\xbb\xbfphotos,a\n", "byte order mark"),
        (b"photos,\n", "row 1 has a key of 0 characters"),
        (b"", "is empty: write a row"),
        (b"\n", "has 0 columns"),
    ],
    ids=["short row", "header", "mark", "no key", "empty", "blank line"],
)
def test_a_file_is_read_to_its_end_before_it_is_uploaded(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    with pytest.raises(Refused, match=sentence):
        manifest_source.in_file(path, "jobs", ())


def test_an_inventory_on_this_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is local: upload an inventory"):
        manifest_source.in_file(tmp_path / "manifest.json", "jobs", ())


def test_a_file_is_uploaded_under_sse_s3_to_a_place_made_of_its_content(
    s3: S3Client, tmp_path: Path
) -> None:
    path = tmp_path / "my objects (1).csv"
    path.write_bytes(b"photos,a%20b\nphotos,c\n")
    found = manifest_source.in_file(path, "jobs", ())
    etag = hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324 - what S3 answers as the ETag
    key = f"manifests/my-objects-1--{etag}.csv"
    assert found == Source(Manifest("jobs", key, etag, TWO), frozenset({"photos"}), path)
    manifest_source.upload(s3, path, found.manifest, OWNER)
    stored = s3.get_object(Bucket="jobs", Key=key)
    assert stored["Body"].read() == path.read_bytes()
    assert stored["ServerSideEncryption"] == "AES256"
    assert manifest_source.in_s3(s3, f"s3://jobs/{key}", ()).manifest == found.manifest


def test_the_owner_of_a_bucket_that_an_option_named_is_not_checked() -> None:
    place = Manifest("jobs", "manifests/m.csv", "00", TWO)
    assert "ExpectedBucketOwner" not in manifest_source.upload_request(place, None)


def test_an_upload_says_the_encryption_the_checksum_and_the_owner() -> None:
    etag = hashlib.md5(b"x").hexdigest()  # noqa: S324 - as S3
    assert manifest_source.upload_request(
        Manifest("jobs", "manifests/m.csv", etag, TWO), OWNER
    ) == {
        "Bucket": "jobs",
        "Key": "manifests/m.csv",
        "ServerSideEncryption": "AES256",
        "ContentMD5": base64.b64encode(bytes.fromhex(etag)).decode(),
        "ExpectedBucketOwner": OWNER,
    }
