"""Runs the rules over a manifest on this machine, and returns what they found.

Counts are complete, examples are the first few and bounded. Memory: jobs.formats.tables.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.check import examples, existing
from jobs.check.findings import Checked, Example, Finding, Hits
from jobs.check.loading import load
from jobs.errors import Refused
from jobs.formats import row_rules, row_table, rules, tables, unread_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.check.loading import Loaded
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.unread_lines import Unread

MOST_EXAMPLES = 999_999
"""duckdb's min(..., n) takes no more."""
FIX = "--fix OUT writes it without"
# What is wrong with lines, not with rows: code, title, advice.
LINES = {
    "encoding": ("E01", "not UTF-8", "write it as UTF-8, without a mark"),
    "nul": ("E01", "NUL bytes", "write it as UTF-8 text"),
    "mark": ("E02", "byte order mark", FIX),
    "header": ("E03", "header", f"delete the first row; {FIX}"),
    "blank": ("E04", "blank line", FIX),
    "columns": ("E05", "column count", "give every row the same columns; quote fields with commas"),
    "quote": ("E06", "open quote", "double each quote inside a quoted field"),
    "spaced": ("E06", "space beside a quote", "write none between a comma and a quote"),
    "long": ("E06", "line too long", "look for a quote that is never closed"),
    "old_mac": ("E09", "line ends", "the lines end in CR alone, as on old Macs: --fix OUT"),
}
UTF_16 = "it is {}, as PowerShell's > writes: --fix OUT, or Out-File -Encoding utf8NoBOM"


def check(
    opened: Opened,
    work: Work,
    folder: Path,
    *,
    most: int = 3,
    in_s3: existing.Asked | None = None,
) -> Checked:
    """Return what the rules find in a manifest, and what `in_s3` asks to look for.

    `folder` takes what does not fit into memory. Each finding has `most` examples; 0: a million.

    Raises:
        Refused: no row of it can be read.
    """
    if (encoding := opened.looked[0].encoding) != "utf-8":
        code, title, _ = LINES["encoding"]
        return Checked(0, "", (Finding(code, title, 1, UTF_16.format(encoding.upper())),))
    most = most or MOST_EXAMPLES
    with load(opened, work, folder) as loaded:
        seen, objects = existing.look(loaded, in_s3, folder, most) if in_s3 else ([], None)
        return replace(_find(loaded, most, seen), objects=objects)


def _find(loaded: Loaded, most: int, seen: Iterable[Hits]) -> Checked:
    """Return what the rules find, and what was `seen` in S3; at most `most` examples of each."""
    connection = loaded.connection
    rows = tables.scalar(connection, "SELECT count(*) FROM checked") - bool(loaded.header)
    unread = unread_lines.of(connection)
    lines = list(_of_lines(loaded, unread, most))
    hits = [*_of_rows(loaded, rows, most), *_of_several(loaded, most), *seen]
    if rows < 1 and {each.code for each in lines} <= {"E02", "E04"}:
        raise Refused(f"{loaded.opened.name!r} has no row: a job needs at least one.")
    found = sorted([*lines, *examples.of(loaded, hits, unread)], key=lambda each: each.code)
    return Checked(
        rows,
        loaded.bucket,
        tuple(found),
        _count(loaded, row_table.IS_JSON),
        _count(loaded, row_table.NAMES_NEW_KEY),
        _versions(loaded, hits),
    )


def _versions(loaded: Loaded, hits: Iterable[Hits]) -> str:
    if "VersionId" not in loaded.opened.fields:
        return "none"
    return "some" if any(each.rule.code == "E13" for each in hits) else "all"


def _of_lines(loaded: Loaded, unread: list[Unread], most: int) -> Iterator[Finding]:
    found = defaultdict[str, list[tuple[int, str]]](list)
    for looked in loaded.opened.looked:
        found["mark"] += [(1, "")] * looked.has_mark
        found["old_mac"] += [(1, "")] * looked.is_old_mac
        found["blank"] += [(line, "") for line in looked.blank_lines]
        found["spaced"] += [(line, "") for line in looked.spaced_quotes]
        found["nul"] += [(line, "") for line in looked.nul_lines]
    if loaded.header:
        found["header"] = [(1, ",".join(loaded.header))]
    for each in unread:
        found[each.kind].append((each.line, each.text))
    for kind, lines in found.items():
        if lines:
            code, title, advice = LINES[kind]
            shown = tuple(Example(line, detail=text.strip()) for line, text in lines[:most])
            yield Finding(code, title, len(lines), advice, shown)


def _of_rows(loaded: Loaded, rows: int, most: int) -> Iterator[Hits]:
    columns = ", ".join(
        f"count(*) FILTER (WHERE flags & {1 << at} <> 0),"
        f" min(rowid, {most}) FILTER (WHERE flags & {1 << at} <> 0)"
        for at in range(len(loaded.rules))
    )
    hit = f"flags & {(1 << len(loaded.rules)) - 1} <> 0"  # usually none is
    query = f"SELECT {columns} FROM checked WHERE {hit}"
    answer = loaded.connection.execute(query).fetchone() or ()
    for rule, count, first in zip(loaded.rules, answer[::2], answer[1::2], strict=True):
        # W03: a key may rightly hold %25; only where most do, they were encoded twice
        if count and (rule.code != "W03" or count * 2 > rows):
            yield Hits(rule, count, tuple((row, None) for row in first))


def _of_several(loaded: Loaded, most: int) -> Iterator[Hits]:
    several = [row_rules.TWINS]
    row_table.prepare(loaded.connection)
    if loaded.work.rule:
        several += rules.applying(rules.RULES, loaded.work.operation, loaded.work.overwrite)
    for rule in several:
        answer = loaded.connection.execute(
            f"SELECT count(*), min({{'row': row, 'partner': partner}}, {most})"
            f" FROM ({rule.sql}) AS hits(row, partner)"
        ).fetchone()
        if answer and answer[0]:
            rows = tuple((each["row"], each["partner"]) for each in answer[1])
            yield Hits(rule, answer[0], rows)


def _count(loaded: Loaded, bit: int) -> int:
    query = f"SELECT count(*) FROM checked WHERE flags & {bit} <> 0"
    return tables.scalar(loaded.connection, query)
