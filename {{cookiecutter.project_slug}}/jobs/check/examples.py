"""Shows the rows that break a rule: their lines, keys and new names, read a second time."""

from __future__ import annotations

import json
from bisect import bisect_right
from difflib import get_close_matches
from typing import TYPE_CHECKING

from jobs.check.findings import Example, Finding
from jobs.formats.row_rules import JSON_ROW, NAME_BYTES, ROW_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobs.check.findings import Hits
    from jobs.check.loading import Loaded
    from jobs.formats.unread_lines import Unread

OF_NAMES = frozenset({"E20", "E21", "E22", "E23", "E26", "W01", "W06", "W10"})
"""The findings whose examples show the new name, too."""


def of(loaded: Loaded, hits: Iterable[Hits], unread: Iterable[Unread]) -> Iterator[Finding]:
    """Yield the findings, with what their rows say."""
    hits = list(hits)
    wanted = sorted({row for each in hits for row, _ in each.rows})
    rows = _rows(loaded, wanted)
    absent = sorted([*loaded.opened.looked[0].blank_lines, *(each.line for each in unread)])
    for each in hits:
        shown = tuple(_example(each, rows[row], row, partner, absent) for row, partner in each.rows)
        rule = each.rule
        yield Finding(rule.code, rule.title, each.count, rule.advice, shown)


def _example(
    hits: Hits, said: Mapping[str, str | None], row: int, partner: int | None, absent: list[int]
) -> Example:
    line = _line(row, absent)
    with_line = _line(partner, absent) if partner is not None else 0
    key, old, new = said["key"] or "", said["old"], said["new"]
    code, title = hits.rule.code, hits.rule.title
    if code == "E24" and title == JSON_ROW:
        return Example(line, old or key, detail=_json_detail(said["text"] or key))
    if code == "E24":
        return Example(line, said["text"] or key)
    if code == "E25":
        return Example(line, old or key, detail=_rule_detail(said))
    by_names = code in OF_NAMES
    detail = hits.said.get(row, "")
    return Example(line, old or key, (new or "") if by_names else "", with_line, detail)


def _rule_detail(row: Mapping[str, str | None]) -> str:
    if problem := row.get("problem"):
        return problem
    size = len((row["new"] or "").encode())
    if size > NAME_BYTES:
        return f"the new key would have {size} bytes, and S3 takes {NAME_BYTES}"
    return "it begins with the prefix already: it was moved before"


def _json_detail(text: str) -> str:
    """Return what is wrong with a JSON row, by Python's own reading of it."""
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    names = [name for name, _ in pairs]
    wrong = [detail for name, value in pairs if (detail := _member_detail(name, value, names))]
    if not wrong and "origKey" not in names:
        return "no 'origKey': the key of the object"
    bucket = dict(pairs).get("newBucket")
    return wrong[0] if wrong else f"the function may not write to {bucket!r}"


def _member_detail(name: str, value: object, names: list[str]) -> str:
    """Return what is wrong with one member, or an empty text."""
    if name not in ROW_NAMES:
        near = [each for each in ROW_NAMES if each.lower() == name.lower()]
        near += get_close_matches(name, ROW_NAMES, 1)
        return f"{name!r} is not understood" + (f": did you mean {near[0]!r}?" if near else "")
    if names.count(name) > 1:
        return f"{name!r} stands there twice"
    if not isinstance(value, str) or not value:
        return f"{name!r} is {value!r}: give a text"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return f"{name!r} holds half of a character: give the whole one"
    return f"{name!r} is longer than {NAME_BYTES} bytes" if size > NAME_BYTES else ""


def _rows(loaded: Loaded, wanted: list[int]) -> dict[int, dict[str, str | None]]:
    """Return what the view `rows` says of the rows of these numbers."""
    if not wanted:
        return {}
    connection = loaded.connection
    connection.execute("INSERT INTO wanted SELECT unnest($1::BIGINT[])", [wanted])
    names = ["key", "text", "old", "new"]
    names += ["problem"] if loaded.work.rule == "names" else []
    found = connection.execute(f"SELECT row, {', '.join(names)} FROM wanted_rows")
    return {row: dict(zip(names, values, strict=True)) for row, *values in found.fetchall()}


def _line(row: int, absent: list[int]) -> int:
    """Return the number of a row's line; the lines that are no rows (`absent`) count, too.

    A row with a raw line break takes two lines, which is not counted: later numbers are too small.
    """
    line = row + 1
    while (passed := bisect_right(absent, line)) and line != row + 1 + passed:
        line = row + 1 + passed
    return line
