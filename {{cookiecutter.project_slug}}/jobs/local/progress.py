"""Shows the jobs of an engine while they run, in lines between those of the function."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from jobs import terminal
from jobs.local.engine.job import TERMINAL
from jobs.local.engine.lifecycle import NO_REPORT_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from jobs.local.engine.engine import Engine

LOOK_SECONDS = 0.2  # how often the jobs are looked at
LINE_SECONDS = 1.0  # a job has at most one line in this time, unless its status changed


class Progress:
    """Writes a line when a job changes, and what came of it when it has ended."""

    def __init__(self, engine: Engine) -> None:
        """Show the jobs of `engine`."""
        self._engine = engine
        self._shown: dict[str, tuple[str, str, float]] = {}  # by job: its status, line and time

    def follow(self, stopped: Event) -> None:
        """Show the jobs until `stopped` is set."""
        while not stopped.wait(LOOK_SECONDS):
            self.show()

    def show(self) -> None:
        """Show what changed since the last time, the oldest job first."""
        for job in reversed(self._engine.list_jobs()["Jobs"]):
            job_id, now = job["JobId"], time.monotonic()
            status, words, when = self._shown.get(job_id, ("", "", 0.0))
            is_due = job["Status"] != status or now - when >= LINE_SECONDS
            if not is_due or (new := line(job)) == words:
                continue
            self._shown[job_id] = (job["Status"], new, now)
            terminal.say(new)
            for remark in remarks(self._engine, job_id) if job["Status"] in TERMINAL else ():
                terminal.say(f"job {job_id} {remark}")


def line(job: Mapping[str, Any]) -> str:
    """Return one job, as ListJobs gives it, in one line; no counts until the manifest was read."""
    words = f"job {job['JobId']} {job['Status']}"
    if progress := job.get("ProgressSummary"):
        failed, total = progress["NumberOfTasksFailed"], progress["TotalNumberOfTasks"]
        done = progress["NumberOfTasksSucceeded"] + failed
        words += f": {done} of {total} tasks, {failed} failed"
    return words


def remarks(engine: Engine, job_id: str) -> list[str]:
    """Return what else is to be said of a job that ended.

    Why it failed, what the author of its handler should know, and where its report is.
    """
    job = engine.describe_job(job_id)
    failures = job.get("FailureReasons", ())
    report_at = engine.report_of(job_id)
    return [
        *(f"{failure['FailureCode']}: {failure['FailureReason']}" for failure in failures),
        *(f"{problem} ({count} x)" for problem, count in engine.problems(job_id).items()),
        f"report: {report_at}" if report_at else f"no report: {_why_no_report(job)}",
    ]


def _why_no_report(job: Mapping[str, Any]) -> str:
    if not job["Report"]["Enabled"]:
        return "the job asks for none"
    if any(each["FailureCode"] == NO_REPORT_CODE for each in job.get("FailureReasons", ())):
        return "it could not be written"
    return "no task was invoked"
