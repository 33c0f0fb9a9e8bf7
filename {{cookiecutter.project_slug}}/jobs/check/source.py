"""Finds a manifest (a file, an object or an inventory) and brings it to this machine, whole.

What is in S3 is read under the ETag that was looked at first, into a folder that the caller
removes; of an inventory every data file, with its MD5.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.aws import downloads, uris
from jobs.aws.clients import connect
from jobs.check import byte_pass, fetching, first_row
from jobs.errors import Refused
from jobs.formats import inventory, manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client

    from jobs.check.byte_pass import Bytes

LARGE_PIECE = 16 * 1024**2  # bytes, of which few wait for other threads


@dataclass(frozen=True, slots=True)
class Opened:
    """A manifest that can be read on this machine.

    Attributes:
        name: as it was given.
        files: what holds its rows, in their order.
        fields: what each column holds (a job's `Fields`); of an inventory, of its data files.
        etag: without quotes; of a local file its MD5, which is what S3 will answer.
        size: bytes of the file or of manifest.json.
        bucket: where it is in S3; empty: it is a local file.
        key: likewise.
        version_id: likewise; empty: its bucket keeps no versions.
        first_bucket: the bucket of its first row; of an inventory, the one that it lists.
        is_inventory: its files are gzipped CSV, and a key's length counts decoded.
        looked: of each file, what its bytes are.
    """

    name: str
    files: tuple[Path, ...]
    fields: tuple[str, ...]
    etag: str
    size: int
    bucket: str = ""
    key: str = ""
    version_id: str = ""
    first_bucket: str = ""
    is_inventory: bool = False
    looked: tuple[Bytes, ...] = ()


def fields(*, asked: str, versioned: bool) -> tuple[str, ...]:
    """Return the columns that the options name; none: they are found from their number.

    Raises:
        Refused: both options were given, or a column is no field of a job.
    """
    if asked and versioned:
        raise Refused("--versioned names all columns, and so does --fields: give one of them.")
    if versioned:
        return manifest.COLUMNS
    names = tuple(name.strip() for name in asked.split(",") if name.strip())
    if unknown := set(names) - {*manifest.COLUMNS, "Ignore"}:
        raise Refused(
            f"{min(unknown)!r} is no column of a manifest: use Bucket, Key, VersionId or Ignore."
        )
    if names:
        try:
            manifest.check_fields(names)
        except manifest.RefusedError as error:
            raise Refused(f"--fields {asked!r} is refused: {error}.") from None
    return names


def find(name: str, asked: Sequence[str], folder: Path, region: str | None = None) -> Opened:
    """Return the manifest that was named on a command line; `folder` as in `in_s3`."""
    if name.startswith(uris.SCHEME):
        return in_s3(connect(region).s3, name, asked, folder)
    return in_file(Path(name), asked)


def refuse_no_file(path: Path) -> None:
    """Refuse a folder, and what can be read only once, such as a pipe. A missing file passes."""
    if path.is_dir():
        raise Refused(f"{str(path)!r} is a folder: give the file in it.")
    if path.exists() and not path.is_file():
        raise Refused(f"{str(path)!r} is no file but a pipe or device: write it to a file first.")


def in_file(path: Path, asked: Sequence[str], name: str = "") -> Opened:
    """Return the local manifest `path`; `asked`: its columns, or none.

    The person knows it by its `name`, if not by its path.

    Raises:
        Refused: it is no file or can be no manifest, or its columns are not known.
    """
    refuse_no_file(path)
    if path.suffix == ".json":
        raise Refused(f"{str(path)!r} is local: upload an inventory and give its s3:// place.")
    name = name or str(path)
    names, bucket = first_row.read(path, asked, name)
    with ThreadPoolExecutor(1) as beside:  # each takes about a second for 500 MB
        etag = beside.submit(_md5_of, path)
        looked = byte_pass.look(path, name)
    return Opened(
        name,
        (path,),
        names,
        etag.result(),
        path.stat().st_size,
        first_bucket=bucket,
        looked=(looked,),
    )


def in_s3(s3: S3Client, uri: str, asked: Sequence[str], folder: Path) -> Opened:
    """Return the manifest at `s3://bucket/key`, brought into `folder`; `asked` as in `in_file`.

    A key that ends with `.json` is that of an inventory's manifest.json.

    Raises:
        Refused: it is not there, is no manifest, or is encrypted in a way that a job cannot read.
    """
    bucket, key = uris.split(uri)
    if not (manifest.BUCKET.fullmatch(bucket) and key):
        raise Refused(f"{uri!r} is not the place of a manifest: write s3://BUCKET/KEY.")
    head = fetching.head(s3, bucket, key, uri)
    answer = s3.get_object(Bucket=bucket, Key=key, IfMatch=head["ETag"])
    found = Opened(
        uri,
        (),
        (),
        head["ETag"].strip('"'),
        head["ContentLength"],
        bucket,
        key,
        head.get("VersionId", ""),
    )
    if key.endswith(".json"):
        return _inventory(s3, answer["Body"].read(), found, folder)
    if head.get("ServerSideEncryption", "AES256") != "AES256":
        word = terminal.word(uri)
        raise Refused(
            f"{uri!r} is encrypted with KMS, which a job cannot read in a CSV manifest: "
            f"write it again with `aws s3 cp {word} {word} --sse AES256`."
        )
    path = folder / "manifest.csv"
    downloads.save(answer["Body"], path)
    names, first = first_row.read(path, asked, uri)
    looked = (byte_pass.look(path, uri),)
    return replace(found, files=(path,), fields=names, first_bucket=first, looked=looked)


def _inventory(s3: S3Client, body: bytes, found: Opened, folder: Path) -> Opened:
    try:
        whole = inventory.parse(body)
    except manifest.RefusedError as error:
        raise Refused(f"{found.name!r} is refused: {error}.") from None
    wanted = [(each.key, each.md5) for each in whole.files]
    if not wanted:
        raise Refused(f"{found.name!r} names no data files: the inventory lists no objects.")
    files = tuple(fetching.data_files(s3, found.bucket, wanted, folder))
    names = [f"s3://{found.bucket}/{each.key}" for each in whole.files]
    return replace(
        found,
        files=files,
        fields=whole.fields,
        first_bucket=whole.source_bucket,
        is_inventory=True,
        looked=tuple(map(byte_pass.look_into_gzip, files, names)),
    )


def _md5_of(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(LARGE_PIECE):
            digest.update(piece)
    return digest.hexdigest()
