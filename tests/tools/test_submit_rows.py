"""submit runs some rows of a manifest: --first, --sample, --after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from jobs.check import source
from jobs.errors import Refused
from jobs.submit import subset

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.check.source import Opened


@pytest.fixture
def whole(tmp_path: Path) -> Opened:
    path = tmp_path / "march.csv"
    rows = [f'photos,"{number:03},%2B"\n' for number in range(100)]
    path.write_text("".join([*rows, rows[0]]))
    return source.in_file(path, ())


def lines(opened: Opened) -> list[str]:
    return opened.files[0].read_text().splitlines()


def test_the_first_rows_are_spread_and_as_they_stand(whole: Opened, tmp_path: Path) -> None:
    chosen = subset.first(whole, 10, tmp_path)
    assert (chosen.rows, chosen.of, chosen.words) == (10, 101, "first 10")
    assert len(found := lines(chosen.opened)) == 10
    assert set(found) <= set(lines(whole))
    assert (found[0], found[-1]) == (lines(whole)[0], lines(whole)[-1])
    assert found != lines(whole)[:10]


def test_a_sample_is_a_share_of_the_rows_and_the_same_each_time(
    whole: Opened, tmp_path: Path
) -> None:
    chosen = subset.sample(whole, 30, tmp_path)
    assert 10 < chosen.rows < 50
    assert lines(subset.sample(whole, 30, tmp_path).opened) == lines(chosen.opened)
    assert subset.sample(whole, 100, tmp_path).rows == 101
    with pytest.raises(Refused, match="--sample nan is no share of the rows"):
        subset.sample(whole, float("nan"), tmp_path)


def a_job_of(body: bytes) -> tuple[S3Client, JobDescriptorTypeDef]:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="jobs")
    etag = s3.put_object(Bucket="jobs", Key="m.csv", Body=body, ServerSideEncryption="AES256")[
        "ETag"
    ]
    return s3, {
        "JobId": "00000000-1111-2222-3333-444444444444",
        "Status": "Cancelled",
        "Manifest": {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": "arn:aws:s3:::jobs/m.csv", "ETag": etag},
        },
    }


def test_after_a_job_come_the_rows_that_it_did_not_have_each_as_often_as_it_is_left(
    whole: Opened, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = subset.first(whole, 10, tmp_path)
    with mock_aws():
        s3, job = a_job_of(chosen.opened.files[0].read_bytes())
        rest = subset.after(whole, job, s3, tmp_path)
    assert (rest.rows, rest.of) == (91, 101)
    assert (
        "Job 00000000 was Cancelled: what it has left is not in this one;"
        in capsys.readouterr().err
    )
    assert sorted(lines(rest.opened) + lines(chosen.opened)) == sorted(lines(whole))


def test_after_a_job_of_other_rows_nothing_is_taken_for_the_rest(
    whole: Opened, tmp_path: Path
) -> None:
    with mock_aws():
        s3, job = a_job_of(b"photos,of another manifest\n")
        with pytest.raises(Refused, match="Job 00000000 has no row of "):
            subset.after(whole, job, s3, tmp_path)
