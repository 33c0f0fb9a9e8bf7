"""What S3 checks before it answers: owners, conditions, versions; and how it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from fakes3.store import Store, Version

ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}


def error(operation: str, status: int, code: str, **headers: str) -> ClientError:
    """Return what botocore raises for this answer; a HEAD has no body, so only its status."""
    if operation == "HeadObject":
        code = str(status)
    answer: Any = {
        "Error": {"Code": code, "Message": f"the fake says {code}"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return ClientError(answer, operation)


def check_owner(store: Store, operation: str, bucket: str, owner: object) -> None:
    if bucket not in store.buckets:
        raise error(operation, 404, "NoSuchBucket")
    if owner is not None and store.buckets[bucket].owner != owner:
        raise error(operation, 403, "AccessDenied")


def read(store: Store, operation: str, bucket: str, key: str, version_id: str | None) -> Version:
    """Return a readable version, or raise as S3 does for HEAD and for the source of a copy."""
    found = store.find(bucket, key, version_id)
    if found is None:
        raise error(operation, 404, "NoSuchVersion" if version_id else "NoSuchKey")
    if found.is_marker and version_id is None:
        raise error(operation, 404, "NoSuchKey", **{"x-amz-delete-marker": "true"})
    if found.is_marker and operation == "HeadObject":
        raise error(operation, 405, "MethodNotAllowed", **{"x-amz-delete-marker": "true"})
    if found.is_marker:
        raise error(operation, 400, "InvalidRequest")
    return found


def shown_id(store: Store, bucket: str, version: Version) -> dict[str, str]:
    """Return the VersionId of an answer: none in a bucket that never had versioning."""
    return {} if store.buckets[bucket].versioning is None else {"VersionId": version.version_id}


def sums(version: Version) -> dict[str, str]:
    if version.checksum is None:
        return {}
    algorithm, value, kind = version.checksum
    return {f"Checksum{algorithm}": value, "ChecksumType": kind}


def source(store: Store, operation: str, given: dict[str, Any]) -> Version:
    """Return the source of CopyObject or UploadPartCopy after S3's checks of it."""
    named = given["CopySource"]
    check_owner(store, operation, named["Bucket"], given.get("ExpectedSourceBucketOwner"))
    found = read(store, operation, named["Bucket"], named["Key"], named.get("VersionId"))
    if found.sse == "SSE-C":
        raise error(operation, 400, "InvalidRequest")
    if found.storage_class in ARCHIVED:
        raise error(operation, 403, "ObjectNotInActiveTierError")
    if given.get("CopySourceIfMatch") not in {None, found.etag}:
        raise error(operation, 412, "PreconditionFailed")
    return found


def check_destination(store: Store, operation: str, given: dict[str, Any]) -> None:
    """Apply IfNoneMatch and IfMatch to what is at the destination now."""
    there = store.current(given["Bucket"], given["Key"])
    if given.get("IfNoneMatch") == "*" and there:
        raise error(operation, 412, "PreconditionFailed")
    if "IfMatch" in given and there is None:
        raise error(operation, 404, "NoSuchKey")
    if there and given.get("IfMatch") not in {None, there.etag}:
        raise error(operation, 412, "PreconditionFailed")


def encryption(store: Store, given: dict[str, Any]) -> str:
    kms = store.buckets[given["Bucket"]].kms
    return str(given.get("ServerSideEncryption") or ("aws:kms" if kms else "AES256"))
