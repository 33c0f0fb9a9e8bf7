"""What DescribeJob says of a job, as numbers and words; no call to AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.aws import joblist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

WAITS = timedelta(days=30)  # a job in Suspended that nobody confirms then fails (S3 User Guide)
RATE_OVER = 5  # polls
NO_KEYS = "found no keys matching"
SHOWN_FROM = 0.01  # of the tasks: before that a rate says little about the time that is left


@dataclass(frozen=True, slots=True)
class State:
    """A job as DescribeJob answered it, and when, in seconds of `time.monotonic()`."""

    job: JobDescriptorTypeDef
    seen: float

    @property
    def status(self) -> str:
        """One of the 13 states of the API."""
        return self.job["Status"]

    @property
    def has_ended(self) -> bool:
        """Whether it is Complete, Failed or Cancelled."""
        return self.status in joblist.ENDED

    @property
    def total(self) -> int | None:
        """Tasks in all; None: S3 does not know yet."""
        return self.job.get("ProgressSummary", {}).get("TotalNumberOfTasks") or None

    @property
    def succeeded(self) -> int:
        """Tasks that succeeded, as S3 counts them."""
        return self.job.get("ProgressSummary", {}).get("NumberOfTasksSucceeded", 0)

    @property
    def failed(self) -> int:
        """Tasks that failed, as S3 counts them."""
        return self.job.get("ProgressSummary", {}).get("NumberOfTasksFailed", 0)

    @property
    def answered(self) -> int:
        """Tasks that have ended."""
        return self.succeeded + self.failed


def rate(states: Sequence[State]) -> float | None:
    """Return tasks a second over the last polls; None: not known yet."""
    recent = [state for state in states[-RATE_OVER - 1 :] if state.status == "Active"]
    if len(recent) < 2:  # noqa: PLR2004 - a rate is between two
        return None
    seconds = recent[-1].seen - recent[0].seen
    return (recent[-1].answered - recent[0].answered) / seconds if seconds > 0 else None


def seconds_left(states: Sequence[State]) -> float | None:
    """Return how long the rest takes at this rate; None: nobody knows."""
    now, speed = states[-1], rate(states)
    if not speed or not now.total or now.answered < SHOWN_FROM * now.total:
        return None
    return (now.total - now.answered) / speed


def words(states: Sequence[State]) -> str:
    """Return counts, rate, time left and failures of the last state in one line."""
    now = states[-1]
    if not now.total:
        return ""
    parts = [f"{now.answered:,}/{now.total:,}", terminal.share(now.answered, now.total)]
    if now.status == "Active":
        if speed := rate(states):
            parts.append(f"{speed:,.0f}/s")
        left = seconds_left(states)
        if left is not None:
            parts.append(f"{terminal.duration(left)} left")
    failed = f"failed {now.failed:,}"
    if now.failed:
        failed += f" ({terminal.share(now.failed, now.answered)})"
    return "  ".join([*parts, failed])


def found_nothing(job: JobDescriptorTypeDef) -> str | None:
    """Return the sentence for a list that S3 made and that is empty; None: it is another job.

    S3 fails such a job ("Manifest generation found no keys matching the filter criteria").
    """
    if job["Status"] != "Failed" or NO_KEYS not in joblist.reasons(job):
        return None
    return f"No object of {joblist.manifest_uri(job)} passes the filters: nothing to do."
