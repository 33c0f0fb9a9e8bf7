"""The local job service runs jobs as S3 Batch Operations does, from the manifest to the report."""

from __future__ import annotations

import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

import job_runs
from job_runs import QUICK, s3
from jobs.formats import manifest, report
from jobs.formats.report import Result
from jobs.local import progress
from jobs.local.engine.api_errors import ApiError
from jobs.local.engine.choices import Choices
from jobs.local.engine.engine import Engine
from jobs.local.functions.invoke import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Target

__all__ = ["s3"]


def request(s3: S3Client, rows: Iterable[manifest.Row], **changes: Any) -> dict[str, Any]:
    """Upload a manifest and return the CreateJob request for it."""
    rows, text = list(rows), io.StringIO(newline="")
    manifest.write(rows, text)
    fields = manifest.fields(versions=any(row.version_id for row in rows))
    return job_runs.request(s3, text.getvalue(), fields, **changes)


def keys(*names: str) -> list[manifest.Row]:
    return [manifest.row("source", name) for name in names]


def answering(decide: Callable[[dict[str, Any]], tuple[str, str]]) -> Target:
    """Return a target whose function answers each task with what `decide` says of it."""

    def target(_arn: str, payload: bytes) -> Answer:
        event = json.loads(payload)
        (task,) = event["tasks"]
        code, text = decide(task)
        response = {
            "invocationSchemaVersion": event["invocationSchemaVersion"],
            "treatMissingKeysAs": "TemporaryFailure",
            "invocationId": event["invocationId"],
            "results": [{"taskId": task["taskId"], "resultCode": code, "resultString": text}],
        }
        return Answer(json.dumps(response).encode())

    return target


def succeed(task: dict[str, Any]) -> tuple[str, str]:
    return "Succeeded", f"did {task['s3Key']}"


def run(
    s3: S3Client, target: Target, asked: dict[str, Any], choices: Choices = QUICK
) -> tuple[dict[str, Any], list[Result]]:
    """Run one job; return its description and the rows of its report."""
    with Engine(s3, target, choices) as engine:
        job = engine.wait(engine.create_job(asked), 60)
    key = report.manifest_key(asked["Report"].get("Prefix"), job["JobId"])
    return job, sorted(report.load(s3, "jobs", key)) if has_report(s3, job) else []


def has_report(s3: S3Client, job: dict[str, Any]) -> bool:
    return "Contents" in s3.list_objects_v2(Bucket="jobs", Prefix=f"reports/job-{job['JobId']}/")


def test_a_job_runs_every_row_and_reports_it(s3: S3Client) -> None:
    job, rows = run(s3, answering(succeed), request(s3, keys("a b", "é")))

    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    assert job["ProgressSummary"]["TotalNumberOfTasks"] == 2
    assert rows == [
        Result("source", "%C3%A9", "", "succeeded", "200", "", "did %C3%A9"),
        Result("source", "a%20b", "", "succeeded", "200", "", "did a+b"),
    ]


def test_a_temporary_failure_is_redriven_and_its_last_message_is_reported(s3: S3Client) -> None:
    tries: list[str] = []

    def decide(task: dict[str, Any]) -> tuple[str, str]:
        tries.append(task["s3Key"])
        enough = tries.count("second") > 1 and task["s3Key"] == "second"
        return "Succeeded" if enough else "TemporaryFailure", f"try {tries.count(task['s3Key'])}"

    job, rows = run(s3, answering(decide), request(s3, keys("never", "second")))

    assert job["Status"] == "Complete"  # Complete does not mean success
    assert tries.count("never") == 1 + QUICK.redrives
    assert rows == [
        Result("source", "never", "", "failed", "200", "TemporaryFailure", "try 4"),
        Result("source", "second", "", "succeeded", "200", "", "try 2"),
    ]


