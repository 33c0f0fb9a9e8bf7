"""Brings what names objects into the table `objects` of `jobs.manifest.columns`.

A listing of S3, an inventory, or keys that are piped in; lists in files: `jobs.manifest.files`.
"""

from __future__ import annotations

import codecs
import csv
import json
import sys
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from jobs.check import existing, planning, source
from jobs.errors import Refused
from jobs.formats import tables
from jobs.manifest import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.aws.listing import Lister
    from jobs.formats.tables import Connection


def listing(connection: Connection, lister: Lister, prefix: str, folder: Path) -> int:
    """Fill `objects` with a listing of a prefix; return how many delete markers it met."""
    path = existing.spool(lister, prefix, folder / "listing.csv")
    view = tables.rows(connection, [path], existing.LISTED)
    columns.create(
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


def inventory(
    connection: Connection, s3: S3Client, uri: str, folder: Path
) -> tuple[int, str | None]:
    """Fill `objects` with an inventory; return how many delete markers it has, and when S3 made it.

    It is CSV or Parquet. It may be 48 hours old, and name objects that are gone.

    Raises:
        Refused: it is none, or a data file does not have the MD5 that it promises.
    """
    bucket, _, key = uri.removeprefix(source.SCHEME).partition("/")
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        whole = json.loads(body)
        form, files = whole["fileFormat"].upper(), whole["files"]
        schema = [name.strip() for name in whole["fileSchema"].split(",")]
        wanted = [(each["key"], each["MD5checksum"]) for each in files]
        milliseconds = int(whole.get("creationTimestamp", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{uri!r} is no manifest.json of an inventory.") from None
    made = planning.iso(datetime.fromtimestamp(milliseconds / 1000, UTC)) if milliseconds else None
    paths = list(source.data_files(s3, bucket, wanted, folder))
    if form == "PARQUET":
        view = tables.parquet(connection, paths)
        return columns.named(connection, view, inventory_form=form), made
    if form != "CSV":
        raise Refused(f"{uri!r} is an inventory in {form}: CSV and Parquet can be read.")
    names = [columns.plain(name) for name in schema]
    view = tables.rows(connection, paths, names)
    return columns.named(connection, view, names, inventory_form=form), made


def keys(
    connection: Connection, stream: IO[bytes], bucket: str, folder: Path, *, is_nul: bool
) -> int:
    """Fill `objects` with keys, one a line or each ended by NUL; return 0, as `named` does."""
    path = folder / "keys.csv"
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for key in _ended(stream, b"\0") if is_nul else _lines(stream):
            try:
                writer.writerow([key.decode()])
            except UnicodeDecodeError:
                raise Refused(f"The key {key[:80]!r} is not UTF-8.") from None
    view = tables.rows(connection, [path], ["key"])
    return columns.named(connection, view, ["key"], bucket=bucket)


def standard_input() -> IO[bytes]:
    """Return what is piped in; Refused if nothing is."""
    if sys.stdin is None or sys.stdin.isatty():
        raise Refused("Nothing is piped in: - reads keys from standard input, one a line.")
    return sys.stdin.buffer


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends, LF or CR LF, and without a mark before the first."""
    ends: bool | None = None
    for line in _ended(stream, b"\n"):
        if ends is None:
            ends = line.endswith(b"\r")
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - of the first only
        if b"\0" in line:
            raise Refused(f"The line {line[:80]!r} has a NUL: pipe UTF-8 text, or give -0.")
        if line.endswith(b"\r") != ends:
            raise Refused(
                f"The line {line[:80]!r} ends in another way than the first: end all lines in LF, "
                "or all keys in NUL, with -0."
            )
        if key := line.removesuffix(b"\r"):
            yield key


def _ended(stream: IO[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(1 << 20):
        *whole, rest = (rest + piece).split(end)
        yield from (each for each in whole if each)
        if len(rest) > tables.LONGEST_LINE:
            raise Refused(f"{rest[:80]!r}… is too long for a key: one a line, or -0 for NUL.")
    if rest:
        yield rest
