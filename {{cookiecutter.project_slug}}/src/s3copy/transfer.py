"""COPY and HEADFIRST: the way of one object; `exists`, `prove` and `multipart` take over from here.

The protocol, step by step and why, is in the README of this project; the names in capitals are its.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, code_of, status_of
from s3copy import clock, directory, exists, guard, kept, look, lost, multipart, prove
from s3copy.failures import RefusedError, TryAgainError
from s3copy.sentences import after_copy, explain
from s3copy.values import COPY_LIMIT, Options, Source, Target, Transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.client import S3Client

CHANGED = "{source} changed while it was copied: nothing was deleted, try again"
NOT_CURRENT = (
    "{source} is not the current version, and a rename would delete another one: nothing was done; "
    "copy it, or list the current version"
)


def copy(s3: S3Client, source: Source, target: Target, options: Options, deadline: float) -> str:
    """Copy one object of up to 50 TB and return what happened, in one sentence.

    Args:
        s3: the client of `client(options)`.
        source: the object, in any version.
        target: the new name, in a general purpose or a directory bucket.
        options: the settings of the deployment, narrowed by the job.
        deadline: when the function ends, in seconds of `time.monotonic()`.

    Raises:
        RefusedError: final; nothing was written, unless the sentence says so.
        TryAgainError: a later delivery can succeed.
        botocore.exceptions.BotoCoreError: no answer came.
    """
    return _run(s3, source, target, options, deadline, deletes=False)


def rename(s3: S3Client, source: Source, target: Target, options: Options, deadline: float) -> str:
    """Copy one object, prove the copy, delete the source; the rest is as for `copy`.

    The delete never names a version: in a versioned bucket the old versions stay under a delete
    marker, elsewhere the delete is final.
    """
    return _run(s3, source, target, options, deadline, deletes=True)


def _run(  # noqa: PLR0913 - the public functions' five values and what tells them apart
    s3: S3Client,
    source: Source,
    target: Target,
    options: Options,
    deadline: float,
    *,
    deletes: bool,
) -> str:
    now = time.monotonic()
    latest = clock.latest_start(now, deadline)
    transfer = Transfer(s3, source, target, options, latest, deletes, deadline)
    guard.check(transfer, deadline - now)
    try:
        if directory.can_rename(transfer):
            return directory.rename(transfer)
        if _looks_first(transfer):
            return _head_first(transfer)
        return _copy_first(transfer)
    except ClientError as error:
        return _skipped(transfer, error)


def _skipped(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence of a source that is not there, where that counts as done; or raise."""
    try:
        if transfer.options.missing == "skip" and exists.is_missing(transfer, error):
            return exists.SKIPPED.format(source=transfer.source)
    except ClientError as other:
        raise explain(other, transfer) from other
    raise explain(error, transfer) from error


def _looks_first(transfer: Transfer) -> bool:
    options = transfer.options
    return (
        options.head_first
        or options.multipart_threshold < COPY_LIMIT
        or (transfer.deletes and transfer.source.version_id is not None)
        or directory.is_involved(transfer)
    )


def _copy_first(transfer: Transfer) -> str:
    """COPY: one CopyObject; everything else only when S3 refuses it, or to delete the source."""
    try:
        answer = transfer.ask_long(
            transfer.s3.copy_object, **kept.copy_object(transfer), **_unless_there(transfer)
        )
    except ClientError as error:
        return _refused(transfer, error)
    if transfer.deletes:
        return _delete_copied(transfer, answer)
    return exists.done(transfer, answer.get("VersionId"))


def _delete_copied(transfer: Transfer, answer: Mapping[str, Any]) -> str:
    with after_copy(transfer):
        try:
            prove.delete_copied(transfer, answer)
        except ClientError as error:
            if status_of(error) == NOT_FOUND:
                return exists.finished(transfer, error)
            raise
    return exists.done(transfer, answer.get("VersionId"))


def _unless_there(transfer: Transfer) -> dict[str, str]:
    return {"IfNoneMatch": "*"} if transfer.never else {}


def _refused(transfer: Transfer, error: ClientError) -> str:
    """Return what the refusal of the first CopyObject turns out to mean, or raise."""
    status = status_of(error)
    if status == NOT_FOUND and transfer.deletes:
        return exists.gone(transfer, error)
    if status == PRECONDITION_FAILED and transfer.never:
        return exists.compare(transfer)
    if code_of(error) == "InvalidRequest":
        # By size, never by the text of the message.
        try:
            head = look.at_source(transfer, transfer.source.version_id)
        except ClientError as missing:
            if status_of(missing) == NOT_FOUND:
                return exists.vanished(transfer, missing)
            raise
        if head["ContentLength"] > COPY_LIMIT:
            return multipart.copy(transfer, head)
    raise error


def _head_first(transfer: Transfer) -> str:
    """HEADFIRST: the copy and the delete both name the ETag that the source has now."""
    try:
        head = _look(transfer)
    except ClientError as error:
        if status_of(error) == NOT_FOUND and transfer.deletes:
            return exists.gone(transfer, error)
        raise
    look.refuse_suspended(transfer, head.get("VersionId"), "Nothing was copied")
    if transfer.in_parts(head):
        return multipart.copy(transfer, head)
    lost.refuse(transfer, head)
    wanted = kept.copy_object(transfer) | directory.adjust(transfer)
    try:
        answer = transfer.ask_long(
            transfer.s3.copy_object,
            **wanted,
            **_unless_there(transfer),
            CopySourceIfMatch=head["ETag"],
        )
    except ClientError as error:
        return _head_first_refused(transfer, error)
    with after_copy(transfer):
        prove.finish(transfer, head["ETag"])
    return exists.done(transfer, answer.get("VersionId"), lost.said(transfer, head))


def _look(transfer: Transfer) -> Mapping[str, Any]:
    """Return the source's HEAD; a rename of an explicit version wants it to be current."""
    version_id = transfer.source.version_id
    if not transfer.deletes:
        return look.at_source(transfer, version_id)
    head = look.at_source(transfer)
    if version_id and (head.get("VersionId") or "null") != version_id:
        raise RefusedError(NOT_CURRENT.format(source=transfer.source))
    return head


def _head_first_refused(transfer: Transfer, error: ClientError) -> str:
    status = status_of(error)
    if status == NOT_FOUND:
        return exists.vanished(transfer, error)
    if status == PRECONDITION_FAILED and transfer.never:
        return exists.compare(transfer)
    if status == PRECONDITION_FAILED:
        raise TryAgainError(CHANGED.format(source=transfer.source)) from error
    raise error
