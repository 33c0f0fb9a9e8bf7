"""Writes the manifest: filters, new names, encoding and order are one SQL statement each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.check import planning
from jobs.errors import Refused
from jobs.formats import manifest, tables
from jobs.formats.row_rules import JSON_IN_KEY
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobs.formats.tables import Connection

JSON_ROW = """concat('{{"origKey": ', to_json(key), ', "newKey": ', to_json({new}), '}}')"""
# An object that S3 lists may be called like a JSON row: as it is, its row would mean another one.
ALONE = """concat('{"origKey": ', to_json(key), '}')"""
IS_LIKE_JSON = f"encoded IS NOT NULL AND regexp_matches(key, '{JSON_IN_KEY}')"
COLUMN = {
    "--larger": "size",
    "--smaller": "size",
    "--newer": "modified",
    "--older": "modified",
    "--class": "class",
}
"""Which column of `objects` a filter looks at."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that go into the manifest.

    Attributes:
        rows: how many.
        left_out: option to how many objects it left out.
        bucket: of all of them.
        objects: what a plan says of them; None: sizes are not known.
        versions: the rows have versions.
        names: rows have new names.
    """

    rows: int
    left_out: dict[str, int]
    bucket: str
    objects: dict[str, Any] | None
    versions: bool
    names: bool


def choose(
    connection: Connection,
    conditions: Sequence[tuple[str, str]],
    *,
    limit: int | None,
    listed: str | None = None,
) -> Chosen:
    """Create the view `chosen`; return what is in it. `listed` is when the objects were listed.

    Raises:
        Refused: nothing is left, or the objects are in several buckets.
    """
    left_out: dict[str, int] = {}
    passed = "true"
    for option, condition in conditions:
        _refuse_unknown(connection, option)
        left = f"SELECT count(*) FROM objects WHERE ({passed}) AND NOT coalesce({condition}, false)"
        left_out[option] = left_out.get(option, 0) + tables.scalar(connection, left)
        passed = f"{passed} AND coalesce({condition}, false)"
    order = " ORDER BY key, version" if listed else ""  # a list has an order of its own
    last = f" LIMIT {limit}" if limit else ""
    query = f"SELECT * FROM objects WHERE {passed}"
    connection.execute(f"CREATE VIEW chosen AS {query}{order}{last}")
    counted = "chosen" if limit else f"({query})"  # to count all, none need be sorted
    found = connection.execute(
        "SELECT count(*), min(bucket), max(bucket), count(version), count(size), count(new)"
        f" FROM {counted}"
    ).fetchone()
    rows, first, last_bucket, versions, sizes, named = found or (0,) * 6
    if not rows:
        raise Refused(f"No object passes the filters{words(left_out)}: nothing to do.")
    if first != last_bucket:
        raise Refused(
            f"The objects are in several buckets, {first!r} and {last_bucket!r} among them: one "
            "bucket for each manifest, --bucket chooses one."
        )
    objects = planning.described(connection, counted, listed) if sizes == rows else None
    left_out = {option: count for option, count in left_out.items() if count}
    return Chosen(rows, left_out, first, objects, versions > 0, named > 0)


def _refuse_unknown(connection: Connection, option: str) -> None:
    """Refuse a filter on what the source says of no object: it would leave out all of them."""
    column = COLUMN.get(option)
    if column and not tables.scalar(connection, f"SELECT count({column}) FROM objects"):
        raise Refused(f"{option} cannot be used: the source says that of no object ({column}).")


def words(left_out: Mapping[str, int]) -> str:
    """Return ` (15,400 by --match)`, or an empty text."""
    each = ", ".join(f"{count:,} by {option}" for option, count in left_out.items() if count)
    return f" ({each})" if each else ""


def name(connection: Connection, renaming: str | None, *, by_rule: bool, prefix: str) -> bool:
    """Create `named`, the rows of `chosen` with new names, if asked; tell whether that was so."""
    if renaming:
        _rename(connection, renaming)
    elif by_rule:
        _rename(connection, f"{tables.literal(prefix)} || key")
    return bool(renaming or by_rule)


def _rename(connection: Connection, new: str) -> None:
    connection.execute(
        f"CREATE VIEW named AS SELECT * REPLACE (coalesce(new, {new}) AS new) FROM chosen"
    )


def check_rule() -> None:
    """Refuse --rule where the rule is more than a prefix: it is applied when the job runs."""
    found = project_rule.load()
    if found is None or not found.is_prefix:
        raise Refused(
            "--rule needs a rule that only puts a prefix before the key, and src/task.py has none: "
            "leave --rule out, the job calls the rule itself."
        )


def write(
    connection: Connection, path: Path, chosen: Chosen, *, view: str, has_names: bool
) -> None:
    """Write the manifest to `path`, whole or not at all."""
    plain = (
        f"CASE WHEN {IS_LIKE_JSON} THEN {tables.ENCODED.format(ALONE)}"
        f" ELSE coalesce(encoded, {tables.ENCODED.format('key')}) END"
    )
    told = tables.ENCODED.format(JSON_ROW.format(new="new"))
    field = f"CASE WHEN new IS NULL THEN {plain} ELSE {told} END" if has_names else plain
    columns = ["bucket", field, "version"][: len(manifest.fields(versions=chosen.versions))]
    part = path.with_name(f"{path.name}.part")
    try:
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM {view}) TO {tables.literal(str(part))}"
            " (HEADER false)"
        )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def ends(connection: Connection, view: str, count: int) -> list[tuple[str, str | None]]:
    """Return (key, new key) of the first and the last rows."""
    half = max(1, count // 2)
    first = connection.execute(f"SELECT key, new FROM {view} LIMIT {half}").fetchall()
    rows = tables.scalar(connection, f"SELECT count(*) FROM {view}")
    skipped = max(rows - half, len(first))
    last = connection.execute(f"SELECT key, new FROM {view} OFFSET {skipped}").fetchall()
    return [*first, *last]
