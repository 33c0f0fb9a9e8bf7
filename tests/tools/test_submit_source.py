"""Where the manifest of a job comes from, and where a local one is stored."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

import inventories
from jobs.aws import uploads
from jobs.check import source
from jobs.errors import Refused
from jobs.submit import storing
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

OWNER = "123456789012"
TWO = ("Bucket", "Key")
THREE = ("Bucket", "Key", "VersionId")


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="jobs")
        yield client


def put(s3: S3Client, body: bytes, key: str = "manifests/m.csv") -> str:
    s3.put_object(Bucket="jobs", Key=key, Body=body, ServerSideEncryption="AES256")
    return md5(body)


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()  # noqa: S324 - what S3 answers as the ETag


def in_s3(s3: S3Client, uri: str, folder: Path) -> Manifest:
    return storing.place_of(source.in_s3(s3, uri, (), folder), "jobs")


def in_file(path: Path, fields: tuple[str, ...] = ()) -> Manifest:
    return storing.place_of(source.in_file(path, fields), "jobs")


def test_a_csv_in_s3_is_brought_here_whole_and_named_by_its_etag_without_quotes(
    s3: S3Client, tmp_path: Path
) -> None:
    body = b"photos,a\n" * 20_000
    etag = put(s3, body)
    opened = source.in_s3(s3, "s3://jobs/manifests/m.csv", (), tmp_path)
    assert opened.files[0].read_bytes() == body
    assert opened.first_bucket == "photos"
    assert storing.place_of(opened, "jobs") == Manifest("jobs", "manifests/m.csv", etag, TWO)


def test_an_inventory_is_known_by_its_name_and_its_data_files_are_fetched(
    s3: S3Client, tmp_path: Path
) -> None:
    data = gzip.compress(b'"photos","a","1"\n')
    put(s3, data, "data/1.csv.gz")
    file = {"key": "data/1.csv.gz", "size": len(data), "MD5checksum": md5(data)}
    etag = put(s3, inventories.document(files=[file]), "inv/manifest.json")
    opened = source.in_s3(s3, "s3://jobs/inv/manifest.json", (), tmp_path)
    assert (opened.fields, opened.first_bucket) == (("Bucket", "Key", "Ignore"), "photos")
    assert [path.read_bytes() for path in opened.files] == [data]
    assert opened.first_bucket == "photos"
    assert storing.place_of(opened, "jobs") == Manifest("jobs", "inv/manifest.json", etag, ())


def test_a_data_file_of_another_md5_is_refused(s3: S3Client, tmp_path: Path) -> None:
    put(s3, b"other", "data/1.csv.gz")
    put(s3, inventories.document(), "inv/manifest.json")
    with pytest.raises(Refused, match=r"is not what manifest\.json promises"):
        in_s3(s3, "s3://jobs/inv/manifest.json", tmp_path)


def test_a_data_file_that_is_not_there_is_named(s3: S3Client, tmp_path: Path) -> None:
    file = {"key": "data/none.csv.gz", "size": 1, "MD5checksum": md5(b"")}
    put(s3, inventories.document(files=[file]), "inv/manifest.json")
    with pytest.raises(Refused, match=r"^'s3://jobs/data/none\.csv\.gz', which manifest\.json"):
        in_s3(s3, "s3://jobs/inv/manifest.json", tmp_path)


def test_an_inventory_that_is_not_csv_is_refused(s3: S3Client, tmp_path: Path) -> None:
    put(s3, inventories.document(fileFormat="ORC"), "inv/manifest.json")
    with pytest.raises(Refused, match=r"inv/manifest.json' is refused: .*'ORC'"):
        in_s3(s3, "s3://jobs/inv/manifest.json", tmp_path)


def test_an_inventory_without_data_files_is_refused(s3: S3Client, tmp_path: Path) -> None:
    put(s3, inventories.document(files=[]), "inv/manifest.json")
    with pytest.raises(Refused, match="names no data files: the inventory lists no objects"):
        in_s3(s3, "s3://jobs/inv/manifest.json", tmp_path)


def test_a_csv_under_kms_is_refused_with_the_command_that_cures_it(
    s3: S3Client, tmp_path: Path
) -> None:
    s3.put_object(Bucket="jobs", Key="k.csv", Body=b"b,k\n", ServerSideEncryption="aws:kms")
    with pytest.raises(Refused, match=r"KMS, which a job cannot read .* s3://jobs/k.csv --sse"):
        in_s3(s3, "s3://jobs/k.csv", tmp_path)


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("s3://jobs/missing.csv", "'s3://jobs/missing.csv' does not exist"),
        ("s3://jobs", "is not the place of a manifest: write s3://BUCKET/KEY"),
        ("s3:///key", "is not the place of a manifest"),
        ("s3://jobs/empty.csv", "'s3://jobs/empty.csv' is empty: a job needs at least one row"),
    ],
)
def test_a_place_without_a_manifest_is_refused(
    s3: S3Client, tmp_path: Path, uri: str, sentence: str
) -> None:
    put(s3, b"", "empty.csv")
    with pytest.raises(Refused, match=sentence):
        in_s3(s3, uri, tmp_path)


def test_two_columns_need_no_names_and_more_do(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("photos,a,v1\n")
    with pytest.raises(Refused, match="has 3 columns: give --versioned"):
        in_file(path)
    for fields in (THREE, ("Bucket", "Key", "Ignore")):
        assert in_file(path, fields).fields == fields
        assert source.in_file(path, fields).first_bucket == "photos"


def test_an_inventory_on_this_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is local: upload an inventory"):
        in_file(tmp_path / "manifest.json")


def test_a_file_is_uploaded_under_sse_s3_to_a_place_made_of_its_content(
    s3: S3Client, tmp_path: Path
) -> None:
    path = tmp_path / "my objects (1).csv"
    path.write_bytes(b"photos,a%20b\nphotos,c\n")
    found = in_file(path)
    etag = md5(path.read_bytes())
    key = f"manifests/my-objects-1--{etag}.csv"
    assert found == Manifest("jobs", key, etag, TWO)
    storing.upload(s3, path, found, OWNER)
    stored = s3.get_object(Bucket="jobs", Key=key)
    assert stored["Body"].read() == path.read_bytes()
    assert stored["ServerSideEncryption"] == "AES256"
    assert in_s3(s3, f"s3://jobs/{key}", tmp_path) == found


def test_a_file_above_the_limit_of_one_request_goes_up_in_parts_under_the_etag_that_s3_gives(
    s3: S3Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "PUT_LIMIT", 10)
    monkeypatch.setattr(uploads, "PART", 8 * 1024**2)
    path = tmp_path / "m.csv"
    path.write_bytes(b"photos,a\n" * 1_000_000)
    s3.put_bucket_versioning(Bucket="jobs", VersioningConfiguration={"Status": "Enabled"})
    stored = storing.upload(s3, path, in_file(path), None)
    head = s3.head_object(Bucket="jobs", Key=stored.key)
    s3.put_bucket_versioning(Bucket="jobs", VersioningConfiguration={"Status": "Suspended"})
    assert stored.etag.endswith("-2")
    assert (head["ETag"], head["VersionId"]) == (f'"{stored.etag}"', stored.version_id)
    assert (head["ContentLength"], head["ServerSideEncryption"]) == (9_000_000, "AES256")


def test_the_owner_of_a_bucket_that_an_option_named_is_not_checked() -> None:
    place = Manifest("jobs", "manifests/m.csv", "00", TWO)
    assert "ExpectedBucketOwner" not in storing.upload_request(place, None)


def test_an_upload_says_the_encryption_the_checksum_and_the_owner() -> None:
    etag = hashlib.md5(b"x").hexdigest()  # noqa: S324 - as S3
    assert storing.upload_request(Manifest("jobs", "manifests/m.csv", etag, TWO), OWNER) == {
        "Bucket": "jobs",
        "Key": "manifests/m.csv",
        "ServerSideEncryption": "AES256",
        "ContentMD5": base64.b64encode(bytes.fromhex(etag)).decode(),
        "ExpectedBucketOwner": OWNER,
    }
