"""The life of jobs: states, confirmation, priority, cancelling, what is shown of them meanwhile."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from job_runs import (
    QUICK,
    Event,
    Recorder,
    answering,
    report_keys,
    report_rows,
    request,
    response,
    rows,
    run,
    s3,
    until,
)
from jobs.formats.report import Result
from jobs.local import progress
from jobs.local.engine import engine as engine_module
from jobs.local.engine.api_errors import ApiError
from jobs.local.engine.engine import Engine
from jobs.local.engine.job import Job, describe
from jobs.local.functions.invoke import Answer, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

ONE = replace(QUICK, concurrency=1)


class Gate:
    """A function that waits at a gate in each invocation."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.passes = threading.Semaphore(0)
        self.order: list[str] = []

    def __call__(self, event: Event) -> bytes:
        self.order.append(event["tasks"][0]["s3Key"])
        self.arrived.release()
        assert self.passes.acquire(timeout=60)
        return response(event)

    def wait(self) -> None:
        assert self.arrived.acquire(timeout=60)

    def open(self, times: int = 1000) -> None:
        self.passes.release(times)


def test_a_job_runs_every_row_and_reports_it(s3: S3Client) -> None:
    target = answering(lambda event: response(event, text=f"did {event['tasks'][0]['s3Key']}"))
    job, results = run(s3, target, request(s3, "source,a%20b\nsource,%C3%A9\n"))

    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    assert results == [
        Result("source", "%C3%A9", "", "succeeded", "200", "", "did %C3%A9"),
        Result("source", "a%20b", "", "succeeded", "200", "", "did a+b"),
    ]


def test_a_job_cancelled_in_the_middle_reports_what_ran(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        job_id = engine.create_job(request(s3, rows(50)))
        gate.wait()
        assert engine.update_job_status(job_id, "Cancelled", "enough")["Status"] == "Cancelling"
        gate.open()
        job = engine.wait(job_id, 60)

    assert (job["Status"], job["StatusUpdateReason"]) == ("Cancelled", "enough")
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 1
    assert [row.key for row in report_rows(s3, job)] == ["k0"]


def test_closing_the_engine_cancels_the_jobs_that_did_not_end(s3: S3Client) -> None:
    engine = Engine(s3, Recorder(), QUICK)
    job_id = engine.create_job(request(s3, rows(1), ConfirmationRequired=True))
    until(engine, job_id, "Suspended")

    engine.close()

    assert engine.describe_job(job_id)["Status"] == "Cancelled"


def test_closing_the_engine_ends_by_force_what_does_not_end_by_itself(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "GRACE_SECONDS", 0.01)
    gate = Gate()
    engine = Engine(s3, answering(gate), ONE, end_function=gate.open)
    job_id = engine.create_job(request(s3, rows(1)))
    gate.wait()

    engine.close()

    assert engine.describe_job(job_id)["Status"] == "Cancelled"


@pytest.mark.parametrize(
    ("changes", "count", "said"),
    [
        ({}, 1, "report: s3://jobs/reports/job-{}/manifest.json"),
        ({"Enabled": False}, 1, "no report: the job asks for none"),
        ({"Bucket": "arn:aws:s3:::nowhere"}, 1, "no report: it could not be written"),
        ({}, 0, "no report: no task was invoked"),
    ],
)
def test_a_report_is_announced_only_if_it_is_there(
    s3: S3Client, changes: dict[str, Any], count: int, said: str
) -> None:
    asked = request(s3, rows(count))
    asked["Report"] |= changes
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(asked)
        engine.wait(job_id, 60)
        *why, report_remark = progress.remarks(engine, job_id)
        is_there = engine.report_of(job_id) is not None

    assert report_remark == said.format(job_id)
    assert is_there == (not said.startswith("no"))
    lost = [remark for remark in why if remark.startswith("No report: s3://nowhere/")]
    assert len(lost) == ("nowhere" in str(changes))


def test_progress_is_unknown_before_the_manifest_is_read_and_counts_while_tasks_run(
    s3: S3Client,
) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        job_id = engine.create_job(request(s3, rows(3)))
        gate.wait()
        gate.open(1)
        gate.wait()
        progress = engine.describe_job(job_id)["ProgressSummary"]
        gate.open()

    assert (progress["TotalNumberOfTasks"], progress["NumberOfTasksSucceeded"]) == (3, 1)


def test_a_suspended_job_shows_why_and_since_when_and_its_total(s3: S3Client) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(3), ConfirmationRequired=True))
        until(engine, job_id, "Suspended")
        job = engine.describe_job(job_id)

    assert job["SuspendedCause"] == "AWAITING_CONFIRMATION"
    assert job["SuspendedDate"] <= datetime.now(UTC)
    assert job["ProgressSummary"]["TotalNumberOfTasks"] == 3
    assert "TerminationDate" not in job


