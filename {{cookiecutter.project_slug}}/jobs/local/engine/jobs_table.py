"""The jobs that there are, and which of them may run."""

from __future__ import annotations

import itertools
import time
import uuid
from typing import TYPE_CHECKING, Any

from jobs.local.engine import request_rules
from jobs.local.engine.api_errors import ApiError, no_such_job
from jobs.local.engine.job import WAITING_OR_RUNNING, Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobs.local.engine.choices import Choices

RUNNING = frozenset({"Active", "Pausing"})


class JobsTable:
    """Every job by its id, oldest first. Not thread-safe: the engine holds its lock around it."""

    def __init__(self, arn_prefix: str, choices: Choices) -> None:
        """Start empty; a job's ARN is `arn_prefix` and its id."""
        self._arn_prefix = arn_prefix
        self._choices = choices
        self._jobs: dict[str, Job] = {}
        self._orders = itertools.count()

    def add(self, request: Mapping[str, Any]) -> Job:
        """Make a New job of a CreateJob request."""
        job_id = str(uuid.uuid4())
        job = Job(
            id=job_id,
            request=request,
            order=next(self._orders),
            arn=self._arn_prefix + job_id,
            priority=request["Priority"],
            tags=request_rules.check_tags(request.get("Tags", ())),
        )
        self._jobs[job_id] = job
        return job

    def all(self) -> list[Job]:
        """Return the jobs, oldest first; those that ended more than 90 days ago are gone."""
        limit = time.time() - self._choices.kept
        for job in [j for j in self._jobs.values() if j.ended is not None and j.ended < limit]:
            del self._jobs[job.id]
        return list(self._jobs.values())

    def known(self, job_id: str) -> Job:
        """Return a job, or raise NoSuchJobException."""
        self.all()
        if job_id not in self._jobs:
            raise no_such_job(job_id)
        return self._jobs[job_id]

    def visible(self, job_id: str) -> Job:
        """Return a job that the API shows already, or raise NoSuchJobException."""
        job = self.known(job_id)
        if not self._is_visible(job):
            raise no_such_job(job_id)
        return job

    def with_token(self, request: Mapping[str, Any]) -> Job | None:
        """Return the job that the token made; IdempotencyException: its request differs."""
        token = request["ClientRequestToken"]
        for job in self.all():
            if job.request["ClientRequestToken"] == token:
                if job.request != request:
                    message = f"ClientRequestToken {token!r} already made job {job.id!r} from other"
                    raise ApiError("IdempotencyException", f"{message} parameters.")
                return job
        return None

    def page(
        self, statuses: Iterable[str], most: int, next_token: str | None
    ) -> tuple[list[Job], str | None]:
        """Return up to `most` visible jobs, newest first, and the token of the next page, if any.

        The token is the id of the last job given: jobs made meanwhile disturb no page.
        """
        wanted, jobs = frozenset(statuses), list(filter(self._is_visible, self.all()))
        if next_token is not None:
            if next_token not in self._jobs:
                message = f"NextToken {next_token!r} was not given by ListJobs."
                raise ApiError("InvalidNextTokenException", message)
            jobs = [job for job in jobs if job.order < self._jobs[next_token].order]
        found = [job for job in reversed(jobs) if not wanted or job.status in wanted]
        return found[:most], found[most - 1].id if len(found) > most else None

    def reschedule(self) -> None:
        """Give the places to the jobs of the highest priority; the others are to pause.

        Among equals a job that is Active keeps its place, then the oldest comes first.
        """
        waiting = [job for job in self._jobs.values() if job.status in WAITING_OR_RUNNING]
        waiting.sort(key=lambda job: (-job.priority, job.status != "Active", job.order))
        for place, job in enumerate(waiting):
            job.may_run = place < self._choices.active_jobs
            if job.status == "Active" and not job.may_run:
                job.become("Pausing")
        for job in self._jobs.values():
            if (job.is_cancelled or not job.may_run) and job.wake is not None:
                job.wake()

    def has_place(self, job: Job) -> bool:
        """Say whether a job may become Active now: one that is Pausing still holds its place."""
        running = sum(other.status in RUNNING for other in self._jobs.values() if other is not job)
        return job.may_run and running < self._choices.active_jobs

    def _is_visible(self, job: Job) -> bool:
        return time.time() >= job.created + self._choices.invisible
