"""Many jobs and many clients at once: whatever they do, each job ends and its figures add up."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from job_runs import QUICK, Event, answering, report_rows, request, response, rows, s3
from jobs.local.engine.api_errors import ApiError
from jobs.local.engine.engine import Engine
from jobs.local.engine.job import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

JOBS_MADE = 12
TASKS = 60
ACTIVE = 2


def sometimes(seed: int) -> Callable[[Event], bytes]:
    """Return a function that succeeds, fails or asks to be called again, as chance has it."""
    chance, lock = random.Random(seed), threading.Lock()  # noqa: S311 - a repeatable test

    def decide(event: Event) -> bytes:
        with lock:
            code = chance.choices(["Succeeded", "TemporaryFailure", "PermanentFailure"], [8, 1, 1])[
                0
            ]
        time.sleep(0.0005)
        return response(event, code)

    return decide


def meddle(engine: Engine, made: list[str], seed: int, stop: threading.Event) -> None:
    """Confirm, cancel and re-rank jobs at random."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    while not stop.wait(0.002):
        job_id = chance.choice(made)
        try:
            match chance.randrange(8):
                case 0:
                    engine.update_job_status(job_id, "Cancelled")
                case 1 | 2 | 3:
                    engine.update_job_status(job_id, "Ready")
                case _:
                    engine.update_job_priority(job_id, chance.randrange(5))
        except ApiError as refused:
            assert refused.code in {"JobStatusException", "BadRequestException"}  # noqa: PT017


@pytest.mark.parametrize("seed", range(10))
def test_every_job_ends_and_its_counts_are_those_of_its_report(s3: S3Client, seed: int) -> None:
    choices = replace(QUICK, active_jobs=ACTIVE, concurrency=4)
    stop = threading.Event()
    with Engine(s3, answering(sometimes(seed)), choices) as engine:
        asked = request(s3, rows(TASKS))  # once: moto closes what is replaced while it is read
        made = [
            engine.create_job(
                asked
                | {
                    "ClientRequestToken": f"{seed}-{number}",
                    "Priority": number % 5,
                    "ConfirmationRequired": number % 3 == 0,
                }
            )
            for number in range(JOBS_MADE)
        ]
        with ThreadPoolExecutor() as pool:
            meddling = [pool.submit(meddle, engine, made, seed + n, stop) for n in range(2)]
            deadline = time.monotonic() + 120
            statuses: Counter[str] = Counter()
            while statuses.keys() - TERMINAL or not statuses:
                assert time.monotonic() < deadline, statuses
                statuses = Counter(job["Status"] for job in engine.list_jobs()["Jobs"])
                assert statuses["Active"] + statuses["Pausing"] <= ACTIVE
                time.sleep(0.001)
            stop.set()
            for each in meddling:
                each.result()
        jobs = [engine.describe_job(job_id) for job_id in made]

    for job in jobs:
        results = report_rows(s3, job)
        progress = job.get("ProgressSummary", {})
        counts = Counter(row.status for row in results)
        assert counts["succeeded"] == progress.get("NumberOfTasksSucceeded", 0)
        assert counts["failed"] == progress.get("NumberOfTasksFailed", 0)
        assert max(Counter(row.key for row in results).values(), default=0) <= 1
        if job["Status"] == "Complete":
            assert len(results) == TASKS


def test_closing_ends_every_job_wherever_it_is(s3: S3Client) -> None:
    engine = Engine(s3, answering(sometimes(0)), replace(QUICK, active_jobs=ACTIVE))
    asked = request(s3, rows(TASKS))  # once: moto closes what is replaced while it is read
    made = [
        engine.create_job(
            asked
            | {"ClientRequestToken": f"close-{number}", "ConfirmationRequired": number % 3 == 0}
        )
        for number in range(JOBS_MADE)
    ]

    engine.close()

    jobs = [engine.describe_job(job_id) for job_id in made]
    assert {job["Status"] for job in jobs} <= {"Cancelled", "Complete"}
    assert "Cancelled" in {job["Status"] for job in jobs}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job-")]
    for job in jobs:
        progress = job.get("ProgressSummary", {})
        ran = progress.get("NumberOfTasksSucceeded", 0) + progress.get("NumberOfTasksFailed", 0)
        assert len(report_rows(s3, job)) == ran