def test_a_job_that_nobody_confirms_in_30_days_fails(s3: S3Client) -> None:
    function = Recorder()
    with Engine(s3, function, replace(QUICK, suspended_limit=0.05)) as engine:
        job_id = engine.create_job(request(s3, rows(1), ConfirmationRequired=True))
        job = engine.wait(job_id, 60)

    assert job["Status"] == "Failed"
    assert "not confirmed within 30 days" in job["FailureReasons"][0]["FailureReason"]
    assert function.events == []


def test_a_suspended_job_can_be_cancelled_and_leaves_no_report(s3: S3Client) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(1), ConfirmationRequired=True))
        until(engine, job_id, "Suspended")
        engine.update_job_status(job_id, "Cancelled")
        job = engine.wait(job_id, 60)

    assert job["Status"] == "Cancelled"
    assert job["TerminationDate"] >= job["CreationTime"]
    assert report_keys(s3, job) == []


@pytest.mark.parametrize("requested", ["Ready", "Cancelled"])
def test_a_job_that_ended_changes_no_more(s3: S3Client, requested: str) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(1)))
        before = engine.wait(job_id, 60)

        with pytest.raises(ApiError) as refused:
            engine.update_job_status(job_id, requested)
        with pytest.raises(ApiError):
            engine.update_job_priority(job_id, 99)

        assert refused.value.code == "JobStatusException"
        assert engine.describe_job(job_id) == before


