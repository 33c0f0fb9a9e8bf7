"""How the demo shows what came of its job."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.local.demo import Outcome
    from jobs.local.demo_files import Sample

SHOWN = 34
"""Characters of a key that the table shows."""

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
    table.add_column("why")
    shown: Counter[tuple[str, str, str]] = Counter()
    for sample in outcome.samples:
        shown[_name(sample), *_ending(outcome, sample)] += 1
    for (name, status, why), count in shown.items():
        colour = "green" if status == "succeeded" else "red"
        label = f"{count} files of this project" if name == PROJECT else name
        table.add_row(escape(label), f"[{colour}]{status}[/]", escape(why))
    return table


PROJECT = "project file"


def _name(sample: Sample) -> str:
    if sample.what == PROJECT:
        return PROJECT
    if len(sample.key) > SHOWN:
        return f"{sample.key[:14]}… ({sample.what})"
    return sample.key


def _ending(outcome: Outcome, sample: Sample) -> tuple[str, str]:
    """Return the status of a row and, where it is not plain success, what the report says."""
    result = outcome.rows.get(sample.row("b").key)
    if result is None:
        return "not run", ""
    if result.status == "succeeded":
        return "succeeded", sample.what if sample.what != PROJECT else ""
    return "failed", f"{result.code}: {result.message}"


def _lines(outcome: Outcome, saved: Path | None) -> list[str]:
    """Return what the table means, as sentences."""
    job = outcome.job
    progress = job.get("ProgressSummary", {})
    there = sum(sample.body is not None for sample in outcome.samples)
    lines = [
        "",
        f"Job {job['Status']} in {outcome.seconds:.1f} s:"
        f" {progress.get('NumberOfTasksSucceeded', 0)} succeeded,"
        f" {progress.get('NumberOfTasksFailed', 0)} failed.",
    ]
    lines += [escape(reason["FailureReason"]) for reason in job.get("FailureReasons", ())]
    if outcome.wrong_copies:
        lines += [f"[red]Not copied byte for byte:[/] {escape(k)}" for k in outcome.wrong_copies]
        lines.append("This check knows the template's own rename rule only.")
    else:
        lines.append(f"All {there} copies are there, byte for byte.")
    lines.append(f"Completion report: {outcome.report_uri}")
    if saved is None:
        lines.append("The S3 was in memory: --save FOLDER keeps the report and the handler's log.")
    else:
        lines.append(f"Manifest, report and the handler's log: {escape(str(saved))}")
    if not outcome.is_as_expected:
        lines.append("[red]This is not the expected outcome.[/]")
    return lines
