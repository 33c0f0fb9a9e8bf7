"""DELETE, PROVE, FINISH: a source is deleted only while it is what was copied. Never a VersionId.

An `IfMatch` that holds proves the content: it compares the ETag of the current version. It says
nothing about metadata and tags; S3 has no condition for those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import kept, look
from s3copy.failures import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

KEPT = "{source} changed after it was copied and was kept: try again"
NOT_DELETED = (
    "Copied to {target}, but S3 denied the delete of {source} ({message}): allow s3:DeleteObject "
    "and s3:GetObject on it, and check Object Lock"
)
COPIED_ONLY = "Copied, not deleted"


def delete_copied(transfer: Transfer, copied: Mapping[str, Any]) -> None:
    """Delete the source that `copied` (the answer of CopyObject) is a copy of.

    Raises:
        RefusedError: copied, and not deleted; the sentence says why.
        ClientError: 404 too, when another delivery or program removed the source or the copy.
        TryAgainError: the source is no longer what was copied, and was kept.
    """
    look.refuse_suspended(transfer, copied.get("CopySourceVersionId"), COPIED_ONLY)
    result = copied["CopyObjectResult"]
    # Under KMS an ETag is opaque: the copy's is never the source's.
    by_kms = copied.get("ServerSideEncryption", "").startswith("aws:kms")
    if by_kms or not _delete(transfer, result["ETag"]):
        _prove(transfer, copied)


def finish(transfer: Transfer, etag: str) -> None:
    """FINISH: delete the source if it still has the ETag that the copy was proven against."""
    if transfer.deletes and not _delete(transfer, etag):
        raise TryAgainError(KEPT.format(source=transfer.source))


def _delete(transfer: Transfer, etag: str) -> bool:
    """Delete the source while its current version has this ETag; True when it is gone."""
    try:
        transfer.ask(
            transfer.s3.delete_object,
            Bucket=transfer.source.bucket,
            Key=transfer.source.key,
            IfMatch=etag,
            **kept.source_owner(transfer.options),
        )
    except ClientError as error:
        status = status_of(error)
        if status == FORBIDDEN:
            message = error.response["Error"].get("Message", "no message")
            raise RefusedError(
                NOT_DELETED.format(target=transfer.target, source=transfer.source, message=message)
            ) from error
        if status in {NOT_FOUND, PRECONDITION_FAILED}:
            return status == NOT_FOUND
        raise
    return True


def _prove(transfer: Transfer, copied: Mapping[str, Any]) -> None:
    """PROVE: find the ETag under which the source is known to be what was copied, then finish."""
    version_id = copied.get("CopySourceVersionId")
    is_fixed = version_id is not None and version_id != "null"
    try:
        head = look.at_source(transfer, version_id if is_fixed else None)
    except ClientError as error:
        if status_of(error) != NOT_FOUND:
            raise
        if is_fixed:
            # Another program removed this very version; what is under the name now is not ours.
            raise TryAgainError(KEPT.format(source=transfer.source)) from error
        return
    # A version never changes: it is exactly what was copied.
    if not is_fixed and not kept.share_checksum(head, copied["CopyObjectResult"]):
        _copy_again(transfer, head["ETag"], copied["CopyObjectResult"]["ETag"])
    finish(transfer, head["ETag"])


def _copy_again(transfer: Transfer, source_etag: str, copy_etag: str) -> None:
    """Copy what the source is now, only over our own copy: the ETag is then known to be copied."""
    try:
        transfer.ask_long(
            transfer.s3.copy_object,
            **kept.copy_object(transfer),
            CopySourceIfMatch=source_etag,
            IfMatch=copy_etag,
        )
    except ClientError as error:
        if status_of(error) == PRECONDITION_FAILED:
            raise TryAgainError(KEPT.format(source=transfer.source)) from error
        raise