def test_only_a_suspended_job_can_be_confirmed(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        job_id = engine.create_job(request(s3, rows(1)))
        gate.wait()
        with pytest.raises(ApiError, match="is Active"):
            engine.update_job_status(job_id, "Ready")
        gate.open()
        assert engine.wait(job_id, 60)["Status"] == "Complete"


def test_raising_the_priority_of_a_waiting_job_makes_it_overtake(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        first = engine.create_job(request(s3, "source,first1\nsource,first2\n"))
        gate.wait()
        second = engine.create_job(
            request(s3, "source,second\n", ClientRequestToken="2", Priority=10)
        )
        until(engine, second, "Ready")  # the same priority does not overtake
        assert engine.describe_job(first)["Status"] == "Active"

        assert engine.update_job_priority(second, 11) == {"JobId": second, "Priority": 11}
        until(engine, first, "Pausing")
        gate.open(1)
        until(engine, first, "Paused")
        gate.open()
        assert engine.wait(first, 60)["Status"] == engine.wait(second, 60)["Status"] == "Complete"

    assert gate.order == ["first1", "second", "first2"]


def test_a_paused_job_goes_on_when_the_other_is_cancelled(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        low = engine.create_job(request(s3, rows(2)))
        gate.wait()
        high = engine.create_job(request(s3, rows(2), ClientRequestToken="2", Priority=11))
        until(engine, low, "Pausing")
        gate.open(1)
        until(engine, low, "Paused")
        gate.wait()
        engine.update_job_status(high, "Cancelled")
        gate.open()

        assert engine.wait(high, 60)["Status"] == "Cancelled"
        job = engine.wait(low, 60)

    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2


def test_an_older_job_of_the_same_priority_does_not_overtake_one_that_runs(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), ONE) as engine:
        asked = request(s3, "source,older\n", ConfirmationRequired=True)
        older = engine.create_job(asked)
        until(engine, older, "Suspended")
        newer = engine.create_job(
            request(s3, "source,newer1\nsource,newer2\n", ClientRequestToken="2")
        )
        gate.wait()
        engine.update_job_status(older, "Ready")
        gate.open(1)
        gate.wait()
        assert engine.describe_job(newer)["Status"] == "Active"
        gate.open()
        assert engine.wait(older, 60)["Status"] == engine.wait(newer, 60)["Status"] == "Complete"

    assert gate.order == ["newer1", "newer2", "older"]


def test_as_many_jobs_are_active_at_once_as_chosen(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), replace(ONE, active_jobs=2)) as engine:
        jobs: list[str] = []
        for status in ("Active", "Active", "Ready"):
            asked = request(s3, rows(1), ClientRequestToken=str(len(jobs)))
            jobs.append(engine.create_job(asked))
            until(engine, jobs[-1], status)
        assert [engine.describe_job(job)["Status"] for job in jobs] == ["Active", "Active", "Ready"]
        gate.open()
        assert {engine.wait(job, 60)["Status"] for job in jobs} == {"Complete"}


def test_the_configured_number_of_invocations_is_in_flight(s3: S3Client) -> None:
    gate = Gate()
    with Engine(s3, answering(gate), replace(QUICK, concurrency=7)) as engine:
        job_id = engine.create_job(request(s3, rows(20)))
        for _ in range(7):
            gate.wait()
        assert not gate.arrived.acquire(timeout=0.05)
        gate.open()
        assert engine.wait(job_id, 60)["ProgressSummary"]["NumberOfTasksSucceeded"] == 20


def test_cancelling_reports_tasks_that_ran_but_wait_for_a_redrive(s3: S3Client) -> None:
    first_round = threading.Event()

    def busy(event: Event) -> bytes:
        if event["tasks"][0]["s3Key"] == "k1":
            first_round.set()
        return response(event, "TemporaryFailure", "busy")

    with Engine(s3, answering(busy), replace(ONE, redrive_delay=60.0)) as engine:
        job_id = engine.create_job(request(s3, rows(2)))
        assert first_round.wait(60)
        engine.update_job_status(job_id, "Cancelled")
        job = engine.wait(job_id, 60)

    assert job["Status"] == "Cancelled"
    assert [(row.key, row.code) for row in report_rows(s3, job)] == [
        ("k0", "TemporaryFailure"),
        ("k1", "TemporaryFailure"),
    ]


def test_cancelling_does_not_wait_for_a_throttled_function(s3: S3Client) -> None:
    asked_once = threading.Event()

    def throttle(*_: object) -> Answer:
        asked_once.set()
        raise ThrottledError("TooManyRequestsException", "Rate Exceeded.", 429)

    with Engine(s3, throttle, replace(ONE, throttle_delay=60.0)) as engine:
        job_id = engine.create_job(request(s3, rows(2)))
        assert asked_once.wait(60)
        engine.update_job_status(job_id, "Cancelled")

        assert engine.wait(job_id, 60)["Status"] == "Cancelled"


@pytest.mark.parametrize("taken", [[], ["k1"]])
def test_tasks_that_lambda_never_took_are_not_in_the_report_of_a_cancelled_job(
    s3: S3Client, taken: list[str]
) -> None:
    all_asked, asked = threading.Event(), []

    def throttle(_arn: str, payload: bytes) -> Answer:
        event = json.loads(payload)
        asked.append(event["tasks"][0]["s3Key"])
        if len(asked) == 3:
            all_asked.set()
        if asked[-1] in taken:
            return Answer(response(event, "TemporaryFailure", "busy"))
        raise ThrottledError("TooManyRequestsException", "Rate Exceeded.", 429)

    choices = replace(ONE, throttle_retries=0, redrive_delay=60.0)
    with Engine(s3, throttle, choices) as engine:
        job_id = engine.create_job(request(s3, rows(3)))
        assert all_asked.wait(60)
        engine.update_job_status(job_id, "Cancelled")
        job = engine.wait(job_id, 60)

    assert job["Status"] == "Cancelled"
    assert job["ProgressSummary"]["NumberOfTasksFailed"] == len(taken)
    assert [(row.key, row.message) for row in report_rows(s3, job)] == [(k, "busy") for k in taken]
    assert bool(report_keys(s3, job)) == bool(taken)


def test_a_fault_of_the_engine_fails_the_job_and_not_the_service(s3: S3Client) -> None:
    def broken(*_: object) -> Answer:
        raise ZeroDivisionError("a bug of the target")

    with Engine(s3, broken, QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(50)))
        job = engine.wait(job_id, 60)
        assert job["Status"] == "Failed"
        assert job["FailureReasons"] == [
            {
                "FailureCode": "InternalError",
                "FailureReason": "ZeroDivisionError: a bug of the target",
            }
        ]


def test_an_unknown_job_is_not_found(s3: S3Client) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        for call in (engine.describe_job, engine.get_job_tagging, engine.delete_job_tagging):
            with pytest.raises(ApiError) as refused:
                call("no-such-job")
            assert (refused.value.code, refused.value.status) == ("NoSuchJobException", 404)


def test_a_new_job_is_not_found_for_as_long_as_chosen(s3: S3Client) -> None:
    with Engine(s3, Recorder(), replace(QUICK, invisible=60.0)) as engine:
        job_id = engine.create_job(request(s3, rows(1)))

        with pytest.raises(ApiError, match="There is no job"):
            engine.describe_job(job_id)
        assert engine.wait(job_id, 60)["Status"] == "Complete"
        progress.Progress(engine).show()  # an error there would end the whole service