def test_a_function_error_is_a_permanent_failure_with_http_200(s3: S3Client) -> None:
    payload = b'{"errorMessage": "Task timed out after 3.00 seconds"}'

    _, rows = run(s3, lambda *_: Answer(payload, is_function_error=True), request(s3, keys("a")))

    message = f"Lambda returned function error: {payload.decode()}"
    assert rows == [Result("source", "a", "", "failed", "200", "PermanentFailure", message)]


def test_a_refused_manifest_fails_the_job_before_any_task(s3: S3Client) -> None:
    asked = request(s3, keys("a"))
    etag = s3.put_object(Bucket="jobs", Key="manifest", Body=b"source,a\nsource\n")["ETag"]
    asked["Manifest"]["Location"]["ETag"] = etag
    invoked: list[bytes] = []

    def target(_arn: str, payload: bytes) -> Answer:
        invoked.append(payload)
        return Answer(b"")

    job, rows = run(s3, target, asked)

    assert job["Status"] == "Failed"
    (reason,) = job["FailureReasons"]
    assert reason["FailureCode"] == "InvalidManifestContent"
    assert reason["FailureReason"].startswith("Unexpected number of task fields")
    assert (invoked, rows) == ([], [])


def test_a_manifest_that_changed_since_fails_the_job(s3: S3Client) -> None:
    asked = request(s3, keys("a"))
    s3.put_object(Bucket="jobs", Key="manifest", Body=b"source,b\n")

    job, rows = run(s3, answering(succeed), asked)

    assert job["Status"] == "Failed"
    assert "ETag" in job["FailureReasons"][0]["FailureReason"]
    assert rows == []


def test_a_job_waits_suspended_until_it_is_confirmed(s3: S3Client) -> None:
    asked = request(s3, keys("a"), ConfirmationRequired=True)
    with Engine(s3, answering(succeed), QUICK) as engine:
        job_id = engine.create_job(asked)
        until(engine, job_id, "Suspended")
        assert engine.describe_job(job_id)["SuspendedCause"] == "AWAITING_CONFIRMATION"

        assert engine.update_job_status(job_id, "Ready")["Status"] == "Ready"
        assert engine.wait(job_id, 60)["Status"] == "Complete"

        with pytest.raises(ApiError, match="it cannot become 'Cancelled'"):
            engine.update_job_status(job_id, "Cancelled")


def test_a_job_waits_too_if_its_request_does_not_say(s3: S3Client) -> None:
    asked = request(s3, keys("a"), ConfirmationRequired=None)
    with Engine(s3, answering(succeed), QUICK) as engine:
        until(engine, engine.create_job(asked), "Suspended")


def test_a_job_cancelled_in_the_middle_reports_what_ran(s3: S3Client) -> None:
    first_ran, go_on = threading.Event(), threading.Event()

    def decide(task: dict[str, Any]) -> tuple[str, str]:
        first_ran.set()
        go_on.wait(10)
        return succeed(task)

    asked = request(s3, keys(*(f"k{n}" for n in range(50))))
    with Engine(s3, answering(decide), Choices(concurrency=1)) as engine:
        job_id = engine.create_job(asked)
        assert first_ran.wait(10)
        assert engine.update_job_status(job_id, "Cancelled", "enough")["Status"] == "Cancelling"
        go_on.set()
        job = engine.wait(job_id, 60)

    assert (job["Status"], job["StatusUpdateReason"]) == ("Cancelled", "enough")
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 1
    rows = list(report.load(s3, "jobs", report.manifest_key("reports", job_id)))
    assert [row.key for row in rows] == ["k0"]


def test_a_job_of_higher_priority_pauses_the_other_until_it_is_done(s3: S3Client) -> None:
    started, go_on, order = threading.Event(), threading.Event(), []

    def decide(task: dict[str, Any]) -> tuple[str, str]:
        order.append(task["s3Key"])
        started.set()
        go_on.wait(10)
        return succeed(task)

    with Engine(s3, answering(decide), Choices(concurrency=1)) as engine:
        low = engine.create_job(request(s3, keys("low1", "low2")))
        assert started.wait(10)
        high = engine.create_job(
            request(s3, keys("high1", "high2"), Priority=11, ClientRequestToken="high")
        )
        until(engine, low, "Pausing")
        until(engine, high, "Ready")
        go_on.set()
        assert engine.wait(high, 60)["Status"] == "Complete"
        assert engine.wait(low, 60)["Status"] == "Complete"

    assert order == ["low1", "high1", "high2", "low2"]


