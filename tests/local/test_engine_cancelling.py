"""Jobs that are cancelled, by a request or by the end of the service."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from job_runs import (
    QUICK,
    Event,
    Gate,
    Recorder,
    answering,
    report_keys,
    report_rows,
    request,
    response,
    rows,
    s3,
    until,
)
from jobs.formats import manifest
from jobs.local.engine import engine as engine_module
from jobs.local.engine import preparing
from jobs.local.engine.api_errors import ApiError
from jobs.local.engine.engine import Engine
from jobs.local.engine.job import CancelledError, Job
from jobs.local.engine.spool import TaskSpool
from jobs.local.functions.invoke import Answer, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

ONE = replace(QUICK, concurrency=1)


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


def test_a_suspended_job_can_be_cancelled_and_leaves_no_report(s3: S3Client) -> None:
    with Engine(s3, Recorder(), QUICK) as engine:
        job_id = engine.create_job(request(s3, rows(1), ConfirmationRequired=True))
        until(engine, job_id, "Suspended")
        engine.update_job_status(job_id, "Cancelled")
        job = engine.wait(job_id, 60)

    assert job["Status"] == "Cancelled"
    assert job["TerminationDate"] >= job["CreationTime"]
    assert report_keys(s3, job) == []


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


def test_a_closed_engine_takes_no_job(s3: S3Client) -> None:
    engine = Engine(s3, Recorder(), QUICK)
    engine.close()

    with pytest.raises(ApiError, match="shutting down"):
        engine.create_job(request(s3, rows(1)))


def test_a_task_that_ran_once_is_in_the_report_though_lambda_then_took_it_no_more(
    s3: S3Client,
) -> None:
    throttled, asked = threading.Event(), []

    def busy_then_throttled(_arn: str, payload: bytes) -> Answer:
        asked.append(payload)
        if len(asked) == 1:
            return Answer(response(json.loads(payload), "TemporaryFailure", "busy"))
        if len(asked) == 3:
            throttled.set()
        raise ThrottledError("TooManyRequestsException", "Rate Exceeded.", 429)

    choices = replace(ONE, throttle_retries=0, redrive_delay=0.05)
    with Engine(s3, busy_then_throttled, replace(choices, redrives=1000)) as engine:
        job_id = engine.create_job(request(s3, rows(1)))
        assert throttled.wait(60)
        engine.update_job_status(job_id, "Cancelled")
        job = engine.wait(job_id, 60)

    assert [row.key for row in report_rows(s3, job)] == ["k0"]


def test_a_job_cancelled_while_its_report_is_written_is_cancelled(s3: S3Client) -> None:
    with Engine(s3, Recorder(), ONE) as engine:
        job_id = ""

        def cancel(**_: object) -> None:
            if engine.describe_job(job_id)["Status"] == "Completing":
                engine.update_job_status(job_id, "Cancelled")

        asked = request(s3, rows(1), ConfirmationRequired=True)
        s3.meta.events.register("before-call.s3.PutObject", cancel)
        try:
            job_id = engine.create_job(asked)
            until(engine, job_id, "Suspended")
            engine.update_job_status(job_id, "Ready")
            job = engine.wait(job_id, 60)
        finally:
            s3.meta.events.unregister("before-call.s3.PutObject", cancel)

    assert job["Status"] == "Cancelled"
    assert [row.status for row in report_rows(s3, job)] == ["succeeded"]


def test_the_reading_of_a_manifest_ends_when_the_job_is_cancelled() -> None:
    job = Job("id", {"Report": {}}, order=0, arn="arn", priority=1, tags=[])
    job.cancel()
    with closing(TaskSpool()) as tasks, pytest.raises(CancelledError):
        preparing.fill(job, [manifest.row("source", "k")], tasks, QUICK)
