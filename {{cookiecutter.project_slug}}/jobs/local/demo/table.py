"""How the demo shows what came of its job."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jobs.local.demo.job import JOBS
from jobs.local.demo.samples import PROJECT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.local.demo.job import Outcome
    from jobs.local.demo.samples import Sample

LONG = 20
SHOWN = 14
"""A key of more than LONG characters is shown by its first SHOWN ones."""

NARROWEST = 80


def show(outcome: Outcome, saved: Path | None) -> None:
    """Print the table and what it means."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no emoji
    console = Console(highlight=False)
    if console.width < NARROWEST or not console.is_terminal:
        console = Console(highlight=False, width=NARROWEST)
    console.print(_table(outcome))
    for line in _lines(outcome, saved):
        console.print(line, soft_wrap=True)


def _table(outcome: Outcome) -> Table:
    table = Table(pad_edge=False, box=None, header_style="bold")
    table.add_column("object", no_wrap=True)
    table.add_column("result", no_wrap=True)
    table.add_column("what is special, why it failed", overflow="fold")
    shown: Counter[tuple[str, str, str]] = Counter()
    for sample in outcome.samples:
        shown[_name(sample), *_ending(outcome, sample)] += 1
    for (name, status, why), count in shown.items():
        colour = "green" if status == "succeeded" else "red"
        label = f"{count} project files" if name == PROJECT_FILE else name
        table.add_row(escape(label), f"[{colour}]{status}[/]", escape(why))
    return table


def _name(sample: Sample) -> str:
    if sample.what == PROJECT_FILE:
        return PROJECT_FILE
    return _short(sample.key)


def _short(key: str) -> str:
    return f"{key[:SHOWN]}…" if len(key) > LONG else key


def _ending(outcome: Outcome, sample: Sample) -> tuple[str, str]:
    """Return the status of a row and, where it is not plain success, what the report says."""
    result = outcome.rows.get(sample.row("b").key)
    if result is None:
        return "not run", ""
    if result.status == "succeeded":
        return "succeeded", sample.what if sample.what != PROJECT_FILE else ""
    return "failed", f"{result.code}: {result.message}"


def _lines(outcome: Outcome, saved: Path | None) -> list[str]:
    """Return what the table means, as sentences."""
    job = outcome.job
    progress = job.get("ProgressSummary", {})
    there = sum(sample.body is not None for sample in outcome.samples)
    succeeded = progress.get("NumberOfTasksSucceeded", 0)
    failed = progress.get("NumberOfTasksFailed", 0)
    counts = f"{succeeded} succeeded, {failed} failed"
    lines = ["", f"Job {job['Status']} in {outcome.seconds:.1f} s: {counts}."]
    lines += [escape(reason["FailureReason"]) for reason in job.get("FailureReasons", ())]
    if outcome.wrong_copies:
        first = [escape(_short(key)) for key in outcome.wrong_copies[:3]]
        more = f" and {len(outcome.wrong_copies) - 3} more" if outcome.wrong_copies[3:] else ""
        lines.append(f"[red]Not copied byte for byte:[/] {', '.join(first)}{more}.")
        lines.append("If src/task.py no longer copies, this check does not apply.")
    else:
        lines.append(f"All {there} copies are there, byte for byte.")
    report_at = f"s3://{JOBS}/{outcome.report_key}" if outcome.rows else "none was written"
    lines.append(f"Completion report: {report_at}")
    if saved is None:
        lines.append("The S3 was in memory: --save FOLDER keeps the report and the handler's log.")
    else:
        lines.append(f"Manifest, report and the handler's log: {escape(str(saved))}")
    if not outcome.is_as_expected:
        lines.append("[red]This is not the expected outcome.[/]")
    return lines
