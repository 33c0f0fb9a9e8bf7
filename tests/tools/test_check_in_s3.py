"""check --against and --exists: what S3 has already, or has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

from check_runs import check, row
from jobs.aws.listing import Lister
from jobs.check import existing, fetching, source
from jobs.errors import Refused
from jobs.formats.row_rules import Work

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked


@pytest.fixture
def s3(s3: S3Client) -> S3Client:
    for bucket in ("b12", "copies"):
        s3.create_bucket(Bucket=bucket)
    return s3


def in_s3(s3: S3Client, content: str, **asked: Any) -> Checked:
    fields = "Bucket,Key,VersionId" if content.partition("\n")[0].count(",") > 1 else ""
    work = Work("rename", "always", "copies", "x/")
    return check(content, work, fields, in_s3=existing.Asked(s3, **asked))


def test_against_shows_what_is_there_under_the_new_names(s3: S3Client) -> None:
    s3.put_object(Bucket="copies", Key="x/a b+é", Body=b"other")
    s3.put_object(Bucket="copies", Key="a", Body=b"not below x/")
    (found,) = in_s3(s3, row("a b+é") + row("a"), against="s3://copies/x/").findings
    (example,) = found.examples
    assert (found.code, found.count, example.new) == ("W10", 1, "x/a b+é")
    assert example.detail.startswith("there: 5 bytes of 20")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("s3://copies/y/", "No row has its new name in 's3://copies/y/': .* s3://copies/"),
        ("copies", "'copies' is no place in S3"),
    ],
)
def test_a_place_where_no_new_name_is_would_prove_nothing(
    s3: S3Client, place: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        in_s3(s3, row("a"), against=place)


def test_exists_finds_what_is_gone_or_archived(s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="2025/a b+é", Body=b"x")
    s3.put_object(Bucket="b12", Key="2025/cold", Body=b"x", StorageClass="GLACIER")
    content = (
        "bucket,key\n"
        + row("2025/a b+é")
        + row("2025/cold")
        + row("2025/gone")
        + "b12,2025/a%2520b\n"
    )
    _, gone, cold = in_s3(s3, content, exists=True).findings
    assert (gone.code, [each.key for each in gone.examples]) == ("W11", ["2025/gone", "2025/a%20b"])
    assert (cold.code, cold.examples[0].detail) == ("W12", "GLACIER, 1 byte")


def test_what_exists_found_is_in_the_plan(s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="2025/a", Body=b"12345")
    s3.put_object(Bucket="b12", Key="2025/cold", Body=b"x", StorageClass="GLACIER")
    s3.put_object(Bucket="b12", Key="2025/not in a row", Body=b"1" * 100)
    objects = in_s3(s3, row("2025/a") + row("2025/cold"), exists=True).objects
    assert objects == {
        "listed": ANY,
        "bytes": 6,
        "largest": 5,
        "above5GiB": 0,
        "bytesAbove5GiB": 0,
        "classes": {"GLACIER": 1, "STANDARD": 1},
    }


def test_exists_looks_for_versions(s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="a", Body=b"x")
    s3.put_bucket_versioning(Bucket="b12", VersioningConfiguration={"Status": "Enabled"})
    second = s3.put_object(Bucket="b12", Key="b", Body=b"x")["VersionId"]
    content = f"b12,a,null\nb12,b,{second}\nb12,b,null\n"
    found = in_s3(s3, content, exists=True).findings
    assert [(each.code, each.examples[0].line) for each in found if each.code == "W11"] == [
        ("W11", 3)
    ]


def test_a_manifest_that_is_replaced_while_it_is_fetched_is_not_read(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    s3.put_object(Bucket="jobs", Key="m.csv", Body=b"b12,a\n")
    before = s3.head_object(Bucket="jobs", Key="m.csv")
    s3.put_object(Bucket="jobs", Key="m.csv", Body=b"b12,b\n")
    monkeypatch.setattr(fetching, "head", lambda *_: before)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        source.in_s3(s3, "s3://jobs/m.csv", (), tmp_path)


def test_what_no_copy_can_take_is_found(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one, all_ = 5 * 1024**3, 10_000 * 5 * 1024**3  # of one CopyObject, and of one by parts
    sizes = {"a": one, "b": all_, "c": all_ + 1}
    page = [(key, size, "2026-01-31T00:00:00Z", "STANDARD", "") for key, size in sizes.items()]
    monkeypatch.setattr(Lister, "all", lambda *_: [page])
    checked = in_s3(s3, "".join(map(row, sizes)), exists=True)
    (found,) = checked.findings
    assert (found.code, [each.key for each in found.examples]) == ("W12", ["c"])
    assert checked.objects
    assert (checked.objects["above5GiB"], checked.objects["bytesAbove5GiB"]) == (2, 2 * all_ + 1)
