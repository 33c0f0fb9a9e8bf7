"""Finds the manifest that a job is submitted with, checks it, and uploads a local one.

Of a manifest that is in S3 already only the first rows are read, however large it is; the service
reads it whole before the first task. A local manifest is read to its end.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import ClientError

from jobs import errors
from jobs.aws.uploads import Uploads
from jobs.errors import Refused
from jobs.formats import inventory, manifest
from jobs.submit.guards import MANIFESTS
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, PutObjectRequestTypeDef

SCHEME = "s3://"
HEAD_OF_MANIFEST = 64 * 1024  # bytes: dozens of rows of the longest keys
PUT_LIMIT = 5 * 1024**3  # bytes of one PutObject (S3 User Guide); its ETag is the MD5


@dataclass(frozen=True, slots=True)
class Source:
    """A manifest that was looked at.

    Attributes:
        manifest: as CreateJob names it; of a local file, where it will be.
        buckets: the buckets that its rows name, as far as it was read.
        path: the local file that is still to be uploaded; None: it is in S3.
    """

    manifest: Manifest
    buckets: frozenset[str]
    path: Path | None = None


def in_s3(s3: S3Client, uri: str, fields: Sequence[str]) -> Source:
    """Return the manifest at `uri`, from a HEAD and a GET of its first bytes.

    Args:
        s3: a client in the job's Region.
        uri: `s3://bucket/key`; a key that ends with `.json` is an inventory's manifest.json.
        fields: what each column holds; empty: found from the number of columns.

    Raises:
        Refused: it is not there, is no manifest, or is encrypted in a way that a job can not read.
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not (manifest.BUCKET.fullmatch(bucket) and key):
        raise Refused(f"{uri!r} is not the place of a manifest: write s3://BUCKET/KEY.")
    head = _head(s3, bucket, key, uri)
    etag = head["ETag"].strip('"')
    if key.endswith(".json"):
        body = s3.get_object(Bucket=bucket, Key=key, IfMatch=head["ETag"])["Body"].read()
        return _inventory(body, Manifest(bucket, key, etag, ()))
    if head.get("ServerSideEncryption", "AES256") != "AES256":
        raise Refused(
            f"{uri!r} is encrypted with KMS, which a job can not read in a CSV manifest: "
            f"write it again with `aws s3 cp {uri} {uri} --sse AES256`."
        )
    rows = _first_rows(s3, bucket, key, head["ETag"])
    names = _fields(rows, fields, uri)
    return Source(Manifest(bucket, key, etag, names), _buckets(io.BytesIO(rows), names, uri))


def in_file(path: Path, bucket: str, fields: Sequence[str]) -> Source:
    """Return the local manifest `path` after reading it whole; `upload` sends it to `bucket`.

    The place in S3 is made of its name and its content, so that the same file is the same manifest.

    Raises:
        Refused: a row would fail the job, or the file is too large for one request.
    """
    if path.suffix == ".json":
        raise Refused(f"{str(path)!r} is local: upload an inventory and give its s3:// place.")
    if not path.stat().st_size:
        raise Refused(f"{str(path)!r} is empty: write a row of bucket and key for each object.")
    if path.stat().st_size > PUT_LIMIT:
        raise Refused(
            f"{str(path)!r} is larger than 5 GiB: upload it with `aws s3 cp --sse AES256` and give "
            "its s3:// place."
        )
    with path.open("rb") as file:
        names = _fields(file.read(HEAD_OF_MANIFEST), fields, str(path))
        file.seek(0)
        buckets = _buckets(file, names, str(path))
        file.seek(0)
        etag = hashlib.file_digest(file, _md5).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem)[:200]
    return Source(Manifest(bucket, f"{MANIFESTS}{stem}-{etag}.csv", etag, names), buckets, path)


def upload_request(place: Manifest, owner: str | None) -> PutObjectRequestTypeDef:
    """Return the PutObject request, without the body, that stores a local manifest at `place`.

    The encryption is said: a bucket whose default is KMS would store what no job can read.

    Args:
        place: where it goes.
        owner: the account that must own the bucket; None: not checked.
    """
    request: PutObjectRequestTypeDef = {
        "Bucket": place.bucket,
        "Key": place.key,
        "ServerSideEncryption": "AES256",
        "ContentMD5": base64.b64encode(bytes.fromhex(place.etag)).decode(),
    }
    if owner:
        request["ExpectedBucketOwner"] = owner
    return request


def upload(s3: S3Client, path: Path, place: Manifest, owner: str | None) -> None:
    """Store the local manifest `path` at `place`; `owner` as in `upload_request`.

    Raises:
        Refused: it was not stored, or the bucket encrypted it in another way than was asked.
    """
    with path.open("rb") as file:
        etag = Uploads(s3).put(**upload_request(place, owner), Body=file)
    if etag != place.etag:
        raise Refused(
            f"The bucket {place.bucket!r} stored the manifest with an ETag of its own, "
            f"{etag}: let the bucket's policy and encryption allow SSE-S3."
        )


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


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
                raise Refused(f"{uri!r} can not be read: SSE-C is not for manifests.") from None
        raise
    if head["ContentLength"] == 0:
        raise Refused(f"{uri!r} is empty: a job needs at least one row.")
    return head


def _first_rows(s3: S3Client, bucket: str, key: str, etag: str) -> bytes:
    """Return the rows that end within the first bytes of an object."""
    wanted = f"bytes=0-{HEAD_OF_MANIFEST - 1}"
    answer = s3.get_object(Bucket=bucket, Key=key, IfMatch=etag, Range=wanted)
    first = answer["Body"].read()
    return first[: first.rfind(b"\n") + 1] or first


def _inventory(body: bytes, place: Manifest) -> Source:
    try:
        return Source(place, frozenset({inventory.parse(body).source_bucket}))
    except manifest.RefusedError as error:
        raise Refused(f"'{SCHEME}{place.bucket}/{place.key}' is refused: {error}.") from None


def _fields(start: bytes, asked: Sequence[str], name: str) -> tuple[str, ...]:
    """Return what each column holds: `asked`, or what two columns always are."""
    if asked:
        return tuple(asked)
    line = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    count = len(next(csv.reader([line]), []))
    if count != 2:  # noqa: PLR2004 - Bucket and Key
        raise Refused(
            f"{name!r} has {count} columns: give --versioned when the third is the version, or "
            "--fields with a name (Bucket, Key, VersionId, Ignore) for each."
        )
    return tuple(manifest.fields(versions=False))


def _buckets(file: BinaryIO, names: Sequence[str], name: str) -> frozenset[str]:
    """Return the buckets of all rows in `file`; refuse what would fail the job."""
    try:
        buckets = frozenset(row.bucket for row in manifest.read(file, names))
    except manifest.RefusedError as error:
        raise Refused(f"{name!r} is refused: {error}.") from None
    if not buckets:
        raise Refused(f"{name!r} is empty: a job needs at least one row.")
    return buckets
