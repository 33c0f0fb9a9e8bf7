"""What a copy keeps: the parameters of CopyObject and of CreateMultipartUpload, side by side.

CopyObject carries content headers, metadata, tags, annotations and the checksum's algorithm by
itself; a multipart upload carries nothing, so all of it is sent again. Neither carries the ACL, the
website redirect, Object Lock, the storage class and the encryption: the destination bucket's
defaults and the settings decide, the same on both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from s3copy import sdk
from s3copy.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Options, Transfer

CONTENT_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
)
CHECKSUM = "Checksum"
FULL_OBJECT = "FULL_OBJECT"
# Only these can be computed over a whole object that arrives in parts (S3 User Guide,
# checking-object-integrity).
WHOLE_IN_PARTS = frozenset({"CRC32", "CRC32C", "CRC64NVME"})


def destination(options: Options) -> dict[str, Any]:
    """Return what a deployment sets for every copy, whatever its size."""
    wanted: dict[str, Any] = {}
    if options.kms_key_arn:
        wanted |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": options.kms_key_arn}
    if options.storage_class:
        wanted["StorageClass"] = options.storage_class
    if options.destination_owner:
        wanted["ExpectedBucketOwner"] = options.destination_owner
    return wanted


def copy_object(transfer: Transfer) -> dict[str, Any]:
    """Return the parameters of a CopyObject, its conditions excepted."""
    wanted = {
        "Bucket": transfer.target.bucket,
        "Key": transfer.target.key,
        **copy_source(transfer),
        **destination(transfer.options),
    }
    excluded = transfer.options.annotations == "exclude"
    if excluded and sdk.knows(transfer.s3, "CopyObject", "AnnotationDirective"):
        wanted["AnnotationDirective"] = "EXCLUDE"
    return wanted


def copy_source(transfer: Transfer) -> dict[str, Any]:
    """Return the parameters that name the source of CopyObject and UploadPartCopy."""
    source = transfer.source
    named = {"Bucket": source.bucket, "Key": source.key}
    if source.version_id:
        named["VersionId"] = source.version_id
    wanted: dict[str, Any] = {"CopySource": named}
    if transfer.options.source_owner:
        wanted["ExpectedSourceBucketOwner"] = transfer.options.source_owner
    return wanted


def source_owner(options: Options) -> dict[str, str]:
    """Return the owner check for a request to the source bucket itself."""
    return {"ExpectedBucketOwner": options.source_owner} if options.source_owner else {}


def destination_owner(options: Options) -> dict[str, str]:
    """Return the owner check for a request to the destination bucket."""
    return {"ExpectedBucketOwner": options.destination_owner} if options.destination_owner else {}


def new_upload(
    head: Mapping[str, Any], tags: list[dict[str, str]], options: Options
) -> dict[str, Any]:
    """Return the parameters that make a multipart upload carry what CopyObject carries.

    Raises:
        RefusedError: the source has something that a multipart upload cannot carry.
    """
    _check_can_carry(head)
    wanted = {name: head[name] for name in (*CONTENT_HEADERS, "Expires") if head.get(name)}
    wanted["Metadata"] = dict(head.get("Metadata", {}))
    if tags:
        wanted["Tagging"] = urlencode([(tag["Key"], tag["Value"]) for tag in tags])
    for algorithm in checksums(head):
        wanted["ChecksumAlgorithm"] = algorithm
        if algorithm in WHOLE_IN_PARTS:
            wanted["ChecksumType"] = FULL_OBJECT
    return wanted | destination(options)


def _check_can_carry(head: Mapping[str, Any]) -> None:
    if head.get("MissingMeta"):
        raise RefusedError(
            f"{head['MissingMeta']} metadata entries of the source cannot be read over HTTP, and a "
            "copy in parts would drop them: rewrite its metadata first"
        )
    if head.get("ExpiresString") and not head.get("Expires"):
        raise RefusedError(
            f"The source's Expires header {head['ExpiresString']!r} is not a date, and a copy in "
            "parts would drop it: rewrite its metadata first"
        )


def checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums in an answer by algorithm, such as {"CRC64NVME": "AAAA..."}."""
    return {
        name.removeprefix(CHECKSUM): value
        for name, value in answer.items()
        if name.startswith(CHECKSUM) and name not in {"ChecksumType", "ChecksumAlgorithm"}
    }


def whole_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums that were computed over the whole object, not over its parts."""
    return checksums(answer) if answer.get("ChecksumType") == FULL_OBJECT else {}


def share_checksum(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True when both have a whole-object checksum of one algorithm, and it is equal."""
    return bool(whole_checksums(one).items() & whole_checksums(other).items())


def is_same_content(source: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    """Return True when two HEAD answers prove one content."""
    return bool(
        source["ContentLength"] == target["ContentLength"]
        and (source["ETag"] == target["ETag"] or share_checksum(source, target))
    )


def differing(
    transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]
) -> list[str]:
    """Return the names of what two HEAD answers say differently, the content excepted.

    A copy into a directory bucket leaves the tags behind, so they are no difference there.
    """
    ours, theirs = _described(source), _described(target)
    if transfer.into_directory and not transfer.deletes:
        del ours["Tags"]
    return [name for name in ours if ours[name] != theirs[name]]


def _described(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a HEAD says about an object besides its content."""
    said = {name: head.get(name) for name in (*CONTENT_HEADERS, "Expires", "ExpiresString")}
    return said | {"Metadata": head.get("Metadata") or {}, "Tags": head.get("TagCount") or 0}
