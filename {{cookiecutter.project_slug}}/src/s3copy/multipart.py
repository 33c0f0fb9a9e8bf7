"""Objects above 5 GiB: one multipart upload, its parts copied by S3 in parallel.

The whole upload copies one content: each part is copied only while the source has the ETag of the
HEAD that came first, so that ETag proves the copy. What fails is aborted: parts that nobody
completes would be paid for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import annotation, exists, kept, look, lost, parts, prove
from s3copy.failures import RefusedError, TryAgainError
from s3copy.sentences import after_copy, explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3copy.plan import Plan
    from s3copy.values import Transfer

LOST = "The upload of {target} ended while it was completed: nothing was deleted, try again"
STAYS_OPEN = (
    "{failure}; besides, its upload could not be aborted and is paid for until a lifecycle rule "
    "aborts it ({why})"
)


def copy(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Copy (and for a rename delete) the source that `head` describes; return the sentence."""
    look.refuse_suspended(transfer, head.get("VersionId"), "Nothing was copied")
    lost.refuse(transfer, head)
    if transfer.never:
        target = look.at_target(transfer)
        if target is not None:
            return exists.settle(transfer, head, target)
    annotation.check(transfer)
    try:
        tags = _tags(transfer)
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return exists.vanished(transfer, error)
        raise
    written = _upload(transfer, head, tags, parts.cut(transfer, head))
    with after_copy(transfer):
        annotation.carry(transfer, head, written)
        prove.finish(transfer, head["ETag"])
    return exists.done(transfer, written.get("VersionId"), lost.said(transfer, head))


def _upload(
    transfer: Transfer, head: Mapping[str, Any], tags: list[dict[str, str]], cut: Plan
) -> Mapping[str, Any]:
    """Create, fill and complete one upload; return the ETag and VersionId that it made."""
    created = transfer.ask(
        transfer.s3.create_multipart_upload,
        Bucket=transfer.target.bucket,
        Key=transfer.target.key,
        **kept.new_upload(head, tags, transfer.options),
    )
    upload = {
        "Bucket": transfer.target.bucket,
        "Key": transfer.target.key,
        "UploadId": created["UploadId"],
        **kept.destination_owner(transfer.options),
    }
    try:
        copied = parts.copy_all(transfer, head, cut, upload)
        return _complete(transfer, head, upload, copied)
    except Exception as error:
        _abort(transfer, upload, error)
        raise


def _tags(transfer: Transfer) -> list[dict[str, str]]:
    """Return the source's tags; HEAD's TagCount is left out when the role may not read them.

    Directory buckets hold none, and know no GetObjectTagging.
    """
    if transfer.from_directory or transfer.into_directory:
        return []
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
        return transfer.ask_long(
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
    # The same parts make the same ETag, whoever uploaded them: the description must be ours too.
    same = target["ETag"] == joined_etag(copied) or kept.is_same_content(head, target)
    if same and not kept.differing(transfer, head, target):
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


def _abort(transfer: Transfer, upload: Mapping[str, Any], failed: Exception) -> None:
    """Abort, even when the time is nearly up; an upload that is gone is what was wanted.

    Raises:
        RefusedError or TryAgainError: the abort failed too: `failed`, and this besides.
    """
    try:
        transfer.for_the_abort().ask_long(transfer.s3.abort_multipart_upload, **upload)
    except (ClientError, BotoCoreError, TryAgainError) as error:
        if isinstance(error, ClientError) and status_of(error) == NOT_FOUND:
            return
        failure = explain(failed, transfer)
        why = explain(error, transfer)
        raise type(failure)(STAYS_OPEN.format(failure=failure, why=why)) from failed
