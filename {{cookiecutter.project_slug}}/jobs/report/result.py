"""What a report shows: the job, its report's files, and what the rows say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import terminal
from jobs.aws import joblist
from jobs.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.report.fetch import Fetched
    from jobs.report.summary import Summary


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job.

    Attributes:
        job: as DescribeJob answers it; None: the report was named by its place.
        fetched: the files of the report.
        summary: what its rows say.
        plan: what submit had found out about the rows; None: not known.
    """

    job: JobDescriptorTypeDef | None
    fetched: Fetched
    summary: Summary
    plan: Mapping[str, Any] | None = None

    @property
    def job_id(self) -> str | None:
        """The id of the job, if it is known."""
        return self.job["JobId"] if self.job else self.fetched.job_id

    @property
    def name(self) -> str:
        """The beginning of the job's id, or the place of the report."""
        if self.job:
            return joblist.short(self.job)
        return joblist.short(self.job_id) if self.job_id else self.fetched.uri

    @property
    def status(self) -> str:
        """The job's status; empty: not known."""
        return self.job["Status"] if self.job else ""

    @property
    def operation(self) -> str:
        """What the job does to each object, as everywhere; `job` where it is not known."""
        return joblist.operation(self.job) if self.job else "job"

    @property
    def total(self) -> int | None:
        """The job's own count of its tasks; None: not known."""
        counts = (self.job or {}).get("ProgressSummary", {})
        return counts.get("TotalNumberOfTasks")

    @property
    def done(self) -> int | None:
        """Rows that succeeded; S3's own count where they were not read; None: not known."""
        if not self.is_failed_only:
            return self.summary.done.all
        return self.counted[0] if self.counted else None

    @property
    def counted(self) -> tuple[int, int] | None:
        """Tasks that succeeded and failed as S3 itself counts; None: it does not say."""
        counts = (self.job or {}).get("ProgressSummary", {})
        if "NumberOfTasksFailed" not in counts:
            return None
        return counts.get("NumberOfTasksSucceeded", 0), counts["NumberOfTasksFailed"]

    @property
    def all(self) -> int:
        """Rows that the job had, as far as they are known."""
        return (self.done or 0) + self.summary.failed + self.unanswered

    @property
    def failed_share(self) -> str:
        """How many of the rows that were answered failed, in per cent; empty: not known."""
        answered = self.all - self.unanswered
        if self.done is None or not answered:
            return ""
        return terminal.share(self.summary.failed, answered)

    @property
    def unanswered(self) -> int:
        """Rows of the manifest that the report has no answer for, as far as that is known."""
        if self.is_failed_only:  # a row that is not in it may have succeeded
            return 0
        if self.summary.answered:
            return self.summary.answered.never
        if self.total is None:
            return 0
        return max(0, self.total - self.summary.rows)

    @property
    def is_failed_only(self) -> bool:
        """Whether succeeded rows are not in the report, or were not fetched."""
        asked = (self.job or {}).get("Report", {})
        return asked.get("ReportScope") == "FailedTasksOnly" or not self.fetched.is_whole

    @property
    def empty_files(self) -> int:
        """Files without a row: S3 is not known to write any, so that rows may be missing."""
        return sum(not self.summary.rows_of.get(str(part.path)) for part in self.fetched.parts)

    @property
    def exit_code(self) -> int:
        """The verdict: 3 the job Failed or was Cancelled, 1 rows failed or are missing, else 0."""
        if self.status in {"Failed", "Cancelled"}:
            return Exit.JOB_ENDED
        answered = self.summary.answered
        is_broken = bool(answered and (answered.twice or answered.stray))
        is_broken |= self.total is None and self.empty_files > 0
        return Exit.FINDINGS if self.summary.failed or self.unanswered or is_broken else 0
