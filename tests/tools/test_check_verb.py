"""The verb check as a whole: what it prints, and the plan that it keeps beside the manifest."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import jobs.__main__ as main
from check_runs import verb
from jobs.check import checking
from jobs.formats import plan
from jobs.project import rule, samconfig

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_plan_of_a_manifest_in_s3_is_kept_where_submit_keeps_its_own(s3: S3Client) -> None:
    s3.put_object(Bucket="photos", Key="a", Body=b"123", StorageClass="GLACIER")
    stored = s3.put_object(
        Bucket="jobs", Key="manifests/march.csv", Body=b"photos,a\n", ServerSideEncryption="AES256"
    )
    assert verb("s3://jobs/manifests/march.csv", "--exists").exit_code == 0
    etag = stored["ETag"].strip('"')
    key = f"manifests/march-{etag}.plan.json"
    kept = s3.get_object(Bucket="jobs", Key=key)["Body"].read()
    found = plan.parse(kept)
    assert found
    assert (found["rows"], found["manifest"]["etag"]) == (1, etag)
    assert found["objects"]["classes"] == {"GLACIER": 1}
    words = ["estimate", "s3://jobs/manifests/march.csv"]
    assert "1 archived objects fail" in CliRunner().invoke(main.cli, words).output


def test_no_plan_goes_where_nobody_looks_for_it(s3: S3Client) -> None:
    s3.put_object(Bucket="photos", Key="m.csv", Body=b"photos,a\n", ServerSideEncryption="AES256")
    done = verb("s3://photos/m.csv")
    assert "The plan is not kept: the manifest is not in manifests/ of its bucket." in done.output
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="photos")["Contents"]] == ["m.csv"]


@pytest.mark.parametrize("content", [b"Bucket,Key\n", b"photos,a\n".decode().encode("utf-16")])
def test_a_file_without_a_row_that_can_be_read_has_no_plan(here: Path, content: bytes) -> None:
    (here / "m.csv").write_bytes(content)
    assert verb("m.csv").exit_code == 1
    assert [each.name for each in here.iterdir()] == ["m.csv"]


@pytest.mark.parametrize("most", ["0", str(checking.MOST_EXAMPLES)])
def test_all_examples_are_shown_where_all_are_asked_for(here: Path, most: str) -> None:
    (here / "m.csv").write_bytes(b"".join(b"photos,a %d\n" % number for number in range(5)))
    shown = verb("m.csv", "--findings", most)
    assert shown.exit_code == 0
    assert [f"a {number}" in shown.output for number in range(5)] == [True] * 5
    lines = verb("m.csv", "--findings", most, "--json").output
    assert all(f'"a {number}"' in lines for number in range(5))


def test_a_key_that_is_too_long_does_not_fill_the_screen(here: Path) -> None:
    (here / "m.csv").write_text(f"photos,{'k' * 5000}\nphotos,a\n")
    said = verb("m.csv").output
    assert "kkk… (5,000 characters)" in said
    assert len(said) < 1500


def test_the_sentence_about_one_column_names_what_reads_such_a_file(
    here: Path, s3: S3Client
) -> None:
    (here / "a b.csv").write_text("photos;a\n")
    assert "by semicolons? python -m jobs manifest 'a b.csv' reads" in verb("a b.csv").output
    s3.put_object(Bucket="jobs", Key="manifests/x.csv", Body=b"photos\ta\n")
    said = verb("s3://jobs/manifests/x.csv").output
    assert (
        "fetch it with `aws s3 cp s3://jobs/manifests/x.csv .`, python -m jobs manifest x" in said
    )


@pytest.mark.parametrize(("rows", "is_named"), [(100, False), (101, True)])
def test_a_trial_is_named_where_there_are_more_rows_than_it_takes(
    here: Path, rows: int, *, is_named: bool
) -> None:
    (here / "m.csv").write_text("".join(f"photos,{n}\n" for n in range(rows)))
    said = verb("m.csv", "--operation", "copy").output
    assert "submit m.csv --operation copy" in said
    assert ("--first 100" in said) == is_named


def test_work_that_is_no_copy_is_not_submitted_as_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule, "load", lambda: None)
    (here / "m.csv").write_text("photos,a\n")
    said = verb("m.csv").output
    assert "Next: python -m jobs submit m.csv --destination-bucket copies\n" in said


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        ('Operation="Rename"', "The parameter Operation is 'Rename': use copy or rename."),
        (
            'Operaton="rename"',
            "has no parameter 'Operaton': write 'Operation' in samconfig.toml.",
        ),
    ],
    ids=["value", "name"],
)
def test_a_mistake_in_samconfig_is_no_silent_default(
    here: Path, monkeypatch: pytest.MonkeyPatch, parameter: str, sentence: str
) -> None:
    (here / "samconfig.toml").write_text(
        f"[default.deploy.parameters]\nparameter_overrides = ['{parameter}']\n"
    )
    monkeypatch.setattr(samconfig, "PATH", here / "samconfig.toml")
    (here / "m.csv").write_text("photos,a\n")
    done = verb("m.csv")
    assert (done.exit_code, sentence in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n", "'m.csv' has no row: a job needs at least one."),
        (b"\xef\xbb\xbf\r\n\n", "'m.csv' has no row: a job needs at least one."),
        (b"\nphotos,a,1\n", "'m.csv' has 3 columns: give --versioned"),
        (gzip.compress(b"photos,a\n"), "'m.csv' is no manifest but a compressed file: "),
        (b"photos,a\n" * 3 + b"photos," + b"k" * 2**20 + b"\nphotos,b\n", "Line 4 of 'm.csv' is"),
        (b"photos,a\r\n" * 3 + b"k" * 2**22 + b"\r\n", "Line 4 of 'm.csv' is longer than 1 MiB"),
    ],
    ids=["a blank line", "only blank lines", "a blank line first", "gzip", "long", "CR LF"],
)
def test_what_is_no_manifest_is_called_what_it_is(
    here: Path, content: bytes, sentence: str
) -> None:
    (here / "m.csv").write_bytes(content)
    done = verb("m.csv")
    assert (done.exit_code, sentence in done.output) == (2, True), done.output
    assert [each.name for each in here.iterdir()] == ["m.csv"]
