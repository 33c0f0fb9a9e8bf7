"""The jobs of one account and Region: the job API without HTTP.

Requests and answers are the dicts of boto3's s3control client, already valid by its model; a
refusal is an `ApiError`. Thread-safe. Jobs live in memory and end with the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.local.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from mypy_boto3_s3 import S3Client
    from typing_extensions import Self

    from jobs.local.invoke import Target


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
        self._s3 = s3
        self._target = target
        self._choices = choices or Choices()
        self._region = region

    def create_job(self, request: Mapping[str, Any]) -> str:
        """Start a job and return its id; the same token and parameters give the same job."""
        raise NotImplementedError

    def describe_job(self, job_id: str) -> dict[str, Any]:
        """Return DescribeJob's `Job`."""
        raise NotImplementedError

    def list_jobs(
        self,
        statuses: Iterable[str] = (),
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> dict[str, Any]:
        """Return `{"Jobs": [...], "NextToken": ...}`, newest first; NextToken if there are more."""
        raise NotImplementedError

    def update_job_status(
        self, job_id: str, requested: str, reason: str | None = None
    ) -> dict[str, Any]:
        """Confirm (`Ready`) or cancel (`Cancelled`); returns UpdateJobStatus' answer."""
        raise NotImplementedError

    def update_job_priority(self, job_id: str, priority: int) -> dict[str, Any]:
        """Return UpdateJobPriority's answer."""
        raise NotImplementedError

    def put_job_tagging(self, job_id: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Replace the job's tags by `[{"Key": ..., "Value": ...}]`."""
        raise NotImplementedError

    def get_job_tagging(self, job_id: str) -> list[dict[str, str]]:
        """Return the job's tags as `[{"Key": ..., "Value": ...}]`."""
        raise NotImplementedError

    def delete_job_tagging(self, job_id: str) -> None:
        """Remove every tag of the job."""
        raise NotImplementedError

    def wait(self, job_id: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the job's description once it has ended, or after `timeout` seconds."""
        raise NotImplementedError

    def close(self) -> None:
        """Cancel every job that has not ended, with its report, and wait for it."""
        raise NotImplementedError

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
