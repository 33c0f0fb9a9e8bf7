"""Writes the manifest: filters, new names, encoding and order are SQL over `objects`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import new_file
from jobs.check import planning
from jobs.errors import Refused
from jobs.formats import manifest, tables
from jobs.formats.row_rules import JSON_IN_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobs.formats.tables import Connection

JSON_ROW = """concat('{"origKey": ', to_json(key), ', "newKey": ', to_json(new), '}')"""
# An object may be called like a JSON row: as it is, its row would mean another one.
ALONE = """concat('{"origKey": ', to_json(key), '}')"""
IS_LIKE_JSON = f"starts_with(key, '{{') AND regexp_matches(key, '{JSON_IN_KEY}')"
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
        left_out: option to how many objects it left out.
        objects: what a plan says of the objects; None: sizes are not known.
        versions: each row has a version.
        names: rows have new names.
    """

    rows: int
    left_out: dict[str, int]
    objects: dict[str, Any] | None
    versions: bool
    names: bool


def choose(
    connection: Connection,
    conditions: Sequence[tuple[str, str]],
    new: str = "",
    *,
    limit: int | None,
    listed: str | None = None,
) -> Chosen:
    """Create the view `chosen` of `objects`; return what is in it.

    The conditions are (option, SQL) of each filter, `new` is the SQL of a new name where the source
    says none (empty: there is none then), `listed` the time of the listing.

    Raises:
        Refused: nothing is left, the objects are in several buckets, or a list has a key that could
            be a JSON row.
    """
    left_out: dict[str, int] = {}
    passed = "true"
    for option, condition in conditions:
        _refuse_unknown(connection, option)
        left = f"SELECT count(*) FROM objects WHERE ({passed}) AND NOT coalesce({condition}, false)"
        left_out[option] = tables.scalar(connection, left)
        passed = f"{passed} AND coalesce({condition}, false)"
    order = " ORDER BY key, version" if listed else ""  # a list has an order of its own
    last = f" LIMIT {limit}" if limit else ""
    named = f" REPLACE (coalesce(new, {new}) AS new)" if new else ""
    query = f"FROM objects WHERE {passed}"
    connection.execute(f"CREATE VIEW chosen AS SELECT *{named} {query}{order}{last}")
    counted = "chosen" if limit else f"({query})"  # to count all, none need be sorted
    found = connection.execute(
        "SELECT count(*), min(bucket), max(bucket), count(version), count(size), count(new),"
        f" min(key) FILTER (encoded IS NULL AND {IS_LIKE_JSON}) FROM {counted}"
    ).fetchone()
    rows, first, last_bucket, versions, sizes, told, doubt = found or (0,) * 7
    if not rows:
        raise Refused(f"No object passes the filters{words(left_out)}: nothing to do.")
    if first != last_bucket:
        raise Refused(
            f"The objects are in several buckets, {first!r} and {last_bucket!r} among them: one "
            "bucket for each manifest, --bucket chooses one."
        )
    if doubt and not (new or told):
        raise Refused(
            f"{doubt!r} may be the key of an object or a JSON row: --not '{{*' leaves such keys "
            "out; of rows, python -m jobs check LIST --fix OUT --raw writes a manifest."
        )
    objects = planning.described(connection, counted, listed) if sizes == rows else None
    left_out = {option: count for option, count in left_out.items() if count}
    return Chosen(rows, left_out, objects, versions > 0, bool(new) or told > 0)


def _refuse_unknown(connection: Connection, option: str) -> None:
    """Refuse a filter on what the source says of no object: it would leave out all of them."""
    column = COLUMN.get(option)
    if column and not tables.scalar(connection, f"SELECT count({column}) FROM objects"):
        raise Refused(f"{option} cannot be used: the source says that of no object ({column}).")


def words(left_out: Mapping[str, int]) -> str:
    """Return ` (15,400 by --match)`, or an empty text."""
    each = ", ".join(f"{count:,} by {option}" for option, count in left_out.items() if count)
    return f" ({each})" if each else ""


def write(connection: Connection, path: Path, chosen: Chosen) -> None:
    """Write the manifest to `path`, whole or not at all."""
    plain = (
        f"CASE WHEN {IS_LIKE_JSON} THEN {tables.ENCODED.format(ALONE)}"
        f" ELSE coalesce(encoded, {tables.ENCODED.format('key')}) END"
    )
    told = tables.ENCODED.format(JSON_ROW)
    field = f"CASE WHEN new IS NULL THEN {plain} ELSE {told} END" if chosen.names else plain
    columns = ["bucket", field, "version"][: len(manifest.fields(versions=chosen.versions))]
    with new_file.whole(path) as part:
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM chosen) TO {tables.literal(str(part))}"
            " (HEADER false)"
        )


def ends(connection: Connection, rows: int, count: int) -> list[tuple[str, str | None]]:
    """Return (key, new key) of the first and the last of `rows`: `count`, an even number."""
    half = count // 2
    parts = (f"LIMIT {half}", f"OFFSET {max(rows - half, half)}")
    queries = [f"SELECT key, new FROM chosen {part}" for part in parts]
    return [row for query in queries for row in connection.execute(query).fetchall()]
