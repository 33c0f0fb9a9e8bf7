"""The jobs of one account and Region: the job API without HTTP.

Requests and answers are the dicts of boto3's s3control client, already valid by its model; a
refusal is an `ApiError`. Thread-safe. Jobs live in memory and end with the process.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from jobs.aws.uploads import Uploads
from jobs.local.engine import request_rules
from jobs.local.engine.api_errors import ApiError, bad_request, wrong_status
from jobs.local.engine.choices import Choices
from jobs.local.engine.job import TERMINAL, describe, summarise
from jobs.local.engine.jobs_table import JobsTable
from jobs.local.engine.lifecycle import World, live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Target

ACCOUNT = "123456789012"
"""The one account of the local service. Our choice: a request that names another means this one."""

PAGE = 1000
"""The most jobs that ListJobs gives at once."""

LOOK_SECONDS = 0.5

GRACE_SECONDS = 5.0
"""How long invocations in flight may take when the engine is closed."""


class Engine:
    """Runs jobs from CreateJob to the completion report. Close it, or use it as a context."""

    def __init__(
        self,
        s3: S3Client,
        target: Target,
        choices: Choices | None = None,
        *,
        region: str = "us-east-1",
        end_function: Callable[[], object] | None = None,
    ) -> None:
        """Run jobs whose manifests and reports are in `s3` and whose functions are `target`.

        `end_function` ends by force what still runs `GRACE_SECONDS` after `close` was called.
        """
        chosen = choices or Choices()
        self._jobs = JobsTable(f"arn:aws:s3:{region}:{ACCOUNT}:job/", chosen)
        self._changed = threading.Condition(threading.RLock())
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._end_function = end_function
        self._world = World(s3, Uploads(s3), target, chosen, ACCOUNT, self._changed, self._jobs)

    def create_job(self, request: Mapping[str, Any]) -> str:
        """Start a job and return its id; the same token and parameters give the same job."""
        request_rules.check(request)
        parameters = {name: value for name, value in request.items() if value is not None}
        with self._changed:
            if self._is_closed:
                message = "The service is shutting down."
                raise ApiError("InternalServiceException", message, status=500)
            job = self._jobs.with_token(parameters)
            if job is None:
                job = self._jobs.add(parameters)
                thread = threading.Thread(
                    target=live, args=(job, self._world), name=f"job-{job.id}"
                )
                self._threads = [each for each in self._threads if each.is_alive()] + [thread]
                thread.start()
            return job.id

    def describe_job(self, job_id: str) -> dict[str, Any]:
        """Return DescribeJob's `Job`."""
        with self._changed:
            return describe(self._jobs.visible(job_id))

    def list_jobs(
        self,
        statuses: Iterable[str] = (),
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        """Return `{"Jobs": [...], "NextToken": ...}`, newest first; NextToken if there are more."""
        with self._changed:
            # not documented by AWS: our choice. MaxResults=0, which the model allows, is as many as
            # without it
            found, token = self._jobs.page(statuses, min(max_results or PAGE, PAGE), next_token)
            page: dict[str, Any] = {"Jobs": [summarise(job) for job in found]}
            return page if token is None else {**page, "NextToken": token}

    def update_job_status(
        self, job_id: str, requested: str, reason: str | None = None
    ) -> dict[str, Any]:
        """Confirm (`Ready`) or cancel (`Cancelled`); returns UpdateJobStatus' answer."""
        with self._changed:
            job = self._jobs.visible(job_id)
            if requested == "Ready":
                job.confirm(reason)
            elif requested == "Cancelled":
                job.cancel(reason)
            else:
                raise wrong_status(job_id, job.status, requested)
            self._tell()
            answer = {"JobId": job.id, "Status": job.status}
            return answer if reason is None else {**answer, "StatusUpdateReason": reason}

    def update_job_priority(self, job_id: str, priority: int) -> dict[str, Any]:
        """Return UpdateJobPriority's answer."""
        with self._changed:
            job = self._jobs.visible(job_id)
            if job.ended is not None:
                raise bad_request(f"Job {job_id!r} is {job.status}: it has no priority now.")
            job.priority = priority
            self._tell()
            return {"JobId": job.id, "Priority": priority}

    def put_job_tagging(self, job_id: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Replace the job's tags by `[{"Key": ..., "Value": ...}]`."""
        checked = request_rules.check_tags(tags)
        with self._changed:
            self._jobs.visible(job_id).tags = checked

    def get_job_tagging(self, job_id: str) -> list[dict[str, str]]:
        """Return the job's tags as `[{"Key": ..., "Value": ...}]`."""
        with self._changed:
            return [dict(tag) for tag in self._jobs.visible(job_id).tags]

    def delete_job_tagging(self, job_id: str) -> None:
        """Remove every tag of the job."""
        with self._changed:
            self._jobs.visible(job_id).tags = []

    def problems(self, job_id: str) -> dict[str, int]:
        """Return what the author of the handler should know, with how often it was seen.

        AWS tells none of it: for example why a response counts as invalid. Each has one example.
        """
        with self._changed:
            return self._jobs.visible(job_id).remarks()

    def report_of(self, job_id: str) -> str | None:
        """Return the s3:// place of the report's manifest.json, or None if none was written."""
        with self._changed:
            return self._jobs.visible(job_id).report_at

    def wait(self, job_id: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the job's description once it has ended, or after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            job = self._jobs.known(job_id)
            while job.status not in TERMINAL and (end is None or time.monotonic() < end):
                self._changed.wait(LOOK_SECONDS)  # no longer: on Windows Ctrl-C waits for its end
            return describe(job)

    def close(self) -> None:
        """Cancel every job that has not ended, with its report, and wait for it."""
        with self._changed:
            self._is_closed = True
            for job in self._jobs.all():
                if job.ended is None:
                    job.cancel()
            self._tell()
            threads = list(self._threads)
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self._end_function and any(thread.is_alive() for thread in threads):
            self._end_function()
        for thread in threads:
            thread.join()

    def __enter__(self) -> Self:
        """Use as a context: closed at its end."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close."""
        self.close()

    def _tell(self) -> None:
        """Let every job see what changed."""
        self._jobs.reschedule()
        self._changed.notify_all()
