"""A report as one HTML page: no script, no request, of bounded size whatever the job.

Everything that others chose, such as keys and messages, is escaped twice over: characters that are
not printable are shown as escapes (`terminal.shown`), and jinja2 escapes what HTML would read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from jobs import new_file
from jobs.aws import joblist
from jobs.estimate import job_plan
from jobs.report import ended, words
from jobs.report.failures import OTHERS
from jobs.terminal import count, cut, duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.report.failures import Cause
    from jobs.report.result import Result

TEMPLATE = Path(__file__).with_name("page.html")
# 30 causes with 3 examples of a key and a message stay below 300 kB, whatever must be escaped.
CAUSES, EXAMPLES, KEY, MESSAGE = 30, 3, 200, 240
NARROWEST = 12  # thousandths of the bar: wide enough to be seen on a phone


def write(result: Result, path: Path) -> None:
    """Write the page to `path`, whole or not at all."""
    with new_file.whole(path) as part:
        part.write_text(html(result), encoding="utf-8", errors="backslashreplace")


def html(result: Result) -> str:
    """Return the page."""
    environment = Environment(
        # not Jinja's usual braces: the programs that make and update a project read those
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(_values(result))


def _values(result: Result) -> dict[str, Any]:
    failed, are_known = f"{result.summary.failed:,}", result.done is not None
    listed = _listed(result.summary.causes)
    of_all = f" of {result.all:,}" if are_known else ""
    return {
        "title": f"{words.named(result)}: {failed}{of_all} failed",
        "heading": shown(_heading(result)),
        "job_id": result.job_id,
        "when": words.when(result),
        "is_good": result.exit_code == 0,
        "verdict": _verdict(result),
        "share": f"{result.done:,}{of_all} done" if are_known else f"done: {words.NOT_KNOWN}",
        "parts": list(_parts(result)),
        "numbers": list(_numbers(result)),
        "failed": failed,
        "causes": [_cause(each, result) for each in listed],
        "more_causes": _more(result.summary.causes, listed),
        "steps": words.next_steps(result),
        "proof": list(_proof(result)),
        "settings": list(_settings(result)),
        "made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "source": shown(result.fetched.uri),
    }


def _heading(result: Result) -> str:
    what = f"{result.operation} of {count(result.all, 'object')}"
    if result.done is None:
        what = f"{result.operation} with {count(result.summary.failed, 'failed object')}"
    if not result.job:
        return what
    given = joblist.arguments(result.job)
    target = "/".join(filter(None, map(given.get, ("destinationBucket", "destinationPrefix"))))
    on = joblist.manifest_uri(result.job).rpartition("/")[2]
    return f"{what} to {target}" if target else f"{what} of {on}"


def _verdict(result: Result) -> str:
    failed = result.summary.failed
    said = f"{failed:,} failed" if failed else "none failed"
    if result.unanswered:
        said += f", {result.unanswered:,} never run"
    return f"{result.status}, {said}" if result.status else said


def _parts(result: Result) -> Iterator[dict[str, Any]]:
    """Yield the parts of the bar; one that is not nothing is always wide enough to be seen."""
    done = result.summary.done
    before = done.already_there + done.already_renamed + done.skipped
    counts = {
        "done": (words.past(result.operation), (result.done or 0) - before),
        "before": ("done before, or skipped" if done.skipped else "done before", before),
        "failed": ("failed", result.summary.failed),
        "never": ("never answered", result.unanswered),
    }
    there = {name: each for name, each in counts.items() if each[1] and result.done is not None}
    widths = {
        name: max(NARROWEST, 1000 * number / max(1, result.all))
        for name, (_, number) in there.items()
    }
    scale, x = 1000 / max(1, sum(widths.values())), 0.0
    for name, (said, number) in there.items():
        width = widths[name] * scale
        yield {
            "name": name,
            "words": said,
            "count": f"{number:,}",
            "x": f"{x:.2f}",
            "width": f"{width:.2f}",
        }
        x += width


def _numbers(result: Result) -> Iterator[tuple[str, str]]:
    answered = result.all - result.unanswered
    seconds = ended.seconds_run(result.job) if result.job else None
    yield "rows", f"{result.all:,}" if result.done is not None else "not known"
    yield "time", duration(seconds) if seconds else "not known"
    yield "speed", f"{answered / seconds:,.0f} /s" if seconds else "not known"
    if result.job:
        usd = job_plan.cost(result.job, result.plan, answered).usd
        yield "cost, about", f"US$ {usd:,.2f}"
    else:
        yield "failed", result.failed_share or "not known"


def _cause(cause: Cause, result: Result) -> dict[str, Any]:
    most = max(each.count for each in result.summary.causes)
    examples = [
        {"key": cut(each.key, KEY), "message": cut(each.message, MESSAGE)}
        for each in cause.examples[:EXAMPLES]
    ]
    return {
        "id": cause.id,
        "count": f"{cause.count:,}",
        "width": f"{max(2.0, 100 * cause.count / most):.1f}",
        "message": cut(cause.message, MESSAGE),
        "advice": cause.advice,
        "examples": examples,
        "shown": f"{len(examples)} of {cause.count:,} keys" if cause.count > 1 else "the key",
        "command": words.retry(result, cause),
    }


def _listed(causes: Sequence[Cause]) -> Sequence[Cause]:
    """Return the first ones, and what the report has besides all that are named."""
    if len(causes) > CAUSES and causes[-1].id == OTHERS:
        return [*causes[: CAUSES - 1], causes[-1]]
    return causes[:CAUSES]


def _more(causes: Sequence[Cause], listed: Sequence[Cause]) -> str:
    rest = [each.count for each in causes if each not in listed]
    more = f"{count(len(rest), 'more cause')} with {count(sum(rest), 'row')}"
    return f"{more}: report --csv lists them." if rest else ""


def _proof(result: Result) -> Iterator[tuple[str, str]]:
    yield "rows", words.proof(result)
    if result.job and (reasons := joblist.reasons(result.job)):
        yield "S3's own words", cut(reasons, MESSAGE)
    if result.counted:
        yield "S3's own counts", "{:,} succeeded, {:,} failed".format(*result.counted)
    for part in result.fetched.parts[:EXAMPLES]:
        yield shown(part.status), f"{shown(part.uri)}, MD5 {part.md5}"
    if (more := len(result.fetched.parts) - EXAMPLES) > 0:
        yield "", f"and {count(more, 'more file')}"


def _settings(result: Result) -> Iterator[tuple[str, str]]:
    job = result.job
    if not job:
        return
    invoke = job.get("Operation", {}).get("LambdaInvoke", {})
    yield "function", shown(invoke.get("FunctionArn", "none"))
    for name, value in joblist.arguments(job).items():
        yield shown(name), cut(value, KEY)
    yield "manifest" if "Manifest" in job else "bucket", cut(joblist.manifest_uri(job), 1100)
    if result.plan:
        yield "plan", cut(job_plan.words(result.plan), MESSAGE)
    yield "description", cut(job.get("Description", ""), MESSAGE + 20)
