"""Watches a job to its end and reads its report: what `watch` and `submit --watch` do."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from jobs import errors, terminal
from jobs.aws import joblist
from jobs.errors import Exit, Refused
from jobs.report import document, ended, reading, words
from jobs.watch import display, explaining, states
from jobs.watch.polling import Poller, TimedOut
from jobs.watch.steering import update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.report.result import Result
    from jobs.watch.states import State
    from jobs.where import Place

FEWEST = 100  # answered tasks before --fail-over looks at their share: our choice
REPORT_EVERY = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a job is watched, as the options of `watch` say it; times in seconds."""

    timeout: float | None = None
    report_wait: float = 900.0
    fail_over: float | None = None
    allows_empty: bool = False
    as_json: bool = False


def follow(place: Place, job_id: str, how: How) -> int:
    """Watch a job, read its report, say what came of it; return the exit code.

    Raises:
        Refused: S3 does not know the job, or its report cannot be used.
        KeyboardInterrupt: Ctrl-C; that the job goes on was said.
    """
    deadline = None if how.timeout is None else time.monotonic() + how.timeout
    poller = Poller(place, job_id, deadline)
    try:
        was_cancelled = _watch(poller, how)
        return _end(poller, how, was_cancelled=was_cancelled)
    except TimedOut:
        terminal.say(f"--timeout passed; {poller.goes_on}")
        return Exit.TIMED_OUT
    except KeyboardInterrupt:
        terminal.say(f"{poller.goes_on[0].upper()}{poller.goes_on[1:]}")
        raise


def _watch(poller: Poller, how: How) -> bool:
    """Show the job until it has ended; return whether this watch cancelled it."""
    told, was_cancelled = set[str](), False
    with display.choose(as_json=how.as_json) as show:
        for seen in poller.states():
            show(seen)
            _explain(poller, seen, told)
            if not was_cancelled and _fails_too_often(seen[-1], how.fail_over):
                was_cancelled = _is_cancelled(poller, seen[-1], told)
    return was_cancelled


def _is_cancelled(poller: Poller, now: State, told: set[str]) -> bool:
    """Cancel the job; False where that fails, which is said once: the next look tries it again."""
    share = f"{now.failed:,} of {now.answered:,} failed, over --fail-over: the job"
    try:
        update(poller.place, now.job, "Cancelled", "failed over --fail-over")
    except (Refused, BotoCoreError, ClientError) as error:
        if "not cancelled" not in told:
            told.add("not cancelled")
            terminal.say(f"{share} was not cancelled: {errors.sentence(error)}")
        return False
    terminal.say(f"{share} is cancelled.")
    return True


def _explain(poller: Poller, seen: Sequence[State], told: set[str]) -> None:
    """Say once why the job does not move, and once that it fails too often."""
    now = seen[-1]
    others = []
    if now.status in {"Pausing", "Paused"} and now.status not in told:
        listed = joblist.jobs(poller.place.clients.s3control, poller.place.account, {"Active"})
        with contextlib.suppress(BotoCoreError, ClientError):  # no reason to end the watch
            others = list(listed)
    if (reason := explaining.why(seen, others)) and now.status not in told:
        told.add(now.status)
        terminal.say(reason)
    if (warning := explaining.near_threshold(now)) and "threshold" not in told:
        told.add("threshold")
        terminal.say(warning)


def _fails_too_often(now: State, share: float | None) -> bool:
    if share is None or now.has_ended or now.answered < FEWEST:
        return False
    return now.failed > share * now.answered


def _end(poller: Poller, how: How, *, was_cancelled: bool) -> int:
    job = poller.last
    if nothing := states.found_nothing(job):
        terminal.say(nothing)
        return 0 if how.allows_empty else Exit.JOB_ENDED
    reasons, ran = joblist.reasons(job), ended.seconds_run(job)
    told = f"{joblist.short(job)} {job['Status']}{f' in {terminal.duration(ran)}' if ran else ''}"
    told += f": {reasons}" if reasons else ""
    result = _report(poller, how, told)
    if result is None:
        return Exit.JOB_ENDED if job["Status"] != "Complete" else Exit.REFUSED
    if how.as_json:
        line = {"schema": display.SCHEMA, "event": "report", "report": document.document(result)}
        terminal.out(terminal.as_json(line, is_line=True))
    else:
        terminal.out(f"{told}; report read: {words.proof(result)}.")
        terminal.out("\n".join([words.verdict(result), *words.next_line(result)]))
    return Exit.FINDINGS if was_cancelled else result.exit_code


def _report(poller: Poller, how: How, told: str) -> Result | None:
    """Return what the report says; None: there is none, which was said."""
    job, until = poller.last, time.monotonic() + how.report_wait
    while True:
        try:
            return _read(poller.place, job)
        except ended.NotThere as missing:
            if not missing.may_come or time.monotonic() >= until:
                terminal.say(f"{told}.")
                terminal.say(errors.sentence(missing))
                return None
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() >= until:
                raise
            poller.endure(error)
        poller.wait(min(REPORT_EVERY, poller.interval))


def _read(place: Place, job: JobDescriptorTypeDef) -> Result:
    source = reading.Source(place.clients.s3, job)
    with reading.opened(source, does_reconcile=True, needs_manifest=False) as read:
        return read.result
