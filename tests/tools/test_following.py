"""watch as a whole: to the end of the job, and what its report says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ResponseStreamingError

import report_files
import watched_jobs
from ended_jobs import ACCOUNT, FUNCTION
from jobs import where
from jobs.aws import downloads
from jobs.errors import Refused
from jobs.watch import following, polling, steering
from jobs.where import Place
from report_files import JOB_ID, done, failed
from watched_jobs import job

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients

ENDED = datetime(2026, 11, 25, 15, 22, tzinfo=UTC)
Run = Any


@pytest.fixture
def run(
    clients: Clients, s3control_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    return watched_jobs.runner(clients, s3control_stub, monkeypatch)


@pytest.fixture
def reported(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> S3Client:
    """An S3 of moto, in which a test puts the report."""
    with_s3 = type(clients)(clients.cloudformation, clients.lambda_, s3, clients.s3control)
    monkeypatch.setattr(where, "place", lambda _: Place(with_s3, ACCOUNT, FUNCTION))
    return s3


def ended(s3: Any, status: str = "Complete", rows: str = "a,b,c") -> dict[str, Any]:
    """Return a job that has ended, whose manifest is in `s3`."""
    body = "".join(f"photos,{key}\n" for key in rows.split(",")).encode()
    etag = s3.put_object(Bucket="jobs", Key="manifests/march.csv", Body=body)["ETag"]
    found = job(status, 2, 1, TerminationDate=ENDED)
    found["Manifest"]["Location"]["ETag"] = etag.strip('"')
    found["ProgressSummary"]["Timers"] = {"ElapsedTimeInActiveSeconds": 1200}
    return found


@pytest.mark.parametrize(
    ("timers", "answered", "words"),
    [
        ({"ElapsedTimeInActiveSeconds": 60}, 3, " in 1 min"),
        ({"ElapsedTimeInActiveSeconds": 0}, 3, " in 1 s"),
        ({"ElapsedTimeInActiveSeconds": 0}, 0, ""),
        ({}, 3, ""),
    ],
    ids=["overnight", "below a second", "never", "not said"],
)
def test_the_time_that_a_job_waited_is_not_called_its_own(
    run: Run, reported: S3Client, timers: dict[str, int], answered: int, words: str
) -> None:
    report_files.in_s3(reported, [done("a"), done("b"), done("c")])
    last = ended(reported)
    last["ProgressSummary"] = {"NumberOfTasksSucceeded": answered, "Timers": timers}
    _, told, _ = run("watch", JOB_ID, answers=(job("Ready"), job("Active"), last))
    assert told.startswith(f"7c1fa2b0 Complete{words}; report read")


def test_a_watch_ends_with_what_came_of_the_job(run: Run, reported: S3Client) -> None:
    report_files.in_s3(reported, [done("a", "Renamed to s3://x/a"), done("b"), failed("c", "no")])
    last = ended(reported)
    code, told, said = run(
        "watch", JOB_ID, answers=(job("Ready"), job("Ready"), job("Active"), last)
    )
    assert code == 1
    assert told == (
        "7c1fa2b0 Complete in 20 min; report read: 3 rows, all answered once, MD5 of 2 files "
        "right.\n2 renamed, 1 failed: 1 no.\nNext: python -m jobs retry 7c1fa2b0\n"
    )
    assert said.splitlines()[-1] == "7c1fa2b0 Complete  3/3  100 %  failed 1 (33 %)"


def test_a_watch_for_a_program_ends_with_the_report(run: Run, reported: S3Client) -> None:
    report_files.in_s3(reported, [done("a"), done("b"), done("c")])
    last = ended(reported)
    code, told, _ = run("watch", JOB_ID, "--json", answers=(job("Active"), job("Active"), last))
    lines = [json.loads(line) for line in told.splitlines()]
    assert code == 0
    assert [line.get("status", line.get("event")) for line in lines] == [
        "Active",
        "Complete",
        "report",
    ]
    assert lines[-1]["report"]["answered"]["once"] == 3


@pytest.mark.parametrize(("status", "code"), [("Cancelled", 3), ("Failed", 3)])
def test_a_job_that_did_not_run_to_its_end_is_3(
    run: Run, reported: S3Client, status: str, code: int
) -> None:
    report_files.in_s3(reported, [done("a")])
    last = ended(reported, status)
    found, told, _ = run("watch", JOB_ID, answers=(last, last))
    assert found == code
    assert "1 answered once, 2 never answered" in told
    assert told.endswith("Next: python -m jobs resume 7c1fa2b0\n")


def test_a_report_that_does_not_come_is_said_and_is_no_success(
    run: Run, reported: S3Client
) -> None:
    last = ended(reported)
    code, _, said = run("watch", JOB_ID, "--report-wait", "0s", answers=(last, last))
    assert code == 2
    assert "is Complete, but no report is at s3://jobs/reports/job-7c1fa2b0" in said


@pytest.mark.parametrize("lost", [False, True], ids=["late", "connection lost"])
def test_a_watch_waits_for_a_report_that_comes_late_or_broken(
    run: Run, reported: S3Client, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """Whoever watches at night does not look: a lost connection is no end of the watch."""
    waits: list[object] = []
    save = downloads.save

    def saved(*given: Any) -> str:
        if lost and not waits:
            raise ResponseStreamingError(error="Connection broken")
        return save(*given)

    def wait(*_: object) -> None:
        waits.append(report_files.in_s3(reported, [done("a"), done("b"), done("c")]))

    monkeypatch.setattr(downloads, "save", saved)
    last = ended(reported)
    if lost:
        wait()
        waits.clear()
    monkeypatch.setattr(polling.Poller, "wait", wait)
    code, told, said = run("watch", JOB_ID, answers=(last, last))
    assert (code, "report read: 3 rows, all answered once" in told) == (0, True), said
    assert len(waits) == 1
    assert ("Connection broken. Watching goes on." in said) == lost


def test_a_manifest_that_is_gone_does_not_hide_the_report(run: Run, reported: S3Client) -> None:
    report_files.in_s3(reported, [done("a"), done("b"), done("c")])
    last = job("Complete", 3, 0, TerminationDate=ENDED)
    code, told, said = run("watch", JOB_ID, answers=(last, last))
    assert code == 0
    assert "is gone or was replaced since" in said
    assert "report read: 3 rows, all of the job" in told


def test_a_job_that_fails_too_often_is_cancelled(
    run: Run, reported: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FEWEST", 2)
    told_why: list[str] = []
    note = lambda _place, _job, status, why: told_why.append(f"{status}: {why}")  # noqa: E731
    monkeypatch.setattr(following, "update", note)
    report_files.in_s3(reported, [done("a"), failed("b")])
    last = ended(reported, "Cancelled")
    code, _, said = run(
        "watch",
        JOB_ID,
        "--fail-over",
        "5%",
        answers=(job("Active", 1, 1), job("Cancelling", 1, 1), last),
    )
    assert code == 1
    assert told_why == ["Cancelled: failed over --fail-over"]
    assert "1 of 2 failed, over --fail-over: the job is cancelled." in said
    assert steering.LONGEST_REASON == 256


def test_a_job_that_cannot_be_cancelled_is_watched_to_its_end(
    run: Run, reported: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_meanwhile(*_: object) -> None:
        raise Refused("It cannot become Cancelled any more.")

    monkeypatch.setattr(following, "FEWEST", 2)
    monkeypatch.setattr(following, "update", ended_meanwhile)
    report_files.in_s3(reported, [done("a"), failed("b")])
    answers = (job("Active", 1, 1), job("Completing", 1, 1), ended(reported))
    code, told, said = run("watch", JOB_ID, "--fail-over", "5%", answers=answers)
    assert code == 1
    assert said.count("over --fail-over: the job was not cancelled: It cannot become") == 1
    assert "report read: 2 rows" in told


def test_a_timeout_is_4_and_the_job_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def passed(*_: object) -> None:
        raise polling.TimedOut

    monkeypatch.setattr(polling.Poller, "wait", passed)
    code, _, said = run("watch", JOB_ID, "--timeout", "1s", answers=(job("Active"), job("Active")))
    assert code == 4
    assert said.endswith("--timeout passed; the job goes on: python -m jobs watch 7c1fa2b0\n")


@pytest.mark.parametrize("ends", [polling.TimedOut, KeyboardInterrupt], ids=["time", "Ctrl-C"])
def test_a_job_that_has_ended_does_not_go_on_while_its_report_is_waited_for(
    run: Run, reported: S3Client, monkeypatch: pytest.MonkeyPatch, ends: type[BaseException]
) -> None:
    def passed(*_: object) -> None:
        raise ends

    monkeypatch.setattr(polling.Poller, "wait", passed)
    last = ended(reported)
    _, _, said = run("watch", JOB_ID, "--timeout", "1s", answers=(last, last))
    assert (
        "ob 7c1fa2b0 has ended, and its report is not there yet: python -m jobs report 7c1" in said
    )
    assert "goes on" not in said


def test_ctrl_c_is_130_and_the_job_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(polling.Poller, "wait", interrupted)
    code, _, said = run("watch", JOB_ID, answers=(job("Active"), job("Active")))
    assert code == 130
    assert "The job goes on: python -m jobs watch 7c1fa2b0\n" in said
