"""Jobs and invocations that run at once: priority, pausing, and how many there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from job_runs import QUICK, Gate, answering, request, rows, s3, until
from jobs.local.engine.engine import Engine

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

ONE = replace(QUICK, concurrency=1)


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
        assert not gate.arrived.acquire(timeout=0.1)  # one that is Pausing still holds its place
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
