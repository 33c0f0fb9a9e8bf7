"""Finds a manifest (a file, an object or an inventory) and brings it to this machine, whole.

What is in S3 is read under the ETag that was looked at first, into a folder that the caller
removes; of an inventory every data file, with its MD5.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, terminal
from jobs.aws.clients import connect
from jobs.check import byte_pass
from jobs.errors import Refused
from jobs.formats import inventory, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

    from jobs.check.byte_pass import Bytes

SCHEME = "s3://"
FIRST = 64 * 1024  # bytes, enough for the first line
PIECE = 1024 * 1024
LARGE_PIECE = 16 * PIECE  # of which few wait for other threads
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars"}


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
        first_bucket: the bucket of its first row.
        looked: of each file, what its bytes are; empty: nobody has looked yet.
        inventory_of: the bucket that an inventory lists; empty: it is a CSV manifest.
    """

    name: str
    files: tuple[Path, ...]
    fields: tuple[str, ...]
    etag: str
    size: int
    bucket: str = ""
    key: str = ""
    version_id: str = ""
    inventory_of: str = ""
    first_bucket: str = ""
    looked: tuple[Bytes, ...] = ()

    @property
    def is_inventory(self) -> bool:
        """Its data files are gzipped CSV, and a key's length counts decoded."""
        return bool(self.inventory_of)


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
    if name.startswith(SCHEME):
        return in_s3(connect(region).s3, name, asked, folder)
    return in_file(Path(name), asked)


def refuse_no_file(path: Path) -> None:
    """Refuse a folder, and what can be read only once, such as a pipe. A missing file passes."""
    if path.is_dir():
        raise Refused(f"{str(path)!r} is a folder: give the file in it.")
    if path.exists() and not path.is_file():
        raise Refused(f"{str(path)!r} is no file but a pipe or device: write it to a file first.")


def in_file(path: Path, asked: Sequence[str]) -> Opened:
    """Return the local manifest `path`; `asked`: its columns, or none.

    Raises:
        Refused: it is no file or can be no manifest, or its columns are not known.
    """
    refuse_no_file(path)
    if path.suffix == ".json":
        raise Refused(f"{str(path)!r} is local: upload an inventory and give its s3:// place.")
    with path.open("rb") as file:
        start = file.read(FIRST)
        names = columns(start, asked, str(path))
    with ThreadPoolExecutor(1) as beside:  # each takes about a second for 500 MB
        etag = beside.submit(_md5_of, path)
        looked = byte_pass.look(path)
    return Opened(
        str(path),
        (path,),
        names,
        etag.result(),
        path.stat().st_size,
        first_bucket=_first(start, names),
        looked=(looked,),
    )


