"""A report in words, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import where
from jobs.report.summary import OTHERS
from jobs.terminal import count, cut, duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.report.result import Result
    from jobs.report.summary import Cause

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
        words += [_answered(result)] if not answered.is_whole else ["all answered once"]
    elif result.total is not None:
        is_all = result.total == summary.rows
        is_more = summary.rows > result.total
        words += ["all of the job" if is_all else f"{result.total:,} in the job"]
        words += ["--reconcile says how many were answered twice"] if is_more else []
    files = count(len(result.fetched.parts), "file")
    return ", ".join([*words, f"MD5 of {files} right"])


def next_steps(result: Result) -> Iterator[str]:
    """Yield what to type next."""
    if result.job is None:
        return
    if result.unanswered:
        yield where.command(f"resume {result.name}")
    if result.summary.failed:
        yield where.command(f"retry {result.name}")


def retry(result: Result, cause: Cause) -> str:
    """Return what to type to run the rows of one cause again."""
    return where.command(f"retry {result.name} --cause {cause.id}")


def when(result: Result) -> str:
    """Return from when to when the job was there; else when its report was written."""
    job = result.job
    if not job or "TerminationDate" not in job:
        return shown(result.fetched.created)
    began, ended = job["CreationTime"], job["TerminationDate"]
    day = "" if ended.date() == began.date() else f"{ended:%Y-%m-%d} "
    return f"{began:%Y-%m-%d %H:%M} to {day}{ended:%H:%M} UTC"


def past(operation: str) -> str:
    """Return an operation as what was done: renamed, copied."""
    return {"rename": "renamed", "copy": "copied"}.get(operation, "done")


def _lines(result: Result) -> Iterator[str]:
    summary = result.summary
    yield "  ".join(filter(None, [named(result), result.operation, result.status, _when(result)]))
    yield f"       {proof(result)}"
    yield f"done   {_done(result)}"
    share = f"   {result.failed_share}" if summary.failed and result.failed_share else ""
    yield f"failed {summary.failed:>11,}{share}"
    for cause in summary.causes:
        yield from _cause(cause, result)
    if result.unanswered:
        yield f"never answered {result.unanswered:,}"
    if note := _counts(result):
        yield note
    steps = list(next_steps(result))
    if steps:
        yield f"Next: {'   or: '.join(steps)}"


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
    keys = [cut(f"{each.key}{_version(each.version_id)}", LONGEST) for each in cause.examples]
    if keys:
        more = ", …" if cause.count > len(keys) else ""
        yield f"                 {', '.join(keys)}{more}"
    advice = [cause.advice] if cause.advice else []
    if result.job and cause.id != OTHERS:
        advice.append(retry(result, cause))
    if advice:
        yield f"                 {'; then '.join(advice)}"


def _answered(result: Result) -> str:
    answered = result.summary.answered
    if answered is None:
        return ""
    parts = {
        "answered once": answered.once,
        "answered twice": answered.twice,
        "never answered": answered.never,
        "of no row of the manifest": answered.stray,
    }
    return ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)


def _counts(result: Result) -> str:
    """Say that S3's own counts differ; they are no verdict."""
    counts = (result.job or {}).get("ProgressSummary", {})
    if "NumberOfTasksFailed" not in counts:
        return ""
    said = (counts.get("NumberOfTasksSucceeded", 0), counts["NumberOfTasksFailed"])
    if said == (result.done, result.summary.failed):
        return ""
    return (
        f"S3 itself counts {said[0]:,} succeeded and {said[1]:,} failed; the report's rows, "
        "which are counted here, are what happened."
    )


def _when(result: Result) -> str:
    if not result.job or "TerminationDate" not in result.job:
        return when(result)
    took = result.job["TerminationDate"] - result.job["CreationTime"]
    return f"{when(result)}, {duration(took.total_seconds())}"


def _version(version_id: str) -> str:
    return f" (version {version_id})" if version_id not in {"", "\\N"} else ""
