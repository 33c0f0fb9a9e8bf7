"""Why a job does not move, in a sentence; pure.

States and their meaning: "Managing S3 Batch Operations jobs" in the S3 User Guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import where
from jobs.aws import joblist
from jobs.terminal import duration, share
from jobs.watch.states import WAITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_s3control.type_defs import JobListDescriptorTypeDef

    from jobs.watch.states import State

READY_LONG = 600.0  # seconds
STILL_LONG = 300.0
# S3 stops a job at 50 % failed, of 1,000 tasks or more ("Tracking job failure", S3 User Guide).
THRESHOLD_TASKS = 1000
THRESHOLD_WARNED = 0.4


def why(states: Sequence[State], others: Iterable[JobListDescriptorTypeDef]) -> str | None:
    """Return why the job waits or stands still; None: it moves, or is only just there.

    `states` were seen, the latest last; `others` run, for what a job waits behind.
    """
    now = states[-1]
    stands = now.seen - _since(states)
    match now.status:
        case "Suspended":
            return _suspended(now)
        case "Pausing" | "Paused":
            return f"It gives way to {_behind(now, others)} and goes on by itself."
        case "Ready" if stands >= READY_LONG:
            return (
                f"Ready for {duration(stands)}: S3 starts it when it has room; jobs of a higher "
                f"priority come first ({where.command('list')})."
            )
        case "Active" if stands >= STILL_LONG:
            return (
                f"No task has ended for {duration(stands)}: look at the function's throttles, "
                "errors and log, and at the alarms of the stack."
            )
    return None


def near_threshold(now: State) -> str | None:
    """Return a warning once S3 may soon stop the job for its failures."""
    if now.has_ended or now.answered < THRESHOLD_TASKS:
        return None
    if now.failed < THRESHOLD_WARNED * now.answered:
        return None
    return (
        f"{share(now.failed, now.answered)} of {now.answered:,} tasks have failed: at 50 % "
        "S3 stops the job."
    )


def _since(states: Sequence[State]) -> float:
    """Return since when status and count are as they are now."""
    now = states[-1]
    since = now.seen
    for state in reversed(states):
        if (state.status, state.answered) != (now.status, now.answered):
            break
        since = state.seen
    return since


def _suspended(now: State) -> str:
    name = joblist.short(now.job)
    until = ""
    if suspended := now.job.get("SuspendedDate"):
        until = f" until {suspended + WAITS:%Y-%m-%d}"
    return f"It waits{until} for somebody to confirm it: {where.command(f'confirm {name}')}"


def _behind(now: State, others: Iterable[JobListDescriptorTypeDef]) -> str:
    priority = now.job.get("Priority", 0)
    first = [
        each
        for each in others
        if each["JobId"] != now.job["JobId"] and each.get("Priority", 0) >= priority
    ]
    if not first:
        return "a job of a higher priority"
    best = max(first, key=lambda each: each.get("Priority", 0))
    return f"job {joblist.short(best)}, priority {best.get('Priority', 0)},"
