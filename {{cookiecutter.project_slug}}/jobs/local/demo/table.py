"""How the demo shows what came of its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import terminal
from jobs.local.demo.samples import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.local.demo.job import Outcome
    from jobs.local.demo.samples import Sample

LONG = 20
SHOWN = 14
"""A key of more than LONG characters is shown by its first SHOWN ones."""

LONGEST_TEXT = 150
"""Characters of what the report says of a row."""


def show(outcome: Outcome, saved: Path | None) -> None:
    """Print the table and what it means."""
    headers = ("object", "result", "what is special, why it failed")
    terminal.out(terminal.table(_rows(outcome), headers))
    for line in _lines(outcome, saved):
        terminal.out(line)


def _rows(outcome: Outcome) -> list[tuple[str, str, str]]:
    shown: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in outcome.samples:
        shown.setdefault(_group(outcome, sample), []).append(sample)
    rows = []
    for (_, status, why), alike in shown.items():
        text = _ending(outcome, alike[0])[1] if len(alike) == 1 else why
        rows.append((_label(alike), status, terminal.cut(text, LONGEST_TEXT)))
    return rows


def _group(outcome: Outcome, sample: Sample) -> tuple[str, str, str]:
    """Return what the samples of one line have in common; its end is the status and the reason.

    Where objects are copied, each odd key has its line. Where the task does other work, results
    that differ in the key only share one.
    """
    status, why = _ending(outcome, sample)
    if not outcome.copies:
        return "", status, why.replace(sample.key, "…")
    return PROJECT_FILE if sample.what == PROJECT_FILE else sample.key, status, why


def _label(alike: list[Sample]) -> str:
    if len(alike) == 1:
        return _short(alike[0].key)
    is_project = all(sample.what == PROJECT_FILE for sample in alike)
    return f"{len(alike)} project files" if is_project else f"{len(alike)} objects"


def _short(key: str) -> str:
    return terminal.shown(f"{key[:SHOWN]}…" if len(key) > LONG else key)


def _ending(outcome: Outcome, sample: Sample) -> tuple[str, str]:
    """Return the status of a row and, where it is no plain copy, what the report says."""
    result = outcome.ended.rows.get(sample.row(outcome.bucket).key)
    if result is None:
        return "not run", ""
    if result.status == "failed":
        return "failed", f"{result.code}: {result.message}"
    if not outcome.copies:
        return "succeeded", result.message
    return "succeeded", sample.what if sample.what != PROJECT_FILE else ""


def _lines(outcome: Outcome, saved: Path | None) -> list[str]:
    """Return what the table means, as sentences."""
    job = outcome.ended.job
    progress = job.get("ProgressSummary", {})
    succeeded = progress.get("NumberOfTasksSucceeded", 0)
    failed = progress.get("NumberOfTasksFailed", 0)
    counts = f"{succeeded} succeeded, {failed} failed"
    lines = ["", f"Job {job['Status']} in {outcome.ended.seconds:.1f} s: {counts}."]
    lines += [terminal.shown(reason["FailureReason"]) for reason in job.get("FailureReasons", ())]
    lines += _checked(outcome)
    report_at = outcome.ended.report_at if outcome.ended.rows else "none was written"
    lines.append(f"Completion report: {report_at}")
    if saved is None:
        lines.append("The S3 was in memory: --save FOLDER keeps the report and the handler's log.")
    else:
        lines.append(f"Manifest, report and the handler's log: {saved}")
    if not outcome.is_as_expected:
        lines.append("This is not the expected outcome.")
    return lines


def _checked(outcome: Outcome) -> list[str]:
    """Return what was found of the copies; nothing where the task does other work."""
    if not outcome.copies:
        return []
    lines = []
    if outcome.wrong_copies:
        lines.append(f"Not copied byte for byte: {_few(outcome.wrong_copies)}.")
    if outcome.left_sources:
        lines.append(f"Not renamed, still there: {_few(outcome.left_sources)}.")
    done = [each for each in outcome.samples if _ending(outcome, each)[0] == "succeeded"]
    there = sum(each.body is not None for each in done)
    if lines or not there:
        return lines
    copies = "The one copy is" if there == 1 else f"All {there} copies are"
    return [f"{copies} there, byte for byte."]


def _few(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - 3} more" if keys[3:] else ""
    return ", ".join(_short(key) for key in keys[:3]) + more
