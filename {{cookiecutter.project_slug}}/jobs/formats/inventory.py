"""Inventory manifests: a `manifest.json` that names gzipped CSV files.

S3 Inventory writes them ("Inventory manifest" in the S3 User Guide), and so may you, which is the
way to several data files or to KMS encryption. CSV only: jobs refuse ORC and Parquet inventories.
Nothing here calls S3.
"""

import csv
import gzip
import io
import json
import re
import reprlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TypeVar, cast

from jobs.formats import manifest
from jobs.formats.manifest import BAD_CONTENT, RefusedError, Row

VERSION = "2016-11-30"

MD5 = re.compile("[0-9a-f]+")
"""Lower-case hex, as S3 Inventory writes it; whether a job takes upper case is not documented."""

Member = TypeVar("Member", str, int, list[object])


@dataclass(frozen=True, slots=True)
class DataFile:
    """One gzipped CSV file, in the bucket of its manifest.json."""

    key: str
    size: int
    """Bytes, compressed."""
    md5: str
    """Hex, of the compressed bytes."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a manifest.json says."""

    source_bucket: str
    fields: tuple[str, ...]
    """The columns, as a job's `Fields`: those that a job does not use are `Ignore`."""
    files: tuple[DataFile, ...]


def parse(document: bytes) -> Inventory:
    """Read a manifest.json; RefusedError says what a job cannot use."""
    try:
        whole = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise RefusedError(BAD_CONTENT, f"the manifest.json is no JSON ({error})") from error
    schema, form = _member(whole, "fileSchema", str), _member(whole, "fileFormat", str)
    files = tuple(_data_file(each) for each in _member(whole, "files", list))
    if form != "CSV":
        raise RefusedError(
            BAD_CONTENT, f"the inventory is {form!r}: only CSV inventories can be run"
        )
    names = [name.strip() for name in schema.split(",")]
    fields = tuple(name if name in manifest.COLUMNS else "Ignore" for name in names)
    manifest.check_fields(fields)
    return Inventory(_member(whole, "sourceBucket", str), fields, files)


def _data_file(given: object) -> DataFile:
    file = DataFile(
        _member(given, "key", str), _member(given, "size", int), _member(given, "MD5checksum", str)
    )
    if not (file.key and file.key.isprintable() and file.size >= 0 and MD5.fullmatch(file.md5)):
        what = f"a file without a usable key, size or MD5checksum: {reprlib.repr(given)}"
        raise RefusedError(BAD_CONTENT, f"the manifest.json has {what}")
    return file


def _member(given: object, name: str, kind: type[Member]) -> Member:
    """Return a member of a JSON object; RefusedError unless it is there and of its kind."""
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        detail = f"the manifest.json has no usable {name!r}: it is {reprlib.repr(value)}"
        raise RefusedError(BAD_CONTENT, detail)
    return value


def read(file: IO[bytes], fields: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of one gzipped data file; RefusedError as `manifest.read` raises it."""
    try:
        with gzip.open(file) as data:
            yield from manifest.read(cast("IO[bytes]", data), fields, limit_decoded=True)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RefusedError(BAD_CONTENT, f"a data file is no whole gzip file ({error})") from error


def write(rows: Iterable[Row], file: IO[bytes]) -> None:
    """Write rows as one gzipped data file, every field quoted as S3 does."""
    # mtime=0: the same rows give the same bytes, hence the same checksum
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as data,
        io.TextIOWrapper(data, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(row if row.version_id is not None else row[:2] for row in rows)


def document(
    source_bucket: str, destination_bucket: str, files: Iterable[DataFile], created: float
) -> bytes:
    """Return the manifest.json for data files without versions.

    `created` is in seconds of `time.time()`.
    """
    whole: Mapping[str, object] = {
        "sourceBucket": source_bucket,
        "destinationBucket": f"arn:aws:s3:::{destination_bucket}",
        "version": VERSION,
        "creationTimestamp": str(int(created * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(manifest.fields(versions=False)),
        "files": [{"key": f.key, "size": f.size, "MD5checksum": f.md5} for f in files],
    }
    return json.dumps(whole, indent=2).encode()
