"""A report in words, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.report.summary import OTHERS
from jobs.terminal import count, cut, duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.report.result import Result
    from jobs.report.summary import Cause

LONGEST = 160  # characters of a message or a key that are shown


def text(result: Result) -> str:
    """Return the lines for a person."""
    return "\n".join(_lines(result))


def verdict(result: Result) -> str:
    """Return one line: what is done, what failed and why."""
    summary = result.summary
    done = f"{result.done:,} {past(result.operation)}"
    if result.is_failed_only:
        done += ", as S3 counts"
    if before := summary.done.already_renamed + summary.done.already_there:
        done += f" ({before:,} of them before this job)"
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
        words += ["all of the job" if is_all else f"{result.total:,} in the job"]
    files = count(len(result.fetched.parts), "file")
    return ", ".join([*words, f"MD5 of {files} right"])


def next_steps(result: Result) -> Iterator[str]:
    """Yield what to type next."""
    if result.job is None:
        return
    if result.unanswered:
        yield f"python -m jobs resume {result.name}"
    if result.summary.failed:
        yield f"python -m jobs retry {result.name}"


def past(operation: str) -> str:
    """Return an operation as what was done: renamed, copied."""
    return {"rename": "renamed", "copy": "copied"}.get(operation, "done")


def _lines(result: Result) -> Iterator[str]:
    summary = result.summary
    yield "  ".join(filter(None, [_named(result), result.operation, result.status, _when(result)]))
    yield f"       {proof(result)}"
    yield f"done   {_done(result)}"
    share = f"   {100 * summary.failed / summary.rows:.3g} %" if summary.failed else ""
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


def _named(result: Result) -> str:
    return f"job {result.name}" if result.job_id else shown(result.name)


def _done(result: Result) -> str:
    done = result.summary.done
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
    code = f"{cause.code}  " if cause.code else ""
    yield f"  {cause.id:<3} {cause.count:>9,}  {code}{cut(cause.message, LONGEST)}"
    keys = [cut(f"{each.key}{_version(each.version_id)}", LONGEST) for each in cause.examples]
    if keys:
        more = ", …" if cause.count > len(keys) else ""
        yield f"                 {', '.join(keys)}{more}"
    advice = [cause.advice] if cause.advice else []
    if result.job and cause.id != OTHERS:
        advice.append(f"python -m jobs retry {result.name} --cause {cause.id}")
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
    job = result.job
    if not job or "TerminationDate" not in job:
        return result.fetched.created
    began, ended = job["CreationTime"], job["TerminationDate"]
    day = "" if ended.date() == began.date() else f"{ended:%Y-%m-%d} "
    took = duration((ended - began).total_seconds())
    return f"{began:%Y-%m-%d %H:%M} to {day}{ended:%H:%M} UTC, {took}"


def _version(version_id: str) -> str:
    return f" (version {version_id})" if version_id not in {"", "\\N"} else ""
