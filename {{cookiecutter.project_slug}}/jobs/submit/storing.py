"""Stores what a job reads: its manifest, where that is a local file, and the plan for `confirm`."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.aws.uploads import Uploads
from jobs.errors import Refused
from jobs.formats import plan
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.check.source import Opened
    from jobs.submit.preparing import Prepared
    from jobs.submit.request import Job

PUT_LIMIT = 5 * 1024**3  # bytes of one PutObject (S3 User Guide); its ETag is the MD5


def place_of(opened: Opened, jobs_bucket: str) -> Manifest:
    """Return where a manifest is; of a local file, where it will be.

    That place is made of its name and its content: the same file is the same manifest.
    """
    fields = () if opened.is_inventory else opened.fields
    if opened.bucket:
        return Manifest(opened.bucket, opened.key, opened.etag, fields, opened.version_id)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(opened.name).stem)[:200]
    return Manifest(jobs_bucket, f"{plan.FOLDER}{stem}-{opened.etag}.csv", opened.etag, fields)


def store(s3: S3Client, prepared: Prepared) -> Job:
    """Store the manifest, if it is a local file, and its plan; return the job with its version."""
    job, on, found = prepared.job, prepared.job.manifest, prepared.plan
    if not isinstance(on, Manifest):
        return job
    if prepared.path:
        on = upload(s3, prepared.path, on, job.report_owner)
    place = {"uri": f"s3://{on.bucket}/{on.key}", "versionId": on.version_id or None}
    whole = {**found, "manifest": {**found["manifest"], **place, "etag": on.etag}}
    asked = {"Bucket": job.report_bucket, "Key": plan.key(on.key, on.etag)}
    Uploads(s3).put(**asked, **_owned_by(job.report_owner), Body=plan.text(whole).encode())
    return replace(job, manifest=on)


def upload_request(place: Manifest, owner: str | None) -> dict[str, Any]:
    """Return the PutObject request, without the body, that stores a local manifest at `place`.

    It asks for SSE-S3: a bucket whose default is KMS would store what no job can read. `owner`: the
    account that must own the bucket; None: not checked.
    """
    return {
        "Bucket": place.bucket,
        "Key": place.key,
        "ServerSideEncryption": "AES256",
        "ContentMD5": base64.b64encode(bytes.fromhex(place.etag)).decode(),
        **_owned_by(owner),
    }


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
    Uploads(s3).put_in_parts(path, place.bucket, place.key, _owned_by(owner))
    head = s3.head_object(Bucket=place.bucket, Key=place.key)
    if head["ContentLength"] != path.stat().st_size:
        raise Refused(f"{str(path)!r} changed while it was uploaded: submit it again.")
    etag = head["ETag"].strip('"')
    return replace(place, etag=etag, version_id=head.get("VersionId", ""))


def _owned_by(owner: str | None) -> dict[str, str]:
    return {"ExpectedBucketOwner": owner} if owner else {}
