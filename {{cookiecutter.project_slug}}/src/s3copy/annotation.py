"""Annotations of objects above 5 GiB: CopyObject carries them, a multipart upload does not.

They are written after the upload is complete and before a source is deleted: for a moment the copy
is there without them. A redrive adds what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3copy import kept, sdk
from s3copy.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

UNKNOWN = (
    "This boto3 does not know object annotations, and a copy in parts would drop those of {source} "
    "for good: set annotations=exclude if it has none, or put boto3>=1.43.31 "
    "into src/requirements.txt"
)


def check(transfer: Transfer) -> None:
    """Raise RefusedError when a rename would delete annotations that nobody can see."""
    if transfer.deletes and are_unknown(transfer):
        raise RefusedError(UNKNOWN.format(source=transfer.source))


def carry(transfer: Transfer, head: Mapping[str, Any], target: Mapping[str, Any]) -> None:
    """Give the copy the source's annotations that it lacks; up to 5 GiB CopyObject did so.

    Args:
        transfer: the object on its way.
        head: the HEAD of the source.
        target: the HEAD of the copy, or the answer that completed it: its ETag and VersionId.

    Raises:
        RefusedError: a rename would delete annotations that nobody can see.
    """
    if not (transfer.in_parts(head) and _are_wanted(transfer)):
        return
    check(transfer)
    if are_unknown(transfer):
        return
    at_source, at_target = _source(transfer), _target(transfer, target)
    names = _names(transfer, at_source)
    missing = names - _names(transfer, at_target) if names else names
    for name in sorted(missing):
        answer = transfer.ask(transfer.s3.get_object_annotation, **at_source, AnnotationName=name)
        transfer.ask(
            transfer.s3.put_object_annotation,
            **at_target,
            AnnotationName=name,
            AnnotationPayload=answer["AnnotationPayload"].read(),
            ObjectIfMatch=target["ETag"],
        )


def are_unknown(transfer: Transfer) -> bool:
    """Return True when there may be annotations that this boto3 can neither see nor carry."""
    return _are_wanted(transfer) and not sdk.knows(transfer.s3, "ListObjectAnnotations")


def _are_wanted(transfer: Transfer) -> bool:
    """Return False where there are none: directory buckets have no annotations."""
    by_directory = transfer.from_directory or transfer.into_directory
    return transfer.options.annotations == "copy" and not by_directory


def _source(transfer: Transfer) -> dict[str, Any]:
    source = transfer.source
    version = {"VersionId": source.version_id} if source.version_id else {}
    owner = kept.source_owner(transfer.options)
    return {"Bucket": source.bucket, "Key": source.key, **version, **owner}


def _target(transfer: Transfer, target: Mapping[str, Any]) -> dict[str, Any]:
    version = {"VersionId": target["VersionId"]} if target.get("VersionId") else {}
    owner = kept.destination_owner(transfer.options)
    return {"Bucket": transfer.target.bucket, "Key": transfer.target.key, **version, **owner}


def _names(transfer: Transfer, where: Mapping[str, Any]) -> set[str]:
    """Return the names of an object's annotations: 1,000 at most, in pages."""
    names: set[str] = set()
    token: dict[str, str] = {}
    while True:
        page = transfer.ask(transfer.s3.list_object_annotations, **where, **token)
        names |= {one["AnnotationName"] for one in page.get("Annotations", [])}
        if not page.get("NextContinuationToken"):
            return names
        token = {"ContinuationToken": page["NextContinuationToken"]}
