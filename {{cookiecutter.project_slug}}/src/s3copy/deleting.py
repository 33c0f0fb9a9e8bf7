"""SUSP, DELETE, PROVE, FINISH: the one place that may delete, and what it wants to know before.

A source is deleted only while it is what was copied, and never by a VersionId. An `IfMatch` that
holds proves the content: it compares the ETag of the current version. It says nothing about
metadata and tags; S3 has no condition for those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, code_of, status_of
from s3copy import comparing, messages, requests, s3_errors
from s3copy.values import NO_OBJECT, RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

# Other codes come with the same statuses: clock skew and lost credentials are a 403, too.
DENIED = frozenset({"AccessDenied", "AllAccessDisabled"})


def refuse_suspended(transfer: Transfer, version_id: str | None, done: str) -> None:
    """SUSP: raise RefusedError when the delete of a rename could destroy the null version.

    In a version-suspended bucket a delete removes the null version for good. A source that has a
    real version id (not absent, not "null") is not that version, so it stays where it is.
    `version_id` is what the source's HEAD or the copy's answer named; `done` goes to the sentence.
    """
    if not transfer.deletes or not version_id or version_id == "null":
        return
    if requests.source_versioning(transfer) == "Suspended":
        raise RefusedError(messages.suspended(transfer, done))


def delete_copied(transfer: Transfer, copied: Mapping[str, Any]) -> None:
    """DELETE: delete the source that `copied` (the answer of CopyObject) is a copy of.

    Raises:
        RefusedError: copied, and not deleted; the sentence says why.
        ClientError: 404 too, when another delivery or program removed the source or the copy.
        TryAgainError: the source is no longer what was copied, and was kept.
    """
    refuse_suspended(transfer, copied.get("CopySourceVersionId"), messages.COPIED_ONLY)
    # Under KMS an ETag is opaque: the copy's is never the source's.
    by_kms = copied.get("ServerSideEncryption", "").startswith("aws:kms")
    if by_kms or not _delete(transfer, copied["CopyObjectResult"]["ETag"]):
        _prove(transfer, copied)


def _prove(transfer: Transfer, copied: Mapping[str, Any]) -> None:
    """PROVE: find the ETag under which the source is known to be what was copied, then finish."""
    version_id = copied.get("CopySourceVersionId")
    is_fixed = version_id is not None and version_id != "null"
    try:
        head = requests.head_source(transfer, version_id if is_fixed else None)
    except ClientError as error:
        if status_of(error) == NOT_FOUND and is_fixed:
            # Another program removed this very version; what is under the name now is not ours.
            raise TryAgainError(messages.named(messages.KEPT, transfer)) from error
        raise
    # A version never changes: it is exactly what was copied.
    if not is_fixed and not comparing.share_checksum(head, copied["CopyObjectResult"]):
        _copy_again(transfer, head["ETag"], copied["CopyObjectResult"]["ETag"])
    finish(transfer, head["ETag"])


def _copy_again(transfer: Transfer, source_etag: str, copy_etag: str) -> None:
    """Copy what the source is now, only over our own copy: the ETag is then known to be copied."""
    try:
        requests.copy_object(transfer, CopySourceIfMatch=source_etag, IfMatch=copy_etag)
    except ClientError as error:
        if status_of(error) == PRECONDITION_FAILED:
            raise TryAgainError(messages.named(messages.KEPT, transfer)) from error
        raise


def finish(transfer: Transfer, etag: str) -> None:
    """FINISH: a rename deletes the source if it still has the ETag that was proven to be copied."""
    if transfer.deletes and not _delete(transfer, etag):
        raise TryAgainError(messages.named(messages.KEPT, transfer))


def _delete(transfer: Transfer, etag: str) -> bool:
    """Delete the source while its current version has this ETag; True when it is gone."""
    try:
        requests.delete_source(transfer, etag)
    except ClientError as error:
        if code_of(error) in DENIED:
            raise RefusedError(s3_errors.delete_denied(error, transfer)) from error
        if status_of(error) == PRECONDITION_FAILED:
            return False
        if code_of(error) not in NO_OBJECT:  # a missing bucket is a 404, too
            raise
    return True
