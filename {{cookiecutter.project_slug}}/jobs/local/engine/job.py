"""The state of one job, and how DescribeJob and ListJobs show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.local.engine.api_errors import wrong_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TERMINAL = frozenset({"Complete", "Cancelled", "Failed"})

WAITING_OR_RUNNING = frozenset({"Ready", "Active", "Pausing", "Paused"})
"""The statuses in which jobs compete for the engine by priority."""

REASON_LIMIT = 256
"""Characters of a FailureReason (botocore's model)."""

SHOWN_AS_GIVEN = (
    "ConfirmationRequired",
    "Description",
    "Manifest",
    "Operation",
    "Report",
    "RoleArn",
    "ManifestGenerator",
)

LONGEST_EXAMPLE = 100
"""Characters of an example of a problem."""


class CancelledError(Exception):
    """The job was cancelled: stop where you are."""


class FailedError(Exception):
    """The job cannot go on: it becomes Failed with this FailureCode and FailureReason.

    Not documented by AWS, our choice: every FailureCode but InvalidManifestContent.
    """

    def __init__(self, code: str, reason: str) -> None:
        """Keep both."""
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class Job:
    """One job. Its lock is the engine's; the counters are changed under the lock of its run.

    Its status changes in `become`, `confirm` and `cancel` only.
    """

    id: str
    request: Mapping[str, Any]
    order: int
    """The number of jobs made before this one."""
    arn: str
    priority: int
    tags: list[dict[str, str]]
    status: str = "New"
    created: float = field(default_factory=time.time)
    ended: float | None = None
    is_cancelled: bool = False
    is_confirmed: bool = False
    may_run: bool = False
    """Whether the engine's jobs of higher priority leave it a place."""
    reason: str | None = None
    """StatusUpdateReason."""
    suspended: float | None = None
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    is_invoked: bool = False
    active_seconds: float = 0.0
    active_since: float | None = None
    """Seconds of `time.monotonic()`."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """FailureReasons."""
    generated: dict[str, Any] | None = None
    """GeneratedManifestDescriptor."""
    wake: Callable[[], None] | None = None
    """Ends the pauses between attempts, while tasks run."""
    report_at: str | None = None
    """The s3:// place of the completion report's manifest.json, once it was written."""
    problems: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What the author of the handler should know: how often it was seen, and how it looked first.
    The sentences are ours and hold nothing of a task: there are few of them, however many tasks."""

    @property
    def report(self) -> Mapping[str, Any]:
        """The request's Report."""
        report: Mapping[str, Any] = self.request["Report"]
        return report

    def become(self, status: str) -> None:
        """Go on to a status; a job that has ended stays as it is."""
        if self.ended is not None:
            return
        self.status = status
        if status in TERMINAL:
            self.ended, self.may_run = time.time(), False

    def confirm(self, reason: str | None) -> None:
        """Confirm the job: it may run now. Raises ApiError: it does not wait for that."""
        if self.status != "Suspended":
            raise wrong_status(self.id, self.status, "Ready")
        self.is_confirmed, self.reason = True, reason
        self.become("Ready")

    def cancel(self, reason: str | None = None) -> None:
        """Cancel the job: at once if it waits to be confirmed. Raises ApiError: it has ended.

        Not documented by AWS, our choice: a job that is Failing can be cancelled, and ends Failed.
        """
        if self.ended is not None:
            raise wrong_status(self.id, self.status, "Cancelled")
        is_waiting = self.status == "Suspended"
        self.is_cancelled, self.reason = True, reason
        self.become("Cancelled" if is_waiting else "Cancelling")

    def check_cancelled(self) -> None:
        """Raise CancelledError if the job was cancelled."""
        if self.is_cancelled:
            raise CancelledError

    def fail(self, error: FailedError) -> None:
        """Remember why the job failed; the error itself would keep its frames and their files."""
        reason = error.reason[:REASON_LIMIT]
        self.failures.append({"FailureCode": error.code, "FailureReason": reason})

    def note(self, problem: str, example: str = "") -> None:
        """Count a problem and keep its first example."""
        times, first = self.problems.get(problem, (0, example[:LONGEST_EXAMPLE]))
        self.problems[problem] = times + 1, first

    def remarks(self) -> dict[str, int]:
        """Return each problem with its example, and how often it was seen."""
        return {
            f"{problem}, for instance {example}" if example else problem: times
            for problem, (times, example) in self.problems.items()
        }


def describe(job: Job) -> dict[str, Any]:
    """Return DescribeJob's Job."""
    shown: dict[str, Any] = {
        name: job.request[name] for name in SHOWN_AS_GIVEN if job.request.get(name) is not None
    }
    shown |= {**_state(job), "JobArn": job.arn}
    shown["FailureReasons"] = [dict(failure) for failure in job.failures]  # empty, as in AWS's own
    if job.reason is not None:
        shown["StatusUpdateReason"] = job.reason
    if job.suspended is not None:
        shown["SuspendedDate"] = _date(job.suspended)
        shown["SuspendedCause"] = "AWAITING_CONFIRMATION"
    if job.generated is not None:
        shown["GeneratedManifestDescriptor"] = job.generated
    return shown


def summarise(job: Job) -> dict[str, Any]:
    """Return one entry of ListJobs."""
    shown = {**_state(job), "Operation": next(iter(job.request["Operation"]))}
    if job.request.get("Description") is not None:
        shown["Description"] = job.request["Description"]
    return shown


def _state(job: Job) -> dict[str, Any]:
    state: dict[str, Any] = {
        "JobId": job.id,
        "Priority": job.priority,
        "Status": job.status,
        "CreationTime": _date(job.created),
    }
    if job.ended is not None:
        state["TerminationDate"] = _date(job.ended)
    # unknown is not zero: absent until the manifest was read, or the job failed before that
    if job.total is not None or job.ended is not None:
        running = 0.0 if job.active_since is None else time.monotonic() - job.active_since
        state["ProgressSummary"] = {
            "TotalNumberOfTasks": job.total or 0,
            "NumberOfTasksSucceeded": job.succeeded,
            "NumberOfTasksFailed": job.failed,
            "Timers": {"ElapsedTimeInActiveSeconds": int(job.active_seconds + running)},
        }
    return state


def _date(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
