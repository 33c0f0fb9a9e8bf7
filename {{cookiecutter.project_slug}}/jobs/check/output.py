"""What `check` says: a table for people, one JSON document, or JSON Lines of all findings."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jobs import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.check.findings import Checked, Example, Finding

SCHEMA = "jobs.check/1"
NO_RULE = (
    "src/task.py uses no rule new_key, so which objects it writes is not known: make sure that no "
    "two rows write the same one."
)
CANARY = 100  # rows that are submitted first
LONGEST = 200  # characters of a row that the table shows; --json has all


def as_text(name: str, checked: Checked, seconds: float) -> str:
    """Return the table of the findings, and what to do about each."""
    rows = terminal.count(checked.rows, "row")
    head = f"{terminal.shown(name)}  {rows}  bucket {terminal.shown(checked.bucket)}"
    head = f"{head}  {seconds:.1f} s"
    if not checked.findings:
        return f"{head}\nNo findings."
    table = terminal.table(row for each in checked.findings for row in _rows(each))
    total = sum(each.count for each in checked.findings)
    kinds = len({each.code for each in checked.findings})
    advice = [f"{each.code}: {each.advice}." for each in checked.findings]
    last = (
        f"{terminal.count(kinds, 'kind')} of finding, {terminal.count(total, 'line')} in all; "
        "the manifest was not changed."
    )
    return "\n".join([head, table, last, *dict.fromkeys(advice)])


def as_document(checked: Checked) -> dict[str, Any]:
    """Return the JSON document of a check."""
    return {
        "schema": SCHEMA,
        "rows": checked.rows,
        "bucket": checked.bucket,
        "findings": [
            asdict(each) | {"examples": [_example(example) for example in each.examples]}
            for each in checked.findings
        ],
    }


def as_lines(checked: Checked) -> Iterator[Mapping[str, Any]]:
    """Yield each example of each finding as a document of its own."""
    for each in checked.findings:
        for example in each.examples:
            yield {"schema": SCHEMA, "code": each.code, "title": each.title} | _example(example)


def canary(rows: int) -> int | None:
    """Return how many rows to submit first; None: so few rows need no trial."""
    return CANARY if rows > CANARY else None


def next_step(verb: str, name: str, given: Mapping[str, object]) -> str:
    """Return the command to type next; `given`: as `terminal.options` takes them."""
    return f"Next: python -m jobs {verb} {terminal.pasted(name)}{terminal.options(given)}"


def _rows(finding: Finding) -> Iterator[tuple[str, str, str, str]]:
    first, *others = finding.examples or (None,)
    count = terminal.count(finding.count, "row")
    yield f"{finding.code} {finding.title}", count, *_cells(first)
    for each in others:
        yield "", "", *_cells(each)
    if finding.count > len(finding.examples) > 0:
        shown = f"{len(finding.examples)} of {finding.count:,} shown; --findings 0 shows all"
        yield "", "", "", shown


def _cells(example: Example | None) -> tuple[str, str]:
    if example is None:
        return "", ""
    said = example.key
    if example.new:
        said = f"{said} -> {example.new}"
    if example.with_line and example.with_line != example.line:
        said = f"{said}  and line {example.with_line}"
    if example.detail:
        said = f"{said}  {example.detail}" if said else example.detail
    length = f" ({len(said):,} characters)" if len(said) > LONGEST else ""
    return f"line {example.line}", f"{terminal.cut(said, LONGEST)}{length}"


def _example(example: Example) -> dict[str, Any]:
    found = {
        "line": example.line,
        "row": example.key,
        "new": example.new,
        "with": example.with_line,
        "detail": example.detail,
    }
    return {name: value for name, value in found.items() if value}
