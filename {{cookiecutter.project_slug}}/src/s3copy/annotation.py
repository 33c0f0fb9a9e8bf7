"""Annotations of objects above 5 GiB: CopyObject carries them, a multipart upload does not.

They are written after the upload is complete and before a source is deleted: for a moment the copy
is there without them. A redrive adds what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3copy import kept, sdk
from s3copy.values import COPY_LIMIT, RefusedError, Transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = (
    "This boto3 does not know object annotations, and a copy in parts would drop those of {source} "
    "for good: set annotations=exclude if it has none, or put boto3>=1.43.31 "
    "into src/requirements.txt"
)
NOT_CARRIED = ", without annotations, which this boto3 does not know"


def check(transfer: Transfer) -> None:
    """Raise RefusedError when a rename would delete annotations that nobody can see."""
    if transfer.deletes and _unknown(transfer):
        raise RefusedError(UNKNOWN.format(source=transfer.source))


def carry(transfer: Transfer, head: Mapping[str, Any], target: Mapping[str, Any]) -> None:
    """Give the copy the source's annotations that it lacks; up to 5 GiB CopyObject did so.

    Args:
        transfer: the object on its way.
        head: the HEAD of the source.
        target: the HEAD of the copy, or the answer that completed it: its ETag and VersionId.
    """
    if head["ContentLength"] <= min(transfer.options.multipart_threshold, COPY_LIMIT):
        return
    if transfer.options.annotations == "exclude" or _unknown(transfer):
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


def not_carried(transfer: Transfer) -> str:
    """Return what to add to the sentence of a copy in parts."""
    return NOT_CARRIED if _unknown(transfer) else ""


def _unknown(transfer: Transfer) -> bool:
    wanted = transfer.options.annotations == "copy"
    return wanted and not sdk.knows(transfer.s3, "ListObjectAnnotations")


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
