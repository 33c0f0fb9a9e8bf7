"""Inventory manifests: a `manifest.json` that names gzipped CSV files.

S3 Inventory writes them ("Inventory manifest" in the S3 User Guide), and so may you, which is the
way to several data files or to KMS encryption. CSV only: jobs refuse ORC and Parquet inventories.
Nothing here calls S3.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, cast

from jobs import manifest
from jobs.manifest import BAD_CONTENT, RefusedError, Row

VERSION = "2016-11-30"


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
        schema = [name.strip() for name in whole["fileSchema"].split(",")]
        files = tuple(DataFile(f["key"], int(f["size"]), f["MD5checksum"]) for f in whole["files"])
        source, form = str(whole["sourceBucket"]), whole["fileFormat"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(BAD_CONTENT, f"the manifest.json has no usable {error}") from error
    if form != "CSV":
        raise RefusedError(
            BAD_CONTENT, f"the inventory is {form!r}: only CSV inventories can be run"
        )
    fields = tuple(name if name in manifest.COLUMNS else "Ignore" for name in schema)
    manifest.check_fields(fields)
    return Inventory(source, fields, files)


def read(file: IO[bytes], fields: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of one gzipped data file; RefusedError as `manifest.read` raises it."""
    try:
        with gzip.open(file) as data:
            yield from manifest.read(cast("IO[bytes]", data), fields, limit_decoded=True)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RefusedError(BAD_CONTENT, f"a data file is no whole gzip file ({error})") from error


def write(rows: Iterable[Row], file: IO[bytes]) -> int:
    """Write rows as one gzipped data file, every field quoted as S3 does; return how many."""
    # mtime=0: the same rows give the same bytes, hence the same checksum
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as data,
        io.TextIOWrapper(data, encoding="utf-8", newline="") as text,
    ):
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        count = 0
        for row in rows:
            writer.writerow(row if row.version_id is not None else row[:2])
            count += 1
    return count


def document(
    source_bucket: str,
    destination_bucket: str,
    files: Iterable[DataFile],
    *,
    versions: bool,
    created: float,
) -> bytes:
    """Return the manifest.json for data files; `created` is in seconds of `time.time()`."""
    whole: Mapping[str, object] = {
        "sourceBucket": source_bucket,
        "destinationBucket": f"arn:aws:s3:::{destination_bucket}",
        "version": VERSION,
        "creationTimestamp": str(int(created * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(manifest.fields(versions=versions)),
        "files": [{"key": f.key, "size": f.size, "MD5checksum": f.md5} for f in files],
    }
    return json.dumps(whole, indent=2).encode()
