"""Objects above 5 GiB: one multipart upload, its parts copied by S3 in parallel.

The whole upload copies one content: each part is copied only while the source has the ETag of the
HEAD that came first, so that ETag proves the copy. What fails is aborted: parts that nobody
completes would be paid for.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s3copy import annotation, exists, kept, look, parts, prove
from s3copy.classify import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy.values import RefusedError, Transfer, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3copy.plan import Plan

LOST = "The upload of {target} ended while it was completed: nothing was deleted, try again"


def copy(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Copy (and for a rename delete) the source that `head` describes; return the sentence."""
    look.refuse_suspended(transfer, head.get("VersionId"), "Nothing was copied")
    if transfer.never:
        target = look.at_target(transfer)
        if target is not None:
            return exists.settle(transfer, head, target)
    annotation.check(transfer)
    written = _upload(transfer, head, parts.cut(transfer, head))
    annotation.carry(transfer, head, written)
    prove.finish(transfer, head["ETag"])
    return exists.done(transfer, written.get("VersionId"), lost=annotation.not_carried(transfer))


def _upload(transfer: Transfer, head: Mapping[str, Any], cut: Plan) -> Mapping[str, Any]:
    """Create, fill and complete one upload; return the ETag and VersionId that it made."""
    created = transfer.ask(
        transfer.s3.create_multipart_upload,
        Bucket=transfer.target.bucket,
        Key=transfer.target.key,
        **kept.new_upload(head, _tags(transfer), transfer.options),
    )
    upload = {
        "Bucket": transfer.target.bucket,
        "Key": transfer.target.key,
        "UploadId": created["UploadId"],
        **kept.destination_owner(transfer.options),
    }
    is_complete = False
    try:
        copied = parts.copy_all(transfer, head, cut, upload)
        written = _complete(transfer, head, upload, copied)
        is_complete = True
    finally:
        if not is_complete:
            _abort(transfer, upload)
    return written


def _tags(transfer: Transfer) -> list[dict[str, str]]:
    """Return the source's tags; HEAD's TagCount is left out when the role may not read them."""
    version_id = transfer.source.version_id
    answer = transfer.ask(
        transfer.s3.get_object_tagging,
        Bucket=transfer.source.bucket,
        Key=transfer.source.key,
        **({"VersionId": version_id} if version_id else {}),
        **kept.source_owner(transfer.options),
    )
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in answer["TagSet"]]


def _complete(
    transfer: Transfer,
    head: Mapping[str, Any],
    upload: Mapping[str, Any],
    copied: Sequence[Mapping[str, Any]],
) -> Mapping[str, Any]:
    condition = {"IfNoneMatch": "*"} if transfer.never else {}
    try:
        return transfer.ask(
            transfer.s3.complete_multipart_upload,
            **upload,
            MultipartUpload={"Parts": copied},
            **condition,
        )
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            return _completed_before(transfer, head, copied)
        raise


def _completed_before(
    transfer: Transfer, head: Mapping[str, Any], copied: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the HEAD of the destination if it is this upload: an answer was lost, or retried.

    Raises:
        RefusedError: under "never", another object is there.
        TryAgainError: nothing is there, or "always" may try again.
    """
    target = look.at_target(transfer)
    if target is None:
        raise TryAgainError(LOST.format(target=transfer.target))
    if target["ETag"] == joined_etag(copied) or kept.is_same_object(head, target):
        return target
    if transfer.never:
        raise RefusedError(exists.other_object(transfer, head, target))
    raise TryAgainError(LOST.format(target=transfer.target))


def joined_etag(copied: Sequence[Mapping[str, Any]]) -> str:
    """Return the ETag that S3 gives an upload of these parts: MD5 of their MD5s, dash, count.

    Opaque part ETags (SSE-KMS) make an ETag that no object has.
    """
    try:
        digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in copied)
    except ValueError:
        return ""
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(copied)}"'


def _abort(transfer: Transfer, upload: Mapping[str, Any]) -> None:
    """Abort, even when the time is nearly up; an upload that is gone is what was wanted."""
    try:
        replace(transfer, latest=math.inf).ask(transfer.s3.abort_multipart_upload, **upload)
    except ClientError as error:
        if status_of(error) != NOT_FOUND:
            raise
