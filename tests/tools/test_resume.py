"""resume: what has no answer, and no other row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import report_files
from ended_jobs import JSON_ROW, MANIFEST, lines, names, rename, run
from jobs.again.rows import NEVER
from jobs.formats import tables
from jobs.report import fetch, reconcile
from report_files import done, failed

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.formats.report import Result


@pytest.mark.parametrize("with_failed", [False, True])
def test_a_cancelled_job_goes_on_with_the_rest(
    s3: S3Client, job: dict[str, Any], tmp_path: Path, with_failed: bool
) -> None:
    job["Status"] = "Cancelled"
    report_files.in_s3(s3, [done("a%20b"), failed("d")])
    _, told, _ = run("resume", "7c1fa2", *(["--failed"] if with_failed else []))
    assert told.startswith(
        "job 7c1fa2b0 was Cancelled: 2 of 4 answered (1 failed). resume-7c1fa2b0.csv: "
    )
    rest = [f"photos,{JSON_ROW}", "photos,%C3%A9%2Bc"]
    assert lines(tmp_path / "resume-7c1fa2b0.csv") == sorted(
        [*rest, *(["photos,d"] if with_failed else [])]
    )


def test_a_job_that_failed_before_its_first_task_goes_on_with_all_rows(
    job: dict[str, Any], tmp_path: Path
) -> None:
    job |= {"Status": "Failed", "ProgressSummary": {}}
    assert run("resume", "7c1fa2")[0] == 0
    assert lines(tmp_path / "resume-7c1fa2b0.csv") == sorted(MANIFEST.splitlines())


@pytest.mark.parametrize(
    ("change", "rows", "sentence"),
    [
        (
            {"Report": {"Enabled": True, "Bucket": ":::jobs", "ReportScope": "FailedTasksOnly"}},
            None,
            "lists no successes, so what is left is unknown",
        ),
        ({"Status": "Active"}, None, "its report comes when it has ended; python -m jobs watch"),
        ({}, [done("other")], "answers 1 row that the manifest of job 7c1fa2b0 does not have"),
        ({"Report": {"Enabled": False}}, None, "was submitted without a report"),
        ({"ProgressSummary": {"NumberOfTasksSucceeded": 1}}, [], "it may come late"),
    ],
    ids=["failed only", "running", "of another manifest", "no report asked", "late"],
)
def test_what_is_not_known_is_not_resumed(  # noqa: PLR0913, PLR0917 - what the table holds
    s3: S3Client,
    job: dict[str, Any],
    tmp_path: Path,
    change: dict[str, Any],
    rows: list[Result] | None,
    sentence: str,
) -> None:
    job.update({"Status": "Cancelled"} | change)
    if "FailedTasksOnly" in str(change):
        job["Report"]["Bucket"] = "arn:aws:s3:::jobs"
        job["Report"]["Prefix"] = "reports"
    if rows != []:
        report_files.in_s3(s3, rows or [failed("d")])
    code, told, said = run("resume", "7c1fa2")
    assert (code, told) == (2, "")
    assert sentence in said
    assert names(tmp_path) == []


@pytest.mark.parametrize("verb", ["resume", "undo"])
def test_a_report_that_the_disk_does_not_hold_is_not_called_one_without_successes(
    s3: S3Client, job: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(fetch, "FREE_SHARE", 0)
    rename(job)
    report_files.in_s3(s3, [done("a%20b"), failed("d")])
    code, told, said = run(verb, "7c1fa2")
    assert (code, told, names(tmp_path)) == (2, "", [])
    assert "does not fit on the free disk, so its successes were not read: free some" in said
    assert run("retry", "7c1fa2")[0] == 0, "which needs the failed rows only"
    assert lines(tmp_path / "retry-7c1fa2b0.csv") == ["photos,d"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    asked=st.lists(st.sampled_from("abcde"), min_size=1, max_size=12),
    answered=st.lists(st.sampled_from("abcde"), max_size=12),
)
def test_what_is_left_and_what_was_answered_are_the_manifest(
    tmp_path_factory: pytest.TempPathFactory, asked: list[str], answered: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    answered = list((Counter(answered) & Counter(asked)).elements())
    (folder / "m.csv").write_text("".join(f"photos,{key}\n" for key in asked))
    rows = [done(key) for key in answered] or [done("z")]
    report = report_files.in_folder(folder / "r", rows)
    with tables.connect(folder) as connection:
        tables.manifest(connection, [folder / "m.csv"], ["Bucket", "Key"])
        tables.report(connection, list((report / "results").iterdir()))
        reconcile.compare(connection)
        left = [key for _, key, _ in connection.execute(NEVER).fetchall()]
    assert Counter(left) + Counter(answered) == Counter(asked)
