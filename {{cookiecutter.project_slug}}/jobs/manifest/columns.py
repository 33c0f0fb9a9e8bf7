"""Makes of named columns the table `objects(bucket, key, encoded, new, version, size, ...)`.

`key` is the key itself, `encoded` how it was encoded where it came so (else NULL), `new` its new
name where the source says one. `size`, `modified` and `class` are NULL where they are not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import terminal
from jobs.aws.uris import SCHEME
from jobs.errors import Refused
from jobs.formats import tables, unread_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.formats.tables import Connection

# A column's name, without its punctuation, to what it holds: S3 Inventory, S3 Metadata, Athena.
COLUMNS = {
    "bucket": "bucket",
    "bucketname": "bucket",
    "key": "key",
    "objectkey": "key",
    "old": "key",
    "oldname": "key",
    "oldkey": "key",
    "origkey": "key",
    "new": "new",
    "newname": "new",
    "newkey": "new",
    "versionid": "version",
    "size": "size",
    "lastmodifieddate": "modified",
    "lastmodified": "modified",
    "storageclass": "class",
    "isdeletemarker": "marker",
}
OBJECTS = """CREATE TABLE objects AS SELECT {bucket} AS bucket, {key} AS key, {encoded} AS encoded,
  {new} AS new, {version} AS version, TRY_CAST({size} AS BIGINT) AS size,
  TRY_CAST({modified} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS modified,
  {class} AS class FROM {source}"""
UNREAD = {
    "columns": "give every row the same number of columns, and quote cells that hold a separator",
    "quote": "double each quote inside a quoted cell",
    "encoding": "save it as UTF-8 (in Excel: CSV UTF-8)",
    "long": "look for a quote that is never closed",
}
"""What to do about a line of one of `unread_lines.KINDS`."""
MARKER = "coalesce(lower(CAST({} AS VARCHAR)), 'false') <> 'true'"


def plain(name: str) -> str:
    """Return the name of a column without its punctuation."""
    return "".join(each for each in name.lower() if each.isalnum())


def named(
    connection: Connection,
    view: str,
    names: Sequence[str] | None = None,
    *,
    bucket: str = "",
    inventory_form: str = "",
) -> int:
    """Create `objects` from a view by the names of its columns; return the delete markers in it.

    An inventory has a form: CSV, in which keys are URL-encoded, or PARQUET.

    Raises:
        Refused: nothing names the key or its bucket, or a row can be read in two ways.
    """
    if names is None:
        names = _described(connection, view)
    values = _columns(names)
    markers = 0
    if marker := values.pop("marker", ""):
        is_none = MARKER.format(marker)
        markers = tables.scalar(connection, f"SELECT count(*) FROM {view} WHERE NOT ({is_none})")
        view = f"(FROM {view} WHERE {is_none})"
    key = values["key"]
    if not inventory_form and _are_places(connection, view, key):
        values["bucket"] = f"split_part({key}, '/', 3)"
        values["key"] = f"array_to_string(split({key}, '/')[4:], '/')"
    elif inventory_form == "CSV":
        values |= {"key": tables.DECODED.format(key), "encoded": f"replace({key}, '+', '%20')"}
    elif inventory_form:
        values["encoded"] = tables.ENCODED.format(key)
    if bucket:
        values.setdefault("bucket", tables.literal(bucket))
    if "bucket" not in values:
        raise Refused("Nothing says which bucket the keys are in: give --bucket.")
    if "version" in values and inventory_form:  # empty: the null version
        values["version"] = f"coalesce(nullif({values['version']}, ''), 'null')"
    create(connection, view, **values)
    if not inventory_form:
        _refuse_holes(connection, has_new="new" in values)
    return markers


def _described(connection: Connection, view: str) -> list[str]:
    """Return the names of a view's columns; Refused if a name of an object is no text."""
    described = connection.execute(f"DESCRIBE {view}").fetchall()
    for name, kind, *_ in described:
        if kind != "VARCHAR" and COLUMNS.get(plain(name)) in {"bucket", "key", "new", "version"}:
            raise Refused(f"The column {name!r} is {kind}, no text: write it as text.")
    return [name for name, *_ in described]


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Return the column for each thing that is named; Refused if no key is, or one thing twice."""
    found: dict[str, str] = {}
    for name in names:
        if holds := COLUMNS.get(plain(name)):
            if holds in found:
                raise Refused(f"Two columns name the {holds}, {found[holds]} and {name!r}.")
            found[holds] = f'"{name}"'
    if "key" not in found:
        raise Refused(f"No column names the key: there are {', '.join(names)}.")
    return found


def _are_places(connection: Connection, view: str, key: str) -> bool:
    """Tell whether the keys are `s3://bucket/key`; Refused if only some are."""
    rows, places = connection.execute(
        f"SELECT count(*), count(*) FILTER (starts_with({key}, '{SCHEME}')) FROM {view}"
    ).fetchone() or (0, 0)
    if 0 < places < rows:
        raise Refused(
            f"There is a place (s3://BUCKET/KEY) in {places:,} of {terminal.count(rows, 'row')}, "
            "in the others a key alone: write all as places, or all as keys."
        )
    return bool(places)


def _refuse_holes(connection: Connection, *, has_new: bool) -> None:
    """Refuse rows without a key, a new name or a version, where the others have one."""
    versions = tables.scalar(connection, "SELECT count(nullif(version, '')) FROM objects")
    empty = {
        "key": "coalesce(key, '') = ''",
        "new name": "coalesce(new, '') = ''" if has_new else "false",
        "version": "coalesce(version, '') = ''" if versions else "false",
    }
    for what, condition in empty.items():
        query = f"SELECT count(*), min(rowid) + 1 FROM objects WHERE {condition}"
        count, first = connection.execute(query).fetchone() or (0, 0)
        if count:
            null = "; the null version is written null" if what == "version" else ""
            raise Refused(
                f"{terminal.count(count, 'row')} without a {what}, the first is row {first}: give "
                f"each row one, or leave it out{null}."
            )
    if not versions:
        connection.execute("UPDATE objects SET version = NULL WHERE version IS NOT NULL")


def create(connection: Connection, view: str, **values: str) -> None:
    """Create `objects` of a view; `values` are SQL. Refused if a line of it cannot be read."""
    names = ("bucket", "key", "encoded", "new", "version", "size", "modified", "class")
    whole = {name: values.get(name, "NULL") for name in names}
    connection.execute("SET TimeZone = 'UTC'")  # for times without a zone, as S3 writes them
    connection.execute(OBJECTS.format(source=view, **whole))
    if unread := unread_lines.of(connection):
        first = unread[0]
        raise Refused(
            f"{terminal.count(len(unread), 'line')} cannot be read, the first is line {first.line} "
            f"({terminal.shown(first.text.strip())}): {UNREAD[first.kind]}."
        )
