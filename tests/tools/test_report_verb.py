"""The verb `report` as a whole: what it fetches, proves, counts, compares and says."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import ended_jobs
import report_files
from jobs import which_job
from jobs.aws import downloads
from jobs.formats import report, tables
from jobs.report import athena, fetch, page, reconcile, summary, words
from jobs.report.result import Result
from report_files import JOB_ID, done, failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients
    from jobs.report.reconcile import Answered

ROWS = [
    done("a", "Renamed to s3://copies/a"),
    done("b", "Already renamed: s3://copies/b"),
    done("c", "Renamed to s3://copies/c, an identical copy was there already"),
    done("d", "Already there: s3://copies/d"),
    failed("e%20f", "s3://photos/e f is archived: restore it first"),
    failed("g", "s3://photos/g changed while it was copied: try again", "TemporaryFailure"),
]
FIND = which_job.find


def run(*words: str) -> tuple[int, str, str]:
    return ended_jobs.run("report", *words)


@pytest.fixture
def job(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The job that every name means; a test may change it."""
    found = ended_jobs.described(
        TerminationDate=datetime(2026, 11, 25, 15, 22, tzinfo=UTC),
        Operation={"LambdaInvoke": {"UserArguments": {"operation": "rename"}}},
        ProgressSummary={
            "TotalNumberOfTasks": 6,
            "NumberOfTasksSucceeded": 4,
            "NumberOfTasksFailed": 2,
        },
    )
    ended_jobs.put_manifest(s3, found, "".join(f"photos,{row.key}\n" for row in ROWS))
    return ended_jobs.known(found, s3, clients, monkeypatch)


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


@pytest.mark.usefixtures("job")
def test_a_complete_job_whose_report_lacks_rows_is_not_done(s3: S3Client) -> None:
    report_files.in_s3(s3, ROWS[:4])
    assert run("7c1fa2")[0] == 1


def compared(
    folder: Path,
    manifest: str,
    rows: list[report.Result],
    fields: Sequence[str] = ("Bucket", "Key"),
) -> Answered:
    path = folder / "m.csv"
    path.write_text(manifest)
    fetched = fetch.in_folder(report_files.in_folder(folder / "r", rows))
    with tables.connect(folder) as connection:
        summary.read(connection, fetched, 0)
        tables.manifest(connection, [path], fields)
        return reconcile.compare(connection)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("abc", (3, 0, 0, 0)),
        ("ab", (2, 0, 1, 0)),
        ("abcc", (2, 1, 0, 0)),
        ("abcx", (3, 0, 0, 1)),
        ("aaxx", (0, 1, 2, 2)),
        ("", (0, 0, 3, 0)),
    ],
)
def test_rows_are_compared_as_multisets(
    tmp_path: Path, answers: str, expected: tuple[int, ...]
) -> None:
    rows = [done(each) for each in answers]
    found = compared(tmp_path, "photos,a\nphotos,b\nphotos,c\n", rows)
    assert (found.once, found.twice, found.never, found.stray) == expected
    assert found.once + found.twice + found.never == 3


def test_two_names_that_duckdb_gives_one_hash_are_two_rows(tmp_path: Path) -> None:
    names = [f"2025/{day}/image 000000{day}.jpg" for day in ("020", "028")]
    with tables.connect(tmp_path) as connection:
        hashes = "SELECT hash('photos', ?, '') = hash('photos', ?, '')"
        assert connection.execute(hashes, names).fetchone() == (True,)  # why it matters
    manifest = "".join(f"photos,{name}\n" for name in names)
    found = compared(tmp_path, manifest, [done(names[0])] * 2)
    assert (found.once, found.twice, found.never, found.stray) == (0, 1, 1, 0)


def test_a_row_that_the_manifest_has_twice_has_two_answers(tmp_path: Path) -> None:
    rows = [done("a", version="v1"), done("a", version="v1"), done("b", version="\\N")]
    text = "photos,a,v1\nphotos,a,v1\nphotos,b,\n"
    assert compared(tmp_path, text, rows, ["Bucket", "Key", "VersionId"]).is_whole


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


def test_a_cause_chooses_rows_of_a_file_that_must_be_named(tmp_path: Path) -> None:
    folder = report_files.in_folder(tmp_path / "r", ROWS)
    code, _, said = run(str(folder), "--cause", "C1")
    assert (code, said.endswith("of --csv: give a file for them, too.\n")) == (2, True)


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
