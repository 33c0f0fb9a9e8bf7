"""What a report must be to be believed: whole, of this job, and each file what was promised."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

import ended_jobs
import report_files
from jobs.aws import downloads
from jobs.formats import report
from report_files import JOB_ID, ROWS, done

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients


def run(*words: str) -> tuple[int, str, str]:
    return ended_jobs.run("report", *words)


@pytest.fixture
def job(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The job that every name means; a test may change it."""
    return ended_jobs.reported(s3, clients, monkeypatch)


@pytest.mark.usefixtures("job")
def test_a_file_of_another_md5_is_refused(s3: S3Client) -> None:
    report_files.in_s3(s3, ROWS)
    file = next(report_files.files(ROWS))[0]
    s3.put_object(Bucket="jobs", Key=file.key, Body=b"photos,a,,succeeded,200,,half")
    code, told, said = run("7c1fa2")
    assert (code, told) == (2, "")
    assert "is not what manifest.json promises (MD5 " in said
    assert said.endswith("fetch it again; if it stays, take the report as incomplete.\n")


@pytest.mark.usefixtures("job")
def test_a_file_that_came_with_other_bytes_is_fetched_again(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is there at night to type the command once more."""
    asked: list[str] = []
    save = downloads.save

    def saved(body: StreamingBody, path: Path, *more: Any) -> str:
        digest = save(body, path, *more)
        asked.append(path.name)
        return digest if path.name == "1.csv" or asked.count("0.csv") == 3 else "0" * 32

    monkeypatch.setattr(downloads, "save", saved)
    report_files.in_s3(s3, ROWS)
    code, told, _ = run("7c1fa2")
    assert (code, "MD5 of 2 files right" in told) == (1, True)
    assert sorted(asked) == ["0.csv", "0.csv", "0.csv", "1.csv"]


@pytest.mark.usefixtures("job")
def test_half_a_report_is_refused(s3: S3Client, tmp_path: Path) -> None:
    report_files.in_s3(s3, ROWS)
    s3.delete_object(Bucket="jobs", Key=next(report_files.files(ROWS))[0].key)
    assert "which is not there: the report is incomplete." in run("7c1fa2")[2]
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    next((folder / "results").iterdir()).unlink()
    assert "which is not beside it: fetch the whole report." in run(str(folder))[2]


@pytest.mark.usefixtures("job")
def test_the_report_of_another_job_is_refused(s3: S3Client) -> None:
    other = "91ab02cc-1111-2222-3333-444444444444"
    rows = list(report_files.files(ROWS, other))
    document = report.document([file for file, _ in rows], 0.0)
    for file, data in rows:
        s3.put_object(Bucket="jobs", Key=file.key, Body=data)
    s3.put_object(Bucket="jobs", Key=report.manifest_key("reports", JOB_ID), Body=document)
    code, _, said = run("7c1fa2")
    assert (code, said) == (2, f"Error: The report is of job {other}, not of {JOB_ID}.\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"Status": "Active"},
            "Job 7c1fa2b0 is Active: its report comes when it has ended; python -m jobs watch 7c",
        ),
        (
            {
                "Status": "Failed",
                "ProgressSummary": {},
                "FailureReasons": [
                    {"FailureCode": "A", "FailureReason": "Reading the manifest is forbidden"}
                ],
            },
            "Job 7c1fa2b0 Failed before its first object (Reading the manifest is forbidden): no r",
        ),
        ({}, "Job 7c1fa2b0 is Complete, but no report is at s3://jobs/reports/job-7c1fa2b0-1111-"),
        ({"Report": {"Enabled": False}}, "Job 7c1fa2b0 was submitted without a report: there is"),
    ],
    ids=["running", "no task ran", "late", "none asked"],
)
def test_why_there_is_no_report_is_said(
    s3: S3Client, job: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    del s3
    job.update(change)
    code, told, said = run("7c1fa2")
    assert (code, told) == (2, "")
    assert said.startswith(f"Error: {sentence}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("status", ["Failed", "Cancelled"])
@pytest.mark.parametrize("has_list", [False, True])
def test_resume_is_named_only_where_the_rows_are_known(
    job: dict[str, Any], status: str, has_list: bool
) -> None:
    """A job whose list S3 was to make, and did not, has none."""
    made = {"GeneratedManifestDescriptor": {"Location": job.pop("Manifest")["Location"]}}
    job.update({"Status": status, "ProgressSummary": {}} | (made if has_list else {}))
    _, _, said = run("7c1fa2")
    named = "python -m jobs resume 7c1fa2b0 makes the manifest of all its rows." in said
    assert (named, "no report was written." in said) == (has_list, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"photos,a,,succeeded,200,,ok\r\nphotos,b\r\n",
            "is no file of a report: its line 2 is no row of one. Fetch it again",
        ),
        (b"photos,a,,maybe,200,,ok\r\n", "a row of the status 'maybe': that is no report"),
    ],
    ids=["cut", "another tool"],
)
def test_what_is_no_row_of_a_report_is_refused(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    folder = report_files.in_folder(tmp_path / "r", [done("a")])
    report_files.rewrite(folder, content)
    code, _, said = run(str(folder))
    assert code == 2
    assert sentence in said


@pytest.mark.parametrize(
    "content",
    [
        b"photos,a,,succeeded,200,,ok\r\nphotos,b,,succeeded,200,,ok\r\n\n",
        "photos,a,,succeeded,200,,ok\r\n".encode("utf-16"),
        gzip.compress(b"photos,a,,succeeded,200,,ok\r\n" * 9, mtime=0),
    ],
    ids=["blank line", "UTF-16", "gzip"],
)
def test_a_file_that_is_no_csv_is_named_though_its_md5_is_right(
    tmp_path: Path, content: bytes
) -> None:
    folder = report_files.in_folder(tmp_path / "r", [done("a")])
    path = report_files.rewrite(folder, content)
    code, told, said = run(str(folder))
    assert (code, told) == (2, "")
    assert said.startswith(
        (f"Error: {str(path)!r} cannot be read", f"Error: {str(path)!r} is no f")
    )


def test_a_file_without_a_row_is_no_proof_that_nothing_failed(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", [done("a")])
    report_files.rewrite(folder, b"")
    code, told, _ = run(str(folder))
    assert (code, "0 rows, MD5 of 1 file right, 1 file without a row\n" in told) == (1, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "(Expecting value: line 1 column 1 (char 0))"),
        ("[]", "(list indices must be integers or slices, not str)"),
        ('{"Results": [{}]}', "('TaskExecutionStatus' is not there)"),
    ],
)
def test_what_is_no_manifest_json_is_refused(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    code, _, said = run(str(tmp_path))
    assert code == 2
    assert f"is no manifest.json of a report {why}: fetch it again" in said


def test_a_manifest_that_was_replaced_since_is_not_compared_with(
    s3: S3Client, job: dict[str, Any]
) -> None:
    job["Status"] = "Complete"
    report_files.in_s3(s3, ROWS)
    s3.put_object(Bucket="jobs", Key="manifests/m.csv", Body=b"photos,other\n")
    code, _, said = run("7c1fa2", "--reconcile")
    assert code == 2
    assert "is gone or was replaced since: its rows are not known any more." in said
