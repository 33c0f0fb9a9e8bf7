"""`--keep` brings every object back as it was."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from jobs.errors import Refused
from jobs.local.s3 import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


# Keys that are no file names, or would be a file and a folder at once.
KEYS = ["a", "a/b", "..", "../x", "/", "//", ".", "a\nb", "CON", "A", "é" * 450, "x" * 900, "index"]


@contextmanager
def s3_with(keep: Path) -> Iterator[S3Client]:
    with server.running(keep=keep) as url:
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        yield client
        client.close()


def everything(s3: S3Client) -> dict[tuple[str, str], Any]:
    """Return all that can be read of each version of each object."""
    found: dict[tuple[str, str], Any] = {}
    for bucket in s3.list_buckets()["Buckets"]:
        listed = s3.list_object_versions(Bucket=bucket["Name"])
        for marker in listed.get("DeleteMarkers", []):
            found[marker["Key"], marker["VersionId"]] = marker
        for each in listed.get("Versions", []):
            where: Any = {"Bucket": bucket["Name"], "Key": each["Key"]}
            if s3.get_bucket_versioning(Bucket=bucket["Name"]).get("Status"):
                where["VersionId"] = each["VersionId"]
            answer: Any = s3.get_object(**where, ChecksumMode="ENABLED")
            del answer["ResponseMetadata"]
            answer["Body"] = answer["Body"].read()
            tags = s3.get_object_tagging(**where)["TagSet"]
            notes = s3.list_object_annotations(**where)["Annotations"]
            found[each["Key"], each["VersionId"]] = [each, answer, tags, notes]
    return found


def test_all_objects_come_back_as_they_were(tmp_path: Path) -> None:
    with s3_with(tmp_path / "keep") as s3:
        s3.create_bucket(Bucket="plain")
        s3.create_bucket(Bucket="versions")
        enabled: Any = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration=enabled)
        for key in KEYS:
            s3.put_object(Bucket="plain", Key=key, Body=key.encode())
        s3.put_object(
            Bucket="plain",
            Key="full",
            Body=b"x" * 100_000,
            Tagging="a=1&b=%C3%A9",
            Metadata={"m": "1"},
            ContentType="text/plain",
            CacheControl="no-store",
            StorageClass="STANDARD_IA",
            ChecksumAlgorithm="SHA256",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId="key",
        )
        note: Any = {"AnnotationName": "n", "AnnotationPayload": "é".encode()}
        s3.put_object_annotation(Bucket="plain", Key="full", **note)
        made = s3.create_multipart_upload(Bucket="plain", Key="parts", ChecksumAlgorithm="CRC32")
        upload: Any = {"Bucket": "plain", "Key": "parts", "UploadId": made["UploadId"]}
        part = s3.upload_part(**upload, PartNumber=1, Body=b"part")
        parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**upload, MultipartUpload=parts)
        for text in ("first", "second"):
            s3.put_object(Bucket="versions", Key="v", Body=text.encode())
        s3.put_object(Bucket="versions", Key="deleted", Body=b"x")
        s3.delete_object(Bucket="versions", Key="deleted")
        before = everything(s3)
    assert len(before) == len(KEYS) + 2 + 2 + 2
    for _ in range(2):  # what was brought back is saved again
        with s3_with(tmp_path / "keep") as s3:
            assert everything(s3) == before
            assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["plain", "versions"]
            with pytest.raises(s3.exceptions.NoSuchKey):
                s3.get_object(Bucket="versions", Key="deleted")
    assert len(list((tmp_path / "keep").glob("objects-*"))) == 1


def test_without_a_folder_the_objects_end_with_the_server(tmp_path: Path) -> None:
    with server.running() as url:
        s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        s3.create_bucket(Bucket="gone")
        s3.close()
    with s3_with(tmp_path / "keep") as s3:
        assert s3.list_buckets()["Buckets"] == []


def test_the_first_request_that_is_answered_finds_the_buckets_and_what_was_kept(
    tmp_path: Path,
) -> None:
    with s3_with(tmp_path / "keep") as s3:
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="k", Body=b"saved")
    with server.beginning(keep=tmp_path / "keep", buckets=["kept", "made"]) as (url, _):
        s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["kept", "made"]
        assert s3.get_object(Bucket="kept", Key="k")["ServerSideEncryption"] == "AES256"
        [rule] = s3.get_bucket_encryption(Bucket="made")["ServerSideEncryptionConfiguration"][
            "Rules"
        ]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        s3.close()


def test_a_parameter_that_names_no_possible_bucket_is_said(tmp_path: Path) -> None:
    """As a default of the type AWS::SSM::Parameter::Value does, which CloudFormation looks up."""
    begun = server.beginning(keep=tmp_path / "keep", buckets=["b" * 64])
    with begun as (_, wait), pytest.raises(Refused, match="b', which is not possible in S3"):
        wait()


def test_a_save_that_breaks_off_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tmp_path / "keep"
    with s3_with(keep) as s3:
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"saved")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), s3_with(keep) as s3:  # noqa: PT012 - both contexts
        s3.delete_object(Bucket="bucket", Key="k")
        monkeypatch.setattr("os.replace", full)
    monkeypatch.undo()
    with s3_with(keep) as s3:
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"saved"


def test_a_first_save_that_was_killed_leaves_a_folder_that_can_be_used(tmp_path: Path) -> None:
    """As kill -9 leaves it: some objects, and no index that names them."""
    (tmp_path / "objects-1").mkdir()
    for name in ("objects-1/000000", "lock", "index.json.new"):
        (tmp_path / name).write_text("")
    with s3_with(tmp_path) as s3:
        s3.create_bucket(Bucket="mine")
        s3.put_object(Bucket="mine", Key="a", Body=b"a")
    with s3_with(tmp_path) as s3:
        assert [each["Key"] for each in s3.list_objects_v2(Bucket="mine")["Contents"]] == ["a"]


def test_a_folder_that_holds_something_else_or_is_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    with pytest.raises(Refused, match="holds other files"), s3_with(tmp_path):
        pass
    with (
        s3_with(tmp_path / "keep"),
        pytest.raises(Refused, match="is used by another"),
        s3_with(tmp_path / "keep"),
    ):
        pass
    index = tmp_path / "keep" / "index.json"
    index.write_text(json.dumps({"format": 2}))
    with (
        pytest.raises(Refused, match=r"cannot be read.*its format is 2"),
        s3_with(tmp_path / "keep"),
    ):
        pass
    assert json.loads(index.read_text()) == {"format": 2}  # nothing was saved over it


INDEX = {
    "no JSON": "{",
    "another document": "[]",
    "a bucket that cannot be": {"buckets": [{"name": "A_", "region": "r", "versioning": None}]},
    "one bucket twice": {
        "buckets": [{"name": "one", "region": "us-east-1", "versioning": None, "objects": []}] * 2
    },
    "a file that is gone": {
        "buckets": [
            {
                "name": "one",
                "region": "us-east-1",
                "versioning": None,
                "objects": [
                    {"key": "k", "file": "000000", "storage_class": "STANDARD", "etag": ""}
                ],
            }
        ]
    },
    "another's files": {"files": "..", "buckets": []},
}


@pytest.mark.parametrize("damage", INDEX.values(), ids=INDEX)
def test_a_damaged_folder_is_refused_and_left_as_it_is(tmp_path: Path, damage: Any) -> None:
    keep = tmp_path / "keep"
    (keep / "objects-1").mkdir(parents=True)
    (tmp_path / "mine").write_text("mine")
    whole = {"format": 1, "files": "objects-1", **damage} if isinstance(damage, dict) else damage
    text = whole if isinstance(whole, str) else json.dumps(whole)
    (keep / "index.json").write_text(text)
    with pytest.raises(Refused, match=r"cannot be read \(.*\): move it away"), s3_with(keep):
        pass
    assert (keep / "index.json").read_text() == text
    assert (tmp_path / "mine").exists()


def test_a_save_removes_what_others_that_broke_off_have_left(tmp_path: Path) -> None:
    for name in ("objects-1", "objects-7"):
        (tmp_path / name).mkdir()
    with s3_with(tmp_path):
        pass
    assert [path.name for path in tmp_path.glob("objects-*")] == ["objects-8"]
