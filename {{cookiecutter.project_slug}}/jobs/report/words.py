"""A report in words, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import where
from jobs.aws import joblist
from jobs.report import ended
from jobs.report.failures import OTHERS
from jobs.terminal import count, cut, duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.report.failures import Cause, Example
    from jobs.report.reconcile import Answered
    from jobs.report.result import Result

LONGEST = 160  # characters of a message or a key that are shown
NOT_KNOWN = "not known: the succeeded rows were not read"


def text(result: Result) -> str:
    """Return the lines for a person."""
    return "\n".join(_lines(result))


def verdict(result: Result) -> str:
    """Return one line: what is done, what failed and why."""
    summary = result.summary
    done = f"{past(result.operation)} {NOT_KNOWN}"
    skipped = summary.done.skipped
    if result.done is not None:
        done = f"{result.done - skipped:,} {past(result.operation)}"
        done += ", as S3 counts" if result.is_failed_only else ""
    if before := summary.done.already_renamed + summary.done.already_there:
        done += f" ({before:,} of them before this job)"
    done += f", {skipped:,} skipped (no such object)" if skipped else ""
    if not summary.failed:
        return f"{done}, none failed."
    kinds = (f"{cause.count:,} {cut(cause.message, 60)}" for cause in summary.causes[:4])
    why = ", ".join(kind.removesuffix(".") for kind in kinds)
    return f"{done}, {summary.failed:,} failed: {why}."


def proof(result: Result) -> str:
    """Return what is known of the report itself: its rows, how they answer, its files."""
    summary = result.summary
    words = [count(summary.rows, "row")]
    if result.is_failed_only:
        words += ["the failed ones only"]
    elif answered := summary.answered:
        words += ["all answered once" if answered.is_whole else _answered(answered)]
    elif result.total is not None:
        is_all = result.total == summary.rows
        is_more = summary.rows > result.total
        words += ["all of the job" if is_all else f"{result.total:,} in the job"]
        words += ["--reconcile says how many were answered twice"] if is_more else []
    words.append(f"MD5 of {count(len(result.fetched.parts), 'file')} right")
    words += [f"{count(result.empty_files, 'file')} without a row"] if result.empty_files else []
    return ", ".join(words)


def next_steps(result: Result) -> list[str]:
    """Return what can be typed next."""
    if result.job is None:
        return []
    verbs = ["resume"] * bool(result.unanswered) + ["retry"] * bool(result.summary.failed)
    return [where.command(f"{verb} {result.name}") for verb in verbs]


def next_line(result: Result) -> list[str]:
    """Return the line that says what to type next, or none."""
    steps = next_steps(result)
    return [f"Next: {'   or: '.join(steps)}"] if steps else []


def retry(result: Result, cause: Cause) -> str:
    """Return what to type to run the rows of one cause again; empty: there is no such command."""
    if result.job is None or cause.id == OTHERS:
        return ""
    return where.command(f"retry {result.name} --cause {cause.id}")


def when(result: Result, *, with_length: bool = False) -> str:
    """Return from when to when the job was there; else when its report was written."""
    job = result.job
    if not job or "TerminationDate" not in job:
        return shown(result.fetched.created)
    began, ended = job["CreationTime"], job["TerminationDate"]
    day = "" if ended.date() == began.date() else f"{ended:%Y-%m-%d} "
    length = f", {duration((ended - began).total_seconds())}" if with_length else ""
    return f"{began:%Y-%m-%d %H:%M} to {day}{ended:%H:%M} UTC{length}"


def past(operation: str) -> str:
    """Return an operation as what was done: renamed, copied."""
    return {"rename": "renamed", "copy": "copied"}.get(operation, "done")


def _lines(result: Result) -> Iterator[str]:
    summary = result.summary
    times = when(result, with_length=True)
    yield "  ".join(filter(None, [named(result), result.operation, result.status, times]))
    yield f"       {proof(result)}"
    yield f"done   {_done(result)}"
    share = f"   {result.failed_share}" if summary.failed and result.failed_share else ""
    yield f"failed {summary.failed:>11,}{share}"
    for cause in summary.causes:
        yield from _cause(cause, result)
    if result.unanswered:
        yield f"never answered {result.unanswered:,}"
    if result.job and (reasons := joblist.reasons(result.job)):
        yield f"S3 says why the job {ended.was(result.job)}: {shown(reasons)}"
    if result.counted and result.counted != (result.done, summary.failed):
        said = "S3 itself counts {:,} succeeded and {:,} failed".format(*result.counted)
        yield f"{said}; the report's rows, which are counted here, are what happened."
    yield from next_line(result)


def named(result: Result) -> str:
    """Return what the report is called: by its job, or by its place."""
    return f"job {result.name}" if result.job_id else shown(result.name)


def _done(result: Result) -> str:
    done = result.summary.done
    if result.done is None:
        return f"{NOT_KNOWN:>11}"
    if result.is_failed_only:
        return f"{result.done:>11,}   as S3 counts; the succeeded rows were not read"
    parts = {
        "already there": done.already_there,
        "already renamed": done.already_renamed,
        "merged": done.merged,
        "skipped": done.skipped,
    }
    more = "".join(f"   {name} {number:,}" for name, number in parts.items() if number)
    return f"{done.now:>11,}{more}"


def _cause(cause: Cause, result: Result) -> Iterator[str]:
    code = f"{cut(cause.code, LONGEST)}  " if cause.code else ""
    yield f"  {cause.id:<3} {cause.count:>9,}  {code}{cut(cause.message, LONGEST)}"
    keys = [cut(f"{each.key}{_version(each)}", LONGEST) for each in cause.examples]
    if keys:
        more = ", …" if cause.count > len(keys) else ""
        yield f"                 {', '.join(keys)}{more}"
    if advice := list(filter(None, [cause.advice, retry(result, cause)])):
        yield f"                 {'; then '.join(advice)}"


def _answered(answered: Answered) -> str:
    parts = {
        "answered once": answered.once,
        "answered twice": answered.twice,
        "never answered": answered.never,
        "of no row of the manifest": answered.stray,
    }
    return ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)


def _version(each: Example) -> str:
    return f" (version {each.version_id})" if each.version_id not in {"", "\\N"} else ""
