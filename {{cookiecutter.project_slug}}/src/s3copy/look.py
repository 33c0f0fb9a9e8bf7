"""Requests that only look: at the source, at the destination, at the versioning of a bucket."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, status_of
from s3copy import kept
from s3copy.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.client import S3Client

    from s3copy.values import Transfer

SUSPENDED = (
    "{done}: versioning of {bucket!r} is suspended, where a delete could destroy another version "
    "of {source} for good; resume versioning, or copy instead of rename"
)


def at_source(transfer: Transfer, version_id: str | None = None) -> Mapping[str, Any]:
    """Return the HEAD of the source (or of one version of it), checksums included.

    Raises:
        ClientError: also when there is no source (status 404).
    """
    version = {"VersionId": version_id} if version_id else {}
    return transfer.ask(
        transfer.s3.head_object,
        Bucket=transfer.source.bucket,
        Key=transfer.source.key,
        ChecksumMode="ENABLED",
        **version,
        **kept.source_owner(transfer.options),
    )


def at_target(transfer: Transfer) -> Mapping[str, Any] | None:
    """Return the HEAD of the destination, checksums included, or None when nothing is there."""
    try:
        return transfer.ask(
            transfer.s3.head_object,
            Bucket=transfer.target.bucket,
            Key=transfer.target.key,
            ChecksumMode="ENABLED",
            **kept.destination_owner(transfer.options),
        )
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return None
        raise


def refuse_suspended(transfer: Transfer, version_id: str | None, done: str) -> None:
    """SUSP: raise RefusedError when the delete of a rename could destroy the null version.

    In a version-suspended bucket a delete removes the null version for good. A source that has a
    real version id (not absent, not "null") is not that version, so it stays where it is.

    Args:
        transfer: the object on its way.
        version_id: the version that the source's HEAD or the copy's answer named.
        done: what happened so far, for the sentence.
    """
    if not transfer.deletes or not version_id or version_id == "null":
        return
    if _source_versioning(transfer) == "Suspended":
        bucket = transfer.source.bucket
        raise RefusedError(SUSPENDED.format(done=done, bucket=bucket, source=transfer.source))


def check_source_bucket(transfer: Transfer, error: ClientError) -> None:
    """Find out whether the 404 of a HEAD was for the object or for its whole bucket.

    A HEAD's answer has no body, so both are a bare 404; GetBucketVersioning says NoSuchBucket.
    For a directory bucket the session, which comes before the HEAD, says so.

    Raises:
        ClientError: the bucket is missing.
    """
    if error.operation_name == "HeadObject" and not transfer.from_directory:
        _source_versioning(transfer)


def _source_versioning(transfer: Transfer) -> str | None:
    bucket, owner = transfer.source.bucket, transfer.options.source_owner
    return transfer.ask(_versioning, s3=transfer.s3, bucket=bucket, owner=owner)


@lru_cache(maxsize=64)
def _versioning(s3: S3Client, bucket: str, owner: str | None) -> str | None:
    """Return "Enabled", "Suspended" or None; asked once a bucket and process."""
    check = {"ExpectedBucketOwner": owner} if owner else {}
    return s3.get_bucket_versioning(Bucket=bucket, **check).get("Status")
