"""The verb `report` as a whole: what it counts and says."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import ended_jobs
import report_files
from jobs import which_job
from jobs.formats import tables
from jobs.report import athena, fetch, page, summary, words
from jobs.report.result import Result
from report_files import JOB_ID, ROWS, done, failed

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients

FIND = which_job.find


def run(*words: str) -> tuple[int, str, str]:
    return ended_jobs.run("report", *words)


@pytest.fixture
def job(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The job that every name means; a test may change it."""
    return ended_jobs.reported(s3, clients, monkeypatch)


def test_the_day_of_the_end_is_said_where_it_is_another(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    job["TerminationDate"] = datetime(2026, 11, 27, 9, 2, tzinfo=UTC)
    report_files.in_s3(s3, ROWS)
    page = tmp_path / "page.html"
    told = run("7c1fa2", "--html", str(page))[1]
    assert "2026-11-25 15:02 to 2026-11-27 09:02 UTC, 1 d 18 h" in told
    assert "2026-11-25 15:02 to 2026-11-27 09:02 UTC<" in page.read_text("utf-8")


@pytest.mark.usefixtures("job")
def test_a_job_is_told_in_words_with_what_to_type_next(s3: S3Client) -> None:
    report_files.in_s3(s3, ROWS)
    code, told, _ = run("7c1fa2")
    assert code == 1
    assert told == (
        "job 7c1fa2b0  rename  Complete  2026-11-25 15:02 to 15:22 UTC, 20 min\n"
        "       6 rows, all of the job, MD5 of 2 files right\n"
        "done             1   already there 1   already renamed 1   merged 1\n"
        "failed           2   33 %\n"
        "  C1          1  PermanentFailure  archived: restore it first\n"
        "                 e f\n"
        "                 restore the objects; then python -m jobs retry 7c1fa2b0 --cause C1\n"
        "  C2          1  TemporaryFailure  changed while it was copied\n"
        "                 g\n"
        "                 nothing to change; then python -m jobs retry 7c1fa2b0 --cause C2\n"
        "Next: python -m jobs retry 7c1fa2b0\n"
    )


def test_work_of_the_authors_own_is_called_as_confirm_calls_it(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    job["Operation"]["LambdaInvoke"]["UserArguments"] = {"mine": "1"}
    report_files.in_s3(s3, ROWS)
    page = tmp_path / "page.html"
    assert run("7c1fa2", "--html", str(page))[1].startswith("job 7c1fa2b0  run  Complete  ")
    assert "<h1>run of 6 objects of m.csv</h1>" in page.read_text("utf-8")


def test_a_report_of_failed_rows_calls_no_other_row_unanswered(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    job["Report"]["ReportScope"] = "FailedTasksOnly"
    report_files.in_s3(s3, ROWS[4:])
    page = tmp_path / "page.html"
    code, told, _ = run("7c1fa2", "--reconcile", "--html", str(page))
    assert code == 1
    assert "2 rows, the failed ones only, MD5 of 1 file right" in told
    assert "done             4   as S3 counts" in told
    assert told.endswith("\nNext: python -m jobs retry 7c1fa2b0\n")
    assert "4 of 6 done" in page.read_text("utf-8")


@pytest.mark.parametrize("scope", ["AllTasks", "FailedTasksOnly"])
def test_where_successes_were_not_read_no_program_takes_them_for_none(
    s3: S3Client, job: dict[str, Any], scope: str
) -> None:
    job["Report"]["ReportScope"] = scope
    report_files.in_s3(s3, ROWS if scope == "AllTasks" else ROWS[4:])
    found = json.loads(run("7c1fa2", "--failed-only", "--json")[1])
    assert (found["rows"], found["failed"], found["isWhole"]) == (2, 2, False)
    assert (found["done"], found["answered"]) == (None, None)
    assert found["job"]["countedByS3"] == {"succeeded": 4, "failed": 2}


def test_the_failed_rows_alone_of_a_folder_are_read_and_the_rest_is_not_known(
    tmp_path: Path,
) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    page = tmp_path / "page.html"
    code, told, _ = run(str(folder), "--failed-only", "--html", str(page))
    assert code == 1
    assert "2 rows, the failed ones only, MD5 of 1 file right" in told
    assert "done   not known: the succeeded rows were not read\n" in told
    assert "failed           2\n" in told
    html = page.read_text("utf-8")
    assert "<title>job 7c1fa2b0: 2 failed</title>" in html
    assert "job with 2 failed objects" in html
    assert "6 rows, MD5 of 2 files right" in run(str(folder))[1]


def test_all_rows_and_the_failed_ones_only_are_not_asked_for_together(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    code, _, said = run(str(folder), "--failed-only", "--reconcile")
    assert (code, said.endswith("and --failed-only leaves some: give one.\n")) == (2, True)


def test_an_object_that_was_not_there_is_not_called_done(tmp_path: Path) -> None:
    rows = [done("a"), done("b", "Skipped: s3://photos/b does not exist")]
    fetched = fetch.in_folder(report_files.in_folder(tmp_path / "r", rows))
    with tables.connect(tmp_path) as connection:
        found = summary.read(connection, fetched, 3)
    job: Any = {"JobId": JOB_ID, "Status": "Complete", "CreationTime": datetime.now(UTC)}
    result = Result(job, fetched, found)
    assert words.verdict(result) == "1 done, 1 skipped (no such object), none failed."
    assert "done before, or skipped <strong>1</strong>" in page.html(result)


@pytest.mark.usefixtures("job")
def test_nothing_is_no_name_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(which_job, "find", FIND)
    monkeypatch.chdir(report_files.in_folder(tmp_path / "r", ROWS))
    code, _, said = run("")
    assert (code, said) == (
        2,
        "Error: '' is no job: give its id, the beginning of one, or @last.\n",
    )


@pytest.mark.usefixtures("job")
def test_the_document_says_the_same_to_a_program(s3: S3Client) -> None:
    uri = report_files.in_s3(s3, ROWS)
    code, told, _ = run("7c1fa2", "--json", "--reconcile", "--examples", "1")
    found = json.loads(told)
    assert code == 1
    assert (found["schema"], found["report"], found["rows"]) == ("jobs.report/1", uri, 6)
    assert found["answered"] == {"once": 6, "twice": 0, "never": 0, "stray": 0}
    assert found["done"] == {
        "now": 1,
        "already": 2,
        "alreadyRenamed": 1,
        "merged": 1,
        "skipped": 0,
    }
    assert found["job"]["ended"] == "2026-11-25T15:22:00Z"
    assert [cause["count"] for cause in found["causes"]] == [1, 1]
    assert all(file["ok"] for file in found["files"])
    assert sum(file["rows"] for file in found["files"]) == found["rows"]


def test_the_verdict_comes_from_the_rows_and_not_from_the_jobs_counts(
    s3: S3Client, job: dict[str, Any]
) -> None:
    report_files.in_s3(s3, ROWS[:4])
    job["ProgressSummary"] = {
        "TotalNumberOfTasks": 4,
        "NumberOfTasksSucceeded": 1,
        "NumberOfTasksFailed": 3,
    }
    code, told, _ = run("7c1fa2")
    assert code == 0
    assert "S3 itself counts 1 succeeded and 3 failed; the report's rows" in told


@pytest.mark.parametrize(("status", "end"), [("Cancelled", "was Cancelled"), ("Failed", "Failed")])
def test_a_job_that_did_not_run_to_its_end_is_3_and_goes_on_with_resume(
    s3: S3Client, job: dict[str, Any], status: str, end: str
) -> None:
    why = "The job report could not be written"
    job |= {"Status": status, "FailureReasons": [{"FailureCode": "x", "FailureReason": why}]}
    report_files.in_s3(s3, ROWS[:4])
    code, told, _ = run("7c1fa2", "--reconcile")
    assert code == 3
    assert f"S3 says why the job {end}: {why}\n" in told
    assert "never answered 2\n" in told
    assert told.endswith("Next: python -m jobs resume 7c1fa2b0\n")


@pytest.mark.parametrize("more", ["a", "x"], ids=["answered twice", "of no row"])
def test_a_report_with_other_answers_than_the_manifest_has_rows_is_not_done(
    s3: S3Client, job: dict[str, Any], more: str
) -> None:
    ended_jobs.put_manifest(s3, job, "".join(f"photos,{row.key}\n" for row in ROWS[:4]))
    report_files.in_s3(s3, ROWS[:4])
    job["ProgressSummary"] = {"TotalNumberOfTasks": 4}
    assert run("7c1fa2", "--reconcile")[0] == 0
    report_files.in_s3(s3, [*ROWS[:4], done(more)])
    assert run("7c1fa2", "--reconcile")[0] == 1


@pytest.mark.usefixtures("job")
def test_a_complete_job_whose_report_lacks_rows_is_not_done(s3: S3Client) -> None:
    report_files.in_s3(s3, ROWS[:4])
    assert run("7c1fa2")[0] == 1


def test_the_columns_may_stand_in_the_order_of_the_reports_own_schema(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", [failed("a", "s3://photos/a is archived: r")])
    (path,) = (folder / "results").iterdir()
    data = path.read_bytes().replace(b"200,PermanentFailure", b"PermanentFailure,200")
    report_files.rewrite(folder, data)
    (cause,) = json.loads(run(str(folder), "--json")[1])["causes"]
    assert cause["code"] == "PermanentFailure"


def test_the_failed_rows_are_written_for_people(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    path = tmp_path / "failed.csv"
    run(str(folder), "--csv", str(path), "--cause", "C1")
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["cause"], row["key"], row["key_in_manifest"]) == ("C1", "e f", "e%20f")
    code, _, said = run(str(folder), "--csv", str(path))
    assert (code, "exists: give another name, or --force" in said) == (2, True)


def test_a_cause_that_is_not_there_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    code, _, said = run(str(folder), "--csv", str(tmp_path / "f.csv"), "--cause", "C9")
    assert (code, said) == (2, "Error: There is no cause 'C9': there are C1, C2.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_cause_chooses_rows_of_a_file_that_must_be_named(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    code, _, said = run(str(folder), "--cause", "C1")
    assert (code, said.endswith("of --csv: give a file for them, too.\n")) == (2, True)


def test_athena_is_asked_by_sql_and_nothing_is_fetched() -> None:
    sql = athena.statements("s3://jobs/reports/job-7c1f/manifest.json", "7c1f-2")
    assert "LOCATION 's3://jobs/reports/job-7c1f/results/'" in sql
    assert sql.count(" report_7c1f_2") == 4


def test_what_others_wrote_can_not_steer_the_terminal(tmp_path: Path) -> None:
    rows = [failed("x%1B%5B2J%E2%80%AE", "boom\x1b[2J", "Odd\x1b[2J"), failed("%7B%7D", "bang")]
    folder = report_files.in_folder(tmp_path / "r", rows)
    document = (folder / "manifest.json").read_text().replace('Date":"', 'Date":"\\u001b[2J')
    (folder / "manifest.json").write_text(document)
    code, told, said = run(str(folder))
    assert (code, said, told.replace("\n", "").isprintable()) == (1, "", True)
    assert r"x\x1b[2J\u202e" in told
    assert "\n                 {}\n" in told, "a key, and no row of JSON"
    assert words.past("copy") == "copied"
