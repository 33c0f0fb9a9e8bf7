"""Brings what names objects into one table: `objects(bucket, key, encoded, new, version, ...)`.

`key` is the key itself, `encoded` how it was encoded where it came so (else NULL), `new` its new
name where the source says one. `size`, `modified` and `class` are NULL where they are not known.
"""

from __future__ import annotations

import csv
import json
import sys
from typing import IO, TYPE_CHECKING, Any

from jobs.check import byte_pass, existing, source
from jobs.errors import Refused
from jobs.formats import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.aws.listing import Lister
    from jobs.formats.tables import Connection

FIRST = 64 * 1024
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
  TRY_CAST({modified} AS TIMESTAMP) AS modified, {class} AS class FROM {source}"""
MARKER = "coalesce(lower(CAST({} AS VARCHAR)), 'false') <> 'true'"


def listing(connection: Connection, lister: Lister, prefix: str, folder: Path) -> int:
    """Fill `objects` with a listing of a prefix; return how many delete markers it met."""
    path = existing.spool(lister, prefix, folder / "listing.csv")
    view = tables.rows(connection, [path], existing.LISTED)
    _create(
        connection,
        view,
        bucket=tables.literal(lister.bucket),
        key="url_decode(encoded)",
        encoded="encoded",
        version="version" if lister.versions else "NULL",
        size="size",
        modified="modified",
        **{"class": "class"},
    )
    return lister.counts.delete_markers


def inventory(connection: Connection, s3: S3Client, uri: str, folder: Path) -> None:
    """Fill `objects` with an inventory, CSV or Parquet, whose data files have their MD5s."""
    bucket, _, key = uri.removeprefix(source.SCHEME).partition("/")
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        whole = json.loads(body)
        form, files = whole["fileFormat"].upper(), whole["files"]
        schema = [name.strip() for name in whole["fileSchema"].split(",")]
        wanted = [(each["key"], each["MD5checksum"]) for each in files]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{uri!r} is no manifest.json of an inventory.") from None
    paths = list(source.data_files(s3, bucket, wanted, folder))
    if form == "PARQUET":
        _named(connection, tables.parquet(connection, paths), is_encoded=False)
    elif form == "CSV":
        names = [_plain(name) for name in schema]
        _named(connection, tables.rows(connection, paths, names), names, is_encoded=True)
    else:
        raise Refused(f"{uri!r} is an inventory in {form}: CSV and Parquet can be read.")


def file(connection: Connection, path: Path, bucket: str, *, is_map: bool) -> None:
    """Fill `objects` with the rows of a CSV, TSV or Parquet file: keys as they are, not encoded."""
    if path.suffix == ".parquet":
        _named(connection, tables.parquet(connection, [path]), bucket=bucket, is_encoded=False)
        return
    with path.open("rb") as opened:
        start = opened.read(FIRST)
    byte_pass.refuse_other_file(start, path.name)
    separator, cells = _first_row(start, path)
    words = [COLUMNS.get(_plain(cell), "") for cell in cells]
    has_header = "key" in words
    names = [_plain(cell) for cell in cells] if has_header else _unnamed(len(cells), is_map, path)
    view = tables.rows(connection, [path], names, separator=separator, has_header=has_header)
    _named(connection, view, names, bucket=bucket, is_encoded=False)


def keys(
    connection: Connection, stream: IO[bytes], bucket: str, folder: Path, *, is_nul: bool
) -> None:
    """Fill `objects` with keys, one a line or each ended by NUL."""
    path = folder / "keys.csv"
    end = b"\0" if is_nul else b"\n"
    with path.open("x", encoding="utf-8", newline="") as file_:
        writer = csv.writer(file_, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for line in _lines(stream, end):
            try:
                writer.writerow([line.decode()])
            except UnicodeDecodeError:
                raise Refused(f"The key {line!r} is not UTF-8.") from None
    view = tables.rows(connection, [path], ["key"])
    _named(connection, view, ["key"], bucket=bucket, is_encoded=False)


def standard_input() -> IO[bytes]:
    """Return what is piped in; Refused if nothing is."""
    if sys.stdin is None or sys.stdin.isatty():
        raise Refused("Nothing is piped in: - reads keys from standard input, one a line.")
    return sys.stdin.buffer


def _lines(stream: IO[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(1 << 20):
        *lines, rest = (rest + piece).split(end)
        yield from (line for line in lines if line)
    if rest:
        yield rest


def _first_row(start: bytes, path: Path) -> tuple[str, list[str]]:
    """Return the separator and the cells of the first row."""
    line = start.decode("utf-8-sig", "replace").partition("\n")[0].rstrip("\r")
    if not line:
        raise Refused(f"{str(path)!r} is empty: nothing names an object.")
    found = "\t" if path.suffix == ".tsv" else next((s for s in "\t;,|" if s in line), ",")
    return found, next(csv.reader([line], delimiter=found))


def _unnamed(count: int, is_map: bool, path: Path) -> list[str]:  # noqa: FBT001 - of the caller
    by_count = {1: ["key"], 2: ["key", "new"] if is_map else ["bucket", "key"]}
    if count not in by_count or (is_map and count != 2):  # noqa: PLR2004 - old and new
        wanted = "two, old and new name" if is_map else "key, or bucket and key, or a header"
        raise Refused(f"{str(path)!r} has {count} columns: write {wanted}.")
    return by_count[count]


def _plain(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())


def _named(
    connection: Connection,
    view: str,
    names: Sequence[str] | None = None,
    *,
    bucket: str = "",
    is_encoded: bool,
) -> None:
    """Create `objects` from a view by the names of its columns."""
    if names is None:
        names = [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()]
    found = {COLUMNS[_plain(name)]: f'"{name}"' for name in names if _plain(name) in COLUMNS}
    if "key" not in found:
        raise Refused(f"No column names the key: there are {', '.join(names)}.")
    if "marker" in found:
        view = f"(FROM {view} WHERE {MARKER.format(found.pop('marker'))})"
    key = found.pop("key")
    place = f"starts_with({key}, '{source.SCHEME}')"
    is_place = tables.scalar(connection, f"SELECT count(*) FROM {view} WHERE {place}")
    values: dict[str, Any] = {"key": key, **found}
    if is_place:  # s3://bucket/key in one column
        values["bucket"] = f"split_part({key}, '/', 3)"
        values["key"] = f"array_to_string(split({key}, '/')[4:], '/')"
    elif is_encoded:
        values |= {"key": tables.DECODED.format(key), "encoded": f"replace({key}, '+', '%20')"}
    if bucket and "bucket" not in values:
        values["bucket"] = tables.literal(bucket)
    if "bucket" not in values:
        raise Refused("Nothing says which bucket the keys are in: give --bucket.")
    if "version" in values:
        values["version"] = f"coalesce(nullif({values['version']}, ''), 'null')"
    _create(connection, view, **values)


def _create(connection: Connection, view: str, **values: str) -> None:
    names = ("bucket", "key", "encoded", "new", "version", "size", "modified", "class")
    whole = {name: values.get(name, "NULL") for name in names}
    connection.execute(OBJECTS.format(source=view, **whole))
    if unread := tables.unread(connection):
        raise Refused(
            f"{len(unread)} lines cannot be read, the first is line {unread[0].line} "
            f"({unread[0].text!r}): mend them."
        )
