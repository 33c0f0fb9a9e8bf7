"""The life of jobs: states, confirmation, tags, refusals, what is shown of them meanwhile."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from job_runs import QUICK, Gate, Recorder, answering, request, response, rows, run, s3, until
from jobs.formats.report import Result
from jobs.local import progress
from jobs.local.engine.api_errors import ApiError
from jobs.local.engine.engine import Engine
from jobs.local.engine.job import Job, describe

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Answer

__all__ = ["s3"]

ONE = replace(QUICK, concurrency=1)


def test_a_job_runs_every_row_and_reports_it(s3: S3Client) -> None:
    target = answering(lambda event: response(event, text=f"did {event['tasks'][0]['s3Key']}"))
    job, results = run(s3, target, request(s3, "source,a%20b\nsource,%C3%A9\n"))

    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    assert results == [
        Result("source", "%C3%A9", "", "succeeded", "200", "", "did %C3%A9"),
        Result("source", "a%20b", "", "succeeded", "200", "", "did a+b"),
    ]


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
