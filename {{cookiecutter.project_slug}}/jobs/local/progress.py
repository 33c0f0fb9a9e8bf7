"""Shows the jobs of an engine while they run: bars on a terminal, lines anywhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from jobs import terminal
from jobs.local.engine.job import TERMINAL
from jobs.local.engine.lifecycle import NO_REPORT_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Event

    from rich.progress import TaskID

    from jobs.local.engine.engine import Engine

LOOK_SECONDS = 0.2  # how often the jobs are looked at
LINE_SECONDS = 1.0  # a job has at most one line in this time, unless its status changed


class Display(Protocol):
    """What `show` and `close` of the two displays have in common."""

    def show(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Show the jobs, each as ListJobs gives it."""

    def close(self) -> None:
        """Leave the last state on the screen."""


def display(stream: TextIO, *, is_plain: bool = False) -> Display:
    """Return bars if `stream` is a terminal, lines otherwise or where they are wanted."""
    return Bars(stream) if stream.isatty() and not is_plain else Lines(stream)


def follow(engine: Engine, stopped: Event, shown: Display) -> set[str]:
    """Show the jobs until `stopped` is set; return the ids of those whose end was told."""
    told: set[str] = set()
    while not stopped.wait(LOOK_SECONDS):
        show(shown, engine, told)
    return told


def show(shown: Display, engine: Engine, told: set[str]) -> None:
    """Show the jobs, and tell of those that have ended, once; their ids go into `told`."""
    jobs = engine.list_jobs()["Jobs"]
    shown.show(reversed(jobs))
    for job in jobs:
        if job["Status"] in TERMINAL and job["JobId"] not in told:
            told.add(job["JobId"])
            for remark in remarks(engine, job["JobId"]):
                terminal.say(f"job {job['JobId']} {remark}")


def line(job: Mapping[str, Any]) -> str:
    """Return one job, as ListJobs gives it, in one line."""
    words = f"job {job['JobId']} {job['Status']}"
    if progress := job.get("ProgressSummary"):
        done, failed, total = _counts(progress)
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


class Lines:
    """Writes a line when a job changes; a running job at most once a second."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream
        self._shown: dict[str, tuple[str, str, float]] = {}

    def show(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Write the jobs that changed."""
        now = time.monotonic()
        for job in jobs:
            status, words, when = self._shown.get(job["JobId"], ("", "", 0.0))
            is_due = job["Status"] != status or now - when >= LINE_SECONDS
            if is_due and (new := line(job)) != words:
                self._stream.write(f"{new}\n")
                self._stream.flush()
                self._shown[job["JobId"]] = (job["Status"], new, now)

    def close(self) -> None:
        """Nothing is left to write."""


class Bars:
    """Draws a bar for each job; what else is written to the terminal goes above them."""

    def __init__(self, stream: TextIO) -> None:
        """Draw on `stream`, a terminal."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]} failed"),
            TimeElapsedColumn(),
            console=Console(file=stream),
        )
        self._bars: dict[str, TaskID] = {}
        self._progress.start()

    def show(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Draw the jobs as they are now."""
        for job in jobs:
            if job["JobId"] not in self._bars:
                self._bars[job["JobId"]] = self._progress.add_task("", total=None, failed=0)
            done, failed, total = _counts(job.get("ProgressSummary"))
            bar = self._bars[job["JobId"]]
            self._progress.update(
                bar,
                description=f"job {job['JobId']} {job['Status']}",
                completed=done,
                total=total,
                failed=failed,
            )
            if job["Status"] in TERMINAL:
                self._progress.stop_task(bar)

    def close(self) -> None:
        """Leave the bars as they are."""
        self._progress.stop()


def _counts(progress: Mapping[str, Any] | None) -> tuple[int, int, int | None]:
    """Return (ended, failed, total) tasks; the total is None until the manifest was read."""
    if not progress:
        return 0, 0, None
    failed = progress["NumberOfTasksFailed"]
    return progress["NumberOfTasksSucceeded"] + failed, failed, progress["TotalNumberOfTasks"]
