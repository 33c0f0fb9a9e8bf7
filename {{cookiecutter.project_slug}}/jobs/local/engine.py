"""The jobs of one account and Region: the job API without HTTP.

Requests and answers are the dicts of boto3's s3control client, already valid by its model; a
refusal is an `ApiError`. Thread-safe. Jobs live in memory and end with the process.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from jobs.local import errors, request_rules
from jobs.local.choices import Choices
from jobs.local.job import TERMINAL, WAITING_OR_RUNNING, Job, describe, summarise
from jobs.local.life import World, live

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from mypy_boto3_s3 import S3Client

    from jobs.local.invoke import Target

ACCOUNT = "123456789012"
"""The one account of the local service."""

PAGE = 1000
"""The most jobs that ListJobs gives at once."""

RUNNING = frozenset({"Active", "Pausing"})


class Engine:
    """Runs jobs from CreateJob to the completion report. Close it, or use it as a context."""

    def __init__(
        self,
        s3: S3Client,
        target: Target,
        choices: Choices | None = None,
        *,
        region: str = "us-east-1",
    ) -> None:
        """Run jobs whose manifests and reports are in `s3` and whose functions are `target`."""
        self._choices = choices or Choices()
        self._region = region
        self._changed = threading.Condition(threading.RLock())
        self._jobs: dict[str, Job] = {}
        self._orders = itertools.count()
        self._threads: list[threading.Thread] = []
        self._world = World(
            s3,
            target,
            self._choices,
            ACCOUNT,
            self._changed,
            self._reschedule,
            self._has_place,
        )

    def create_job(self, request: Mapping[str, Any]) -> str:
        """Start a job and return its id; the same token and parameters give the same job."""
        request_rules.check(request)
        parameters = {name: value for name, value in request.items() if value is not None}
        with self._changed:
            token = parameters["ClientRequestToken"]
            for job in self._jobs.values():
                if job.request["ClientRequestToken"] == token:
                    if job.request != parameters:
                        raise errors.token_reused(token, job.id)
                    return job.id
            job = self._new_job(parameters)
            thread = threading.Thread(target=live, args=(job, self._world), name=f"job-{job.id}")
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()
        return job.id

    def describe_job(self, job_id: str) -> dict[str, Any]:
        """Return DescribeJob's `Job`."""
        with self._changed:
            return describe(self._job(job_id))

    def list_jobs(
        self,
        statuses: Iterable[str] = (),
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        """Return `{"Jobs": [...], "NextToken": ...}`, newest first; NextToken if there are more."""
        wanted, most = frozenset(statuses), min(max_results or PAGE, PAGE)
        with self._changed:
            self._forget()
            if next_token is not None and next_token not in self._jobs:
                raise errors.invalid_next_token(next_token)
            before = self._jobs[next_token].order if next_token is not None else None
            found = [
                job
                for job in reversed(self._jobs.values())
                if (not wanted or job.status in wanted) and (before is None or job.order < before)
            ]
            page: dict[str, Any] = {"Jobs": [summarise(job) for job in found[:most]]}
            if len(found) > most:
                page["NextToken"] = found[most - 1].id
            return page

    def update_job_status(
        self, job_id: str, requested: str, reason: str | None = None
    ) -> dict[str, Any]:
        """Confirm (`Ready`) or cancel (`Cancelled`); returns UpdateJobStatus' answer."""
        with self._changed:
            job = self._job(job_id)
            is_allowed = {"Ready": job.status == "Suspended", "Cancelled": job.ended is None}
            if not is_allowed.get(requested, False):
                raise errors.wrong_status(job_id, job.status, requested)
            if requested == "Ready":
                job.is_confirmed, job.status = True, "Ready"
            else:
                job.is_cancelled, job.status = True, "Cancelling"
            job.reason = reason
            self._reschedule()
            self._changed.notify_all()
            answer = {"JobId": job.id, "Status": job.status}
            return answer if reason is None else {**answer, "StatusUpdateReason": reason}

    def update_job_priority(self, job_id: str, priority: int) -> dict[str, Any]:
        """Return UpdateJobPriority's answer."""
        with self._changed:
            job = self._job(job_id)
            if job.ended is not None:
                raise errors.bad_request(f"Job {job_id!r} is {job.status}: it has no priority now.")
            job.priority = priority
            self._reschedule()
            self._changed.notify_all()
            return {"JobId": job.id, "Priority": priority}

    def put_job_tagging(self, job_id: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Replace the job's tags by `[{"Key": ..., "Value": ...}]`."""
        checked = request_rules.check_tags(tags)
        with self._changed:
            self._job(job_id).tags = checked

    def get_job_tagging(self, job_id: str) -> list[dict[str, str]]:
        """Return the job's tags as `[{"Key": ..., "Value": ...}]`."""
        with self._changed:
            return [dict(tag) for tag in self._job(job_id).tags]

    def delete_job_tagging(self, job_id: str) -> None:
        """Remove every tag of the job."""
        with self._changed:
            self._job(job_id).tags = []

    def problems(self, job_id: str) -> dict[str, int]:
        """Return what the author of the handler should know, with how often it was seen.

        AWS tells none of it: for example why a response counts as invalid.
        """
        with self._changed:
            return dict(self._job(job_id).problems)

    def wait(self, job_id: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the job's description once it has ended, or after `timeout` seconds."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None:
                raise errors.no_such_job(job_id)
            self._changed.wait_for(lambda: job.status in TERMINAL, timeout)
            return describe(job)

    def close(self) -> None:
        """Cancel every job that has not ended, with its report, and wait for it."""
        with self._changed:
            for job in self._jobs.values():
                if job.ended is None:
                    job.is_cancelled, job.status = True, "Cancelling"
            self._reschedule()
            self._changed.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def __enter__(self) -> Self:
        """Use as a context: closed at its end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _new_job(self, parameters: dict[str, Any]) -> Job:
        job_id = str(uuid.uuid4())
        job = Job(
            id=job_id,
            request=parameters,
            order=next(self._orders),
            arn=f"arn:aws:s3:{self._region}:{ACCOUNT}:job/{job_id}",
            priority=parameters["Priority"],
            tags=request_rules.check_tags(parameters.get("Tags", ())),
        )
        self._jobs[job_id] = job
        return job

    def _job(self, job_id: str) -> Job:
        """Return a job that the API shows, or raise."""
        self._forget()
        job = self._jobs.get(job_id)
        if job is None or time.time() < job.created + self._choices.invisible:
            raise errors.no_such_job(job_id)
        return job

    def _forget(self) -> None:
        """Drop the jobs that ended more than 90 days ago."""
        limit = time.time() - self._choices.kept
        for job in [j for j in self._jobs.values() if j.ended is not None and j.ended < limit]:
            del self._jobs[job.id]

    def _reschedule(self) -> None:
        """Give the places to the jobs of the highest priority; the others are to pause."""
        waiting = [job for job in self._jobs.values() if job.status in WAITING_OR_RUNNING]
        waiting.sort(key=lambda job: (-job.priority, job.order))
        for place, job in enumerate(waiting):
            job.may_run = place < self._choices.active_jobs
            if job.status == "Active" and not job.may_run:
                job.status = "Pausing"
        for job in self._jobs.values():
            if (job.is_cancelled or not job.may_run) and job.wake is not None:
                job.wake()

    def _has_place(self, job: Job) -> bool:
        running = sum(other.status in RUNNING for other in self._jobs.values() if other is not job)
        return job.may_run and running < self._choices.active_jobs
