"""Brings what names objects into the table `objects` of `jobs.manifest.columns`.

A listing of S3, an inventory, keys that are piped in, or a list in a file (`jobs.manifest.files`).
"""

from __future__ import annotations

import codecs
import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jobs.aws import uris
from jobs.aws.clients import connect
from jobs.aws.listing import Lister
from jobs.check import existing, fetching, planning
from jobs.errors import Refused, refusing
from jobs.formats import tables
from jobs.formats.manifest import BUCKET
from jobs.manifest import columns, files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from jobs.formats.tables import Connection
    from jobs.manifest.options import Wish

KEYS, FILE = "standard input", "a file on this machine"
INVENTORY, LISTING = "an inventory", "a bucket to list"


def read(connection: Connection, folder: Path, wish: Wish) -> tuple[int, str | None]:
    """Fill `objects`; return how many delete markers were left out, and when it was listed.

    The time is None where the source does not say it. `folder` takes what is fetched.

    Raises:
        Refused: the source is not there, is none, or can be read in two ways.
    """
    kind = kind_of(wish.source)
    if kind == KEYS:
        return keys(connection, _standard_input(), wish.bucket, folder, is_nul=wish.nul), None
    if kind == FILE:
        return files.read(connection, Path(wish.source), folder, wish), None
    s3 = connect(wish.region).s3
    if kind == INVENTORY:
        return _inventory(connection, s3, wish.source, folder)
    return _listing(connection, s3, folder, wish), planning.now()


def kind_of(source: str) -> str:
    """Return what a SOURCE is, in words."""
    if source == "-":
        return KEYS
    if not source.startswith(uris.SCHEME):
        return FILE
    return INVENTORY if source.endswith("/manifest.json") else LISTING


def refuse_options(wish: Wish) -> None:
    """Refuse an option that another kind of source would pass over in silence.

    Raises:
        Refused: names it.
    """
    kind = kind_of(wish.source)
    given = {
        "--versions": (wish.versions, LISTING),
        "--map": (wish.is_map, FILE),
        "--separator": (wish.separator, FILE),
        "-0": (wish.nul, KEYS),
    }
    for option, (value, of) in given.items():
        if value and kind != of:
            raise Refused(f"{option} is for {of}, and {wish.source!r} is {kind}: leave it out.")


def _listing(connection: Connection, s3: S3Client, folder: Path, wish: Wish) -> int:
    bucket, prefix = uris.split(wish.source)
    if not BUCKET.fullmatch(bucket):
        raise Refused(f"{wish.source!r} names no bucket: write s3://BUCKET/PREFIX.")
    lister = Lister(
        s3,
        bucket,
        versions=wish.versions,
        start_after=wish.start_after,
        parallel=wish.parallel,
    )
    path = existing.spool(lister, prefix, folder / "listing.csv")
    view = tables.own_rows(connection, path, existing.LISTED)
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
    return lister.delete_markers


def _inventory(
    connection: Connection, s3: S3Client, uri: str, folder: Path
) -> tuple[int, str | None]:
    """Return what `read` does, of an inventory in CSV or Parquet.

    It may be 48 hours old, and name objects that are gone.
    """
    bucket, key = uris.split(uri)
    with refusing(Refused(f"{uri!r} does not exist.")):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        whole = json.loads(body)
        form, names = whole["fileFormat"].upper(), whole["fileSchema"].split(",")
        wanted = [(each["key"], each["MD5checksum"]) for each in whole["files"]]
        made = None
        if seconds := int(whole.get("creationTimestamp", 0)) / 1000:
            made = planning.iso(datetime.fromtimestamp(seconds, UTC))
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise Refused(f"{uri!r} is no manifest.json of an inventory.") from None
    if form not in {"CSV", "PARQUET"}:
        raise Refused(f"{uri!r} is an inventory in {form}: CSV and Parquet can be read.")
    if not wanted:
        raise Refused(f"{uri!r} names no data files: the inventory lists no objects.")
    paths = list(fetching.data_files(s3, bucket, wanted, folder))
    if form == "PARQUET":
        view = tables.parquet(connection, paths)
        return columns.named(connection, view, inventory_form=form), made
    names = [columns.plain(name) for name in names]
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
    view = tables.own_rows(connection, path, ["key"])
    return columns.named(connection, view, ["key"], bucket=bucket)


def _standard_input() -> IO[bytes]:
    if sys.stdin is None or sys.stdin.isatty():
        raise Refused("Nothing is piped in: - reads keys from standard input, one a line.")
    return sys.stdin.buffer


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends, LF or CR LF, and without a mark before the first.

    The last one need not have an end.
    """
    ends_in_return: bool | None = None
    without = b""  # the line that has no CR, where the others have one
    for line in _ended(stream, b"\n"):
        has_return = line.endswith(b"\r")
        if ends_in_return is None:
            ends_in_return = has_return
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - of the first only
        if b"\0" in line:
            raise Refused(f"The line {line[:80]!r} has a NUL: pipe UTF-8 text, or give -0.")
        if without or (has_return and not ends_in_return):
            raise Refused(
                f"The line {(without or line)[:80]!r} ends in another way than the first: end all "
                "lines in LF, or all keys in NUL, with -0."
            )
        if ends_in_return and not has_return:
            without = line
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