def test_a_job_is_gone_90_days_after_it_ended(s3: S3Client) -> None:
    with Engine(s3, Recorder(), replace(QUICK, kept=0.0)) as engine:
        job_id = engine.create_job(request(s3, rows(1), ConfirmationRequired=True))
        until(engine, job_id, "Suspended")  # it is kept until it ends, however short that is
        engine.update_job_status(job_id, "Ready")
        engine.wait(job_id, 60)

        with pytest.raises(ApiError, match="There is no job"):
            engine.describe_job(job_id)
        assert engine.list_jobs() == {"Jobs": []}


def test_tags_are_put_whole_and_deleted_whole(s3: S3Client) -> None:
    first, second = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(1), Tags=[first]))
        assert engine.get_job_tagging(job_id) == [first]

        engine.put_job_tagging(job_id, [second])
        assert engine.get_job_tagging(job_id) == [second]

        too_many = [{"Key": str(number), "Value": ""} for number in range(51)]
        with pytest.raises(ApiError, match="at most 50 tags, not 51"):
            engine.put_job_tagging(job_id, too_many)
        with pytest.raises(ApiError, match="'a' is given twice"):
            engine.put_job_tagging(job_id, [first, first])
        assert engine.get_job_tagging(job_id) == [second]

        engine.delete_job_tagging(job_id)
        assert engine.get_job_tagging(job_id) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Operation": {"S3DeleteObjectTagging": {}}}, "runs LambdaInvoke only"),
        ({"Operation": {}}, "Operation is none"),
        ({"Operation": {"LambdaInvoke": {}}}, "lacks FunctionArn"),
        (
            {"Operation": {"LambdaInvoke": {"FunctionArn": "f", "InvocationSchemaVersion": "9"}}},
            "InvocationSchemaVersion is '9'",
        ),
        (
            {"Operation": {"LambdaInvoke": {"FunctionArn": "f", "UserArguments": {"a": "b"}}}},
            "UserArguments need InvocationSchemaVersion '2.0'",
        ),
        ({"Manifest": None}, "either Manifest or ManifestGenerator"),
        ({"ManifestGenerator": {"S3JobManifestGenerator": {}}}, "either Manifest or"),
        ({"Report": {"Enabled": True}}, "lacks Bucket, Format, ReportScope"),
    ],
)
def test_a_request_that_breaks_a_rule_makes_no_job(
    s3: S3Client, changes: dict[str, Any], reason: str
) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        with pytest.raises(ApiError, match=reason) as refused:
            engine.create_job({**request(s3, rows(1)), **changes})

        assert refused.value.code == "BadRequestException"
        assert engine.list_jobs() == {"Jobs": []}


def test_a_closed_engine_takes_no_job(s3: S3Client) -> None:
    engine = Engine(s3, Recorder(), QUICK)
    engine.close()

    with pytest.raises(ApiError, match="shutting down"):
        engine.create_job(request(s3, rows(1)))


def test_what_is_wrong_with_a_response_is_told_to_its_author_once_a_kind(s3: S3Client) -> None:
    wrong = answering(lambda event: response(event, "Suceeded"))
    with Engine(s3, wrong, QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(30)))
        engine.wait(job_id, 60)

        ((problem, times),) = engine.problems(job_id).items()

    assert problem.startswith("A resultCode is not one of Succeeded, ")
    assert problem.endswith(", for instance 'Suceeded'")
    assert times == 30


def test_a_fault_that_looks_different_in_every_task_is_told_once(s3: S3Client) -> None:
    wrong = answering(lambda event: response(event, invocationId=event["tasks"][0]["s3Key"]))
    with Engine(s3, wrong, ONE) as engine:
        job_id = engine.create_job(request(s3, rows(30)))
        engine.wait(job_id, 60)

        assert engine.problems(job_id) == {
            "invocationId is not as it was sent (--choice strict_echo=false allows it),"
            " for instance 'k0'": 30
        }


def test_only_time_spent_active_counts_as_elapsed() -> None:
    job = Job("id", {"Report": {}}, order=0, arn="arn", priority=1, tags=[], total=1)
    job.active_seconds = 60.0

    assert elapsed(job) == 60  # paused: the clock stands
    job.active_since = time.monotonic() - 5
    assert elapsed(job) == 65


def elapsed(job: Job) -> int:
    seconds: int = describe(job)["ProgressSummary"]["Timers"]["ElapsedTimeInActiveSeconds"]
    return seconds
