"""Which objects the files of the user become."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from jobs.errors import Refused
from jobs.local import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("photos/2026/one.jpg", "photos/a b+%.txt", "photos/.hidden", "photos/.git/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("source", "destination", "jobs"):
            client.create_bucket(Bucket=bucket)
        yield client


def test_a_file_is_named_by_its_name_and_a_folder_s_files_from_its_name_on(folder: Path) -> None:
    found = files.find([folder / "photos", folder / "photos" / "a b+%.txt"])

    assert [file.key for file in found] == ["photos/2026/one.jpg", "photos/a b+%.txt", "a b+%.txt"]


def test_two_files_of_one_key_are_refused(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "one.jpg").touch()
    with pytest.raises(Refused, match="would both be the object"):
        files.find([folder / "photos" / "2026" / "one.jpg", folder / "other" / "one.jpg"])


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no file"):
        files.find([tmp_path])


@pytest.mark.skipif(sys.platform == "win32", reason="no links and pipes there")
def test_a_link_is_its_file_under_its_own_name_and_what_is_no_file_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("a")
    (tmp_path / "link").symlink_to("file")
    assert files.find([tmp_path / "link"]) == [files.File("link", tmp_path / "link")]
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="pipe' is no file and no folder"):
        files.find([tmp_path / "file", tmp_path / "pipe"])


@pytest.mark.skipif(sys.platform == "win32", reason="no links and pipes there")
def test_what_is_no_file_in_a_folder_is_named_and_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(folder / "photos" / "pipe")
    (folder / "photos" / "to a folder").symlink_to("2026")
    (folder / "photos" / ".git" / "dangling").symlink_to("nowhere")
    assert {file.key for file in files.find([folder / "photos"])} == {
        "photos/2026/one.jpg",
        "photos/a b+%.txt",
    }
    said = capsys.readouterr().err
    assert said == f"Left out, as it is no file: {folder}/photos/pipe and 1 more.\n"


def test_a_folder_that_cannot_be_read_is_no_empty_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: str) -> Iterator[object]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(PermissionError):
        files.find([folder / "photos"])


def test_a_name_that_is_no_key_is_refused(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(Refused, match="is not UTF-8, as keys are"):
        files.find([tmp_path])


def test_an_object_has_the_content_type_that_its_name_suggests(folder: Path, s3: S3Client) -> None:
    files.upload(s3, "source", files.find([folder / "photos"]))
    kinds = [
        s3.head_object(Bucket="source", Key=key)["ContentType"]
        for key in ("photos/2026/one.jpg", "photos/a b+%.txt")
    ]
    assert kinds == ["image/jpeg", "text/plain"]


def test_the_files_of_a_folder_become_objects(tmp_path: Path, s3: S3Client) -> None:
    folder = tmp_path / "files"
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "é+.txt").write_bytes(b"text")
    (folder / ".hidden").write_bytes(b"")
    files.upload(s3, "source", files.below(folder))
    listed = s3.list_objects_v2(Bucket="source")["Contents"]
    assert [each["Key"] for each in listed] == [".hidden", "a b/é+.txt"]
    answer = s3.get_object(Bucket="source", Key="a b/é+.txt")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"text", "text/plain")


def test_a_folder_without_files_or_with_names_that_are_no_keys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="holds no files"):
        files.below(tmp_path / "empty")
    deep = tmp_path.joinpath("deep", *["é" * 100] * 6)
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"")
    with pytest.raises(Refused, match="has 1207 bytes: a key has 1024 at most"):
        files.below(tmp_path / "deep")