def in_s3(s3: S3Client, uri: str, asked: Sequence[str], folder: Path) -> Opened:
    """Return the manifest at `uri`, brought into `folder`.

    Args:
        s3: a client in the job's Region.
        uri: `s3://bucket/key`; a key that ends with `.json` is an inventory's manifest.json.
        asked: its columns; empty: found from their number.
        folder: where it goes.

    Raises:
        Refused: it is not there, is no manifest, or is encrypted in a way that a job cannot read.
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not (manifest.BUCKET.fullmatch(bucket) and key):
        raise Refused(f"{uri!r} is not the place of a manifest: write s3://BUCKET/KEY.")
    head = _head(s3, bucket, key, uri)
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
        raise Refused(
            f"{uri!r} is encrypted with KMS, which a job cannot read in a CSV manifest: "
            f"write it again with `aws s3 cp {uri} {uri} --sse AES256`."
        )
    path = folder / "manifest.csv"
    _save(answer["Body"], path)
    with path.open("rb") as file:
        start = file.read(FIRST)
    names = columns(start, asked, uri)
    return replace(found, files=(path,), fields=names, first_bucket=_first(start, names))


def columns(start: bytes, asked: Sequence[str], name: str) -> tuple[str, ...]:
    """Return what each column holds: `asked`, or what two columns always are.

    Raises:
        Refused: there are not two, and none were asked for.
    """
    byte_pass.refuse_other_file(start, name)
    line = _first_line(start)
    count = len(_cells(line)) if b"\0" not in start else 0
    if asked or count in {0, 2}:  # 0: no text at all, which the rules say
        return tuple(asked or manifest.COLUMNS[:2])
    if count == 1:
        raise Refused(_one_column(line, name))
    raise Refused(
        f"{name!r} has {count} columns: give --versioned when the third is the version, or "
        "--fields with a name (Bucket, Key, VersionId, Ignore) for each."
    )


def _first_line(start: bytes) -> str:
    whole = start.removeprefix(codecs.BOM_UTF8).split(b"\n", 1)[0]
    return whole.split(b"\r", 1)[0].decode("utf-8", "replace")


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


def _first(start: bytes, names: Sequence[str]) -> str:
    """Return the bucket of the first row; empty where there is none."""
    cells = dict(zip(names, _cells(_first_line(start)), strict=False))
    return cells.get("Bucket", "")


def _one_column(line: str, name: str) -> str:
    file = terminal.word(name)
    copy = ""
    if name.startswith(SCHEME):  # manifest would list what is below it
        file = terminal.word(name.rpartition("/")[2])
        copy = f"fetch it with `aws s3 cp {terminal.word(name)} .`, "
    cure = f"{copy}python -m jobs manifest {file} reads those."
    if line.startswith(SCHEME):
        return f"{name!r} has one column, of {SCHEME} places: {cure}"
    found = [words for separator, words in SEPARATORS.items() if separator in line]
    words = found[0] if found else "tabs or semicolons"
    return f"{name!r} has one column: is it separated by {words}? {cure}"


def _head(s3: S3Client, bucket: str, key: str, uri: str) -> HeadObjectOutputTypeDef:
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        match errors.code(error):  # the answer to a HEAD has no body, hence no other code
            case "404":
                raise Refused(f"{uri!r} does not exist.") from None
            case "403":
                raise Refused(f"{uri!r} may not be read: it needs s3:GetObject.") from None
            case "400":
                raise Refused(f"{uri!r} cannot be read: SSE-C is not for manifests.") from None
        raise
    if head["ContentLength"] == 0:
        raise Refused(f"{uri!r} is empty: a job needs at least one row.")
    return head


def _inventory(s3: S3Client, body: bytes, found: Opened, folder: Path) -> Opened:
    try:
        whole = inventory.parse(body)
    except manifest.RefusedError as error:
        raise Refused(f"{found.name!r} is refused: {error}.") from None
    wanted = [(each.key, each.md5) for each in whole.files]
    if not wanted:
        raise Refused(f"{found.name!r} names no data files: the inventory lists no objects.")
    files = tuple(data_files(s3, found.bucket, wanted, folder))
    return replace(
        found,
        files=files,
        fields=whole.fields,
        inventory_of=whole.source_bucket,
        first_bucket=whole.source_bucket,
    )


def data_files(
    s3: S3Client, bucket: str, wanted: Sequence[tuple[str, str]], folder: Path
) -> Iterator[Path]:
    """Bring the (key, MD5) of an inventory into `folder`; yield each file.

    Raises:
        Refused: a file is not what manifest.json promises.
    """
    for number, (key, md5) in enumerate(wanted):
        path = folder / f"{number:06}{'.csv.gz' if key.endswith('.gz') else ''}"
        digest = _save(s3.get_object(Bucket=bucket, Key=key)["Body"], path)
        if digest != md5:
            raise Refused(
                f"'{SCHEME}{bucket}/{key}' is not what manifest.json promises (MD5 {digest}, "
                f"not {md5}): let S3 write the inventory anew."
            )
        yield path


def _save(body: StreamingBody, path: Path) -> str:
    """Write a body to `path`; return its MD5."""
    digest = _md5()
    try:
        with path.open("xb") as file:
            for chunk in body.iter_chunks(PIECE):
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        free = shutil.disk_usage(path.parent).free
        raise Refused(
            f"{str(path)!r} cannot be written ({error}): {free} bytes are free."
        ) from None
    return digest.hexdigest()


def _md5_of(path: Path) -> str:
    digest = _md5()
    with path.open("rb") as file:
        while piece := file.read(LARGE_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)
