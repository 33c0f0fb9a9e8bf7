"""The manifest that a job is submitted with: where it is or will be in S3, and its upload."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.aws import uris
from jobs.aws.uploads import Uploads
from jobs.check import source
from jobs.errors import Refused
from jobs.submit.guards import MANIFESTS
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

    from jobs.check.source import Opened
    from jobs.submit.options import Wish

SCHEME = uris.SCHEME
PUT_LIMIT = 5 * 1024**3  # bytes of one PutObject (S3 User Guide); its ETag is the MD5


@dataclass(frozen=True, slots=True)
class Source:
    """A manifest that was looked at.

    Attributes:
        manifest: as CreateJob names it; of a local file, where it will be.
        buckets: the bucket that its rows name.
        path: the local file that is still to be uploaded; None: it is in S3.
    """

    manifest: Manifest
    buckets: frozenset[str]
    path: Path | None = None


def find(s3: S3Client, wish: Wish, folder: Path) -> Opened:
    """Return the manifest that was asked for, brought into `folder` where it is in S3.

    Raises:
        Refused: it is not there, or can be no manifest.
    """
    fields = source.fields(asked=wish.fields, versioned=wish.versioned)
    if wish.manifest.startswith(SCHEME):
        return source.in_s3(s3, wish.manifest, fields, folder)
    return source.in_file(Path(wish.manifest), fields)


def of(opened: Opened, jobs_bucket: str) -> Source:
    """Return where the manifest is or will be.

    The place of a local one is made of its name and its content, so that the same file is the same
    manifest.
    """
    buckets = frozenset({opened.first_bucket})
    fields = () if opened.is_inventory else opened.fields
    if opened.bucket:
        place = Manifest(opened.bucket, opened.key, opened.etag, fields, opened.version_id)
        return Source(place, buckets)
    path = Path(opened.name)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem)[:200]
    place = Manifest(jobs_bucket, f"{MANIFESTS}{stem}-{opened.etag}.csv", opened.etag, fields)
    return Source(place, buckets, path)


def upload_request(place: Manifest, owner: str | None) -> PutObjectRequestTypeDef:
    """Return the PutObject request, without the body, that stores a local manifest at `place`.

    It asks for SSE-S3: a bucket whose default is KMS would store what no job can read.

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


def upload(s3: S3Client, path: Path, place: Manifest, owner: str | None) -> Manifest:
    """Store the local manifest `path` at `place`; return it with its ETag and version.

    Above 5 GiB it goes up in parts, and its ETag is then no MD5. `owner` as in `upload_request`.

    Raises:
        Refused: it was not stored, the bucket encrypted it in another way than was asked, or the
            file has changed.
    """
    if path.stat().st_size > PUT_LIMIT:
        return _upload_in_parts(s3, path, place, owner)
    with path.open("rb") as file:
        stored = Uploads(s3).put(**upload_request(place, owner), Body=file)
    if stored.etag != place.etag:
        raise Refused(
            f"The bucket {place.bucket!r} stored the manifest with an ETag of its own, "
            f"{stored.etag}: let the bucket's policy and encryption allow SSE-S3."
        )
    return replace(place, version_id=stored.version_id)


def _upload_in_parts(s3: S3Client, path: Path, place: Manifest, owner: str | None) -> Manifest:
    Uploads(s3).put_in_parts(
        path, place.bucket, place.key, {"ExpectedBucketOwner": owner} if owner else {}
    )
    head = s3.head_object(Bucket=place.bucket, Key=place.key)
    if head["ContentLength"] != path.stat().st_size:
        raise Refused(f"{str(path)!r} changed while it was uploaded: submit it again.")
    etag = head["ETag"].strip('"')
    return replace(place, etag=etag, version_id=head.get("VersionId", ""))