def test_the_same_token_gives_the_same_job_and_refuses_other_parameters(s3: S3Client) -> None:
    asked = request(s3, keys("a"))
    with Engine(s3, answering(succeed), QUICK) as engine:
        job_id = engine.create_job(asked)
        assert engine.create_job(asked) == job_id

        with pytest.raises(ApiError, match="other parameters") as refused:
            engine.create_job({**asked, "Priority": 9})

        assert refused.value.code == "IdempotencyException"
        assert len(engine.list_jobs()["Jobs"]) == 1


def test_jobs_are_listed_newest_first_a_page_at_a_time(s3: S3Client) -> None:
    with Engine(s3, answering(succeed), QUICK) as engine:
        made = [
            engine.create_job(request(s3, keys("a"), ClientRequestToken=str(n))) for n in range(3)
        ]
        for job_id in made:
            engine.wait(job_id, 60)

        first = engine.list_jobs(["Complete"], max_results=2)
        second = engine.list_jobs(["Complete"], max_results=2, next_token=first["NextToken"])

        listed = [job["JobId"] for page in (first, second) for job in page["Jobs"]]
        assert listed == made[::-1]
        assert "NextToken" not in second
        assert engine.list_jobs(["Failed"]) == {"Jobs": []}
        with pytest.raises(ApiError, match="was not given by ListJobs"):
            engine.list_jobs([], None, "made up")


def test_closing_the_engine_cancels_the_jobs_that_did_not_end(s3: S3Client) -> None:
    engine = Engine(s3, answering(succeed), QUICK)
    job_id = engine.create_job(request(s3, keys("a"), ConfirmationRequired=True))
    until(engine, job_id, "Suspended")

    engine.close()

    assert engine.describe_job(job_id)["Status"] == "Cancelled"


@pytest.mark.parametrize(
    ("changes", "rows", "said"),
    [
        ({}, "a", "report: s3://jobs/reports/job-{}/manifest.json"),
        ({"Enabled": False}, "a", "no report: the job asks for none"),
        ({"Bucket": "arn:aws:s3:::nowhere"}, "a", "no report: it could not be written"),
        ({}, "", "no report: no task was invoked"),
    ],
)
def test_a_report_is_announced_only_if_it_is_there(
    s3: S3Client, changes: dict[str, Any], rows: str, said: str
) -> None:
    asked = request(s3, keys(*rows))
    asked["Report"] = asked["Report"] | changes
    with Engine(s3, answering(succeed), QUICK) as engine:
        job_id = engine.create_job(asked)
        engine.wait(job_id, 60)
        *why, report_remark = progress.remarks(engine, job_id)
        is_there = engine.report_of(job_id) is not None

    assert report_remark == said.format(job_id)
    assert is_there == (not said.startswith("no"))
    lost = [remark for remark in why if remark.startswith("No report: s3://nowhere/")]
    assert len(lost) == ("nowhere" in str(changes))


def until(engine: Engine, job_id: str, status: str) -> None:
    """Wait until a job has the status; fail after 10 seconds."""
    is_there = threading.Event()
    for _ in range(1000):
        if engine.describe_job(job_id)["Status"] == status:
            return
        is_there.wait(0.01)
    pytest.fail(f"the job is {engine.describe_job(job_id)['Status']}, not {status}")


@pytest.mark.parametrize("name", ["concurrency", "active_jobs", "report_rows"])
def test_a_choice_with_which_no_job_could_run_is_refused(name: str) -> None:
    given: dict[str, Any] = {name: 0}

    with pytest.raises(ValueError, match=f"{name} is 0: give 1 to "):
        Choices(**given)
