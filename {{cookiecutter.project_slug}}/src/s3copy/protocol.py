"""The way of one object, step by step; `s3copy` itself says in words what each step is for.

Each step returns the sentence of the report, or raises with one. `deleting` has the steps that
delete: SUSP, DELETE, PROVE and FINISH; `guards` has GUARD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import (
    BAD_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PRECONDITION_FAILED,
    code_of,
    status_of,
)
from s3copy import (
    comparing,
    deleting,
    directory_buckets,
    existing,
    guards,
    messages,
    multipart,
    preserving,
    requests,
    s3_errors,
)
from s3copy.deadline import starting
from s3copy.values import (
    COPY_LIMIT,
    NO_OBJECT,
    Options,
    RefusedError,
    Source,
    Target,
    Transfer,
    TryAgainError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.client import S3Client


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
    return _run(Transfer(s3, source, target, options, starting(deadline), deletes=False))


def rename(s3: S3Client, source: Source, target: Target, options: Options, deadline: float) -> str:
    """Copy one object, prove the copy, delete the source; the rest is as for `copy`.

    The delete never names a version: in a versioned bucket the old versions stay under a delete
    marker, elsewhere the delete is final.
    """
    return _run(Transfer(s3, source, target, options, starting(deadline), deletes=True))


def _run(transfer: Transfer) -> str:
    guards.check(transfer)
    try:
        if directory_buckets.can_rename(transfer):
            return _rename_object(transfer)
        if _looks_first(transfer):
            return _head_first(transfer)
        return _copy_first(transfer)
    except ClientError as error:
        return _skipped(transfer, error)


def _skipped(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence of a source that is not there, where that counts as done; or raise."""
    try:
        if transfer.options.missing == "skip" and _is_missing(transfer, error):
            return messages.named(messages.SKIPPED, transfer)
    except ClientError as other:
        raise s3_errors.explain(other, transfer) from other
    raise s3_errors.explain(error, transfer) from error


def _looks_first(transfer: Transfer) -> bool:
    options = transfer.options
    return (
        options.head_first
        or options.multipart_threshold < COPY_LIMIT
        or (transfer.deletes and transfer.source.version_id is not None)
        or transfer.by_directory
    )


def _copy_first(transfer: Transfer) -> str:
    """COPY: one CopyObject; everything else only when S3 refuses it, or to delete the source."""
    try:
        answer = requests.copy_object(transfer, **requests.unless_there(transfer))
    except ClientError as error:
        return _copy_refused(transfer, error)
    if transfer.deletes:
        with s3_errors.after_copy(transfer):
            try:
                deleting.delete_copied(transfer, answer)
            except ClientError as error:
                if status_of(error) == NOT_FOUND:
                    _check_finished(transfer, error)
                    return messages.done(transfer, None)
                raise
    return messages.done(transfer, answer.get("VersionId"))


def _copy_refused(transfer: Transfer, error: ClientError) -> str:
    """Return what the refusal of the first CopyObject turns out to mean, or raise."""
    status = status_of(error)
    if status == NOT_FOUND and transfer.deletes:
        return _gone(transfer, error)
    if status == PRECONDITION_FAILED and transfer.never:
        return _exists(transfer)
    if code_of(error) == "InvalidRequest":
        # By size, never by the text of the message.
        try:
            head = requests.head_source(transfer, transfer.source.version_id)
        except ClientError as missing:
            if status_of(missing) == NOT_FOUND:
                return _vanished(transfer, missing)
            raise
        if head["ContentLength"] > COPY_LIMIT:
            return _in_parts(transfer, head)
    raise error


def _head_first(transfer: Transfer) -> str:
    """HEADFIRST: the copy and the delete both name the ETag that the source has now."""
    try:
        head = _head_of_current(transfer)
        preserving.refuse_lost_in_directory(transfer)
    except ClientError as error:
        if status_of(error) == NOT_FOUND and transfer.deletes:
            return _gone(transfer, error)
        raise
    if transfer.in_parts(head):
        return _in_parts(transfer, head)
    deleting.refuse_suspended(transfer, head.get("VersionId"), messages.NOTHING_COPIED)
    conditions = {**requests.unless_there(transfer), "CopySourceIfMatch": head["ETag"]}
    try:
        answer = requests.copy_object(transfer, **conditions)
    except ClientError as error:
        return _head_first_refused(transfer, head, error)
    with s3_errors.after_copy(transfer):
        deleting.finish(transfer, head["ETag"])
    without = preserving.not_carried(transfer, head)
    return messages.done(transfer, answer.get("VersionId"), without)


def _head_of_current(transfer: Transfer) -> Mapping[str, Any]:
    """Return the source's HEAD; a rename of an explicit version wants it to be current."""
    version_id = transfer.source.version_id
    if not transfer.deletes:
        return requests.head_source(transfer, version_id)
    head = requests.head_source(transfer)
    if version_id and (head.get("VersionId") or "null") != version_id:
        raise RefusedError(messages.named(messages.NOT_CURRENT, transfer))
    return head


def _head_first_refused(transfer: Transfer, head: Mapping[str, Any], error: ClientError) -> str:
    status = status_of(error)
    if status == NOT_FOUND:
        return _vanished(transfer, error)
    if status == PRECONDITION_FAILED and transfer.never:
        return _exists(transfer, head)
    if status == PRECONDITION_FAILED:
        raise TryAgainError(messages.named(messages.CHANGED, transfer)) from error
    raise error


def _in_parts(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """PARTS: above 5 GiB, one multipart upload of the source that `head` describes."""
    deleting.refuse_suspended(transfer, head.get("VersionId"), messages.NOTHING_COPIED)
    there = requests.head_target(transfer)
    if there is not None and transfer.never:
        return _settle(transfer, head, there)
    preserving.refuse_unseen_annotations(transfer)
    try:
        extras = preserving.extras(transfer)
        without = preserving.not_carried(transfer, head)  # it may ask for the source
    except ClientError as error:
        return _extras_not_found(transfer, error)
    uploaded = multipart.upload(transfer, head, extras.tags, there)
    if uploaded.answer is None:
        return _completed_before(transfer, head, uploaded.etag)
    written = uploaded.answer
    with s3_errors.after_copy(transfer):
        preserving.add(transfer, written, preserving.after_upload(extras))
        deleting.finish(transfer, head["ETag"])
    return messages.done(transfer, written.get("VersionId"), without)


def _completed_before(transfer: Transfer, head: Mapping[str, Any], etag: str) -> str:
    """Decide as EXISTS does when an upload could not be completed: it may have been before.

    Raises:
        RefusedError: under "never", another object is there.
        TryAgainError: nothing is there, or "always" may try again.
    """
    target = requests.head_target(transfer)
    if target is None:
        raise TryAgainError(messages.named(messages.UPLOAD_ENDED, transfer))
    try:
        return _settle(transfer, head, target, is_shown=target["ETag"] == etag)
    except RefusedError as error:
        if transfer.never:
            raise
        raise TryAgainError(messages.named(messages.UPLOAD_ENDED, transfer)) from error


def _exists(transfer: Transfer, seen: Mapping[str, Any] | None = None) -> str:
    """EXISTS: something is at the destination. Our own copy, or another's object?

    It may be ours from an earlier delivery, or from an answer that was lost. `seen`: the HEAD of
    the source before a copy that was refused also for another source.

    Raises:
        RefusedError: it is another object, or nothing proves that it is ours. Nothing is deleted.
        TryAgainError: nothing is there, or no longer.
    """
    try:
        source = requests.head_source(transfer, transfer.source.version_id)
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return _vanished(transfer, error)
        raise
    target = requests.head_target(transfer)
    if target is None:
        if seen is not None and seen["ETag"] != source["ETag"]:
            raise TryAgainError(messages.named(messages.CHANGED, transfer))
        raise TryAgainError(messages.VANISHED.format(name=transfer.target))
    return _settle(transfer, source, target)


def _settle(
    transfer: Transfer,
    source: Mapping[str, Any],
    target: Mapping[str, Any],
    *,
    is_shown: bool = False,
) -> str:
    """Decide EXISTS with both HEADs at hand; `is_shown`: the content is known to be the same."""
    deleting.refuse_suspended(transfer, source.get("VersionId"), messages.NOTHING_DELETED)
    try:
        _refuse_another(transfer, existing.difference(transfer, source, target, is_shown=is_shown))
        _refuse_other_extras(transfer, source, target)
    except ClientError as error:
        if status_of(error) != NOT_FOUND:
            raise
        if transfer.deletes:
            target = _check_finished(transfer, error)
            return messages.already_renamed(transfer, target.get("VersionId"))
        if code_of(error) == "NoSuchBucket":
            raise
        # Another delivery put its copy there in the middle of the comparison.
        names = f"{transfer.source} or {transfer.target}"
        raise TryAgainError(messages.VANISHED.format(name=names)) from error
    without = preserving.not_carried(transfer, source)
    if not transfer.deletes:
        return messages.already_there(transfer, target.get("VersionId"), without)
    if not comparing.is_newer(target, source):
        raise RefusedError(messages.named(messages.NOT_NEWER, transfer))
    with s3_errors.after_copy(transfer):
        deleting.finish(transfer, source["ETag"])
    return messages.was_there(transfer, target.get("VersionId"), without)


def _refuse_other_extras(
    transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]
) -> None:
    """Compare tags and annotations; an unfinished copy of ours gets first what it lacks."""
    preserving.refuse_unseen_annotations(transfer)
    other, lacking = existing.other_extras(transfer, target)
    may_be_unfinished = transfer.in_parts(source) and comparing.is_newer(target, source)
    if other and lacking and may_be_unfinished:
        existing.complete(transfer, target, lacking)
        other, _ = existing.other_extras(transfer, target)
    _refuse_another(transfer, other)


def _refuse_another(transfer: Transfer, why: str) -> None:
    if why:
        raise RefusedError(messages.named(messages.OTHER_OBJECT, transfer, why=why))


def _gone(transfer: Transfer, error: ClientError) -> str:
    """GONE: there is no source. Did an earlier delivery finish this rename?

    Raises:
        ClientError: there is nothing at the destination either, or a whole bucket is missing;
            `error` again.
    """
    if code_of(error) == "NoSuchBucket":
        raise error
    _check_source_bucket(transfer, error)
    target = requests.head_target(transfer)
    _refuse_kept_version(transfer, target)
    if target is None:
        raise error
    return messages.already_renamed(transfer, target.get("VersionId"))


def _refuse_kept_version(transfer: Transfer, target: Mapping[str, Any] | None) -> None:
    """Raise RefusedError when the named version is kept under a delete marker, and nowhere else."""
    if not transfer.source.version_id:
        return
    try:
        version = requests.head_source(transfer, transfer.source.version_id)
    except ClientError as error:
        if status_of(error) in {BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED}:
            return  # no version, or the delete marker itself
        raise
    if target is None or comparing.other_content(version, target):
        raise RefusedError(messages.named(messages.NOT_CURRENT, transfer))


def _is_missing(transfer: Transfer, error: ClientError) -> bool:
    """Return True when `error`, of a request for the source, says that the object is not there.

    Raises:
        ClientError: the bucket is not there either, or cannot be looked at.
    """
    if code_of(error) not in NO_OBJECT:
        return False
    _check_source_bucket(transfer, error)
    return True


def _check_source_bucket(transfer: Transfer, error: ClientError) -> None:
    """Find out whether the 404 of a HEAD was for the object or for its whole bucket.

    A HEAD's answer has no body, so both are a bare 404; another request says NoSuchBucket.
    For a directory bucket the session, which comes before the HEAD, says so.

    Raises:
        ClientError: the bucket is missing.
    """
    if error.operation_name == "HeadObject" and not transfer.from_directory:
        requests.check_source_bucket(transfer)


def _vanished(transfer: Transfer, error: ClientError) -> str:
    """GONE, when the source was there a moment ago: `error` is the 404 of now.

    Raises:
        ClientError: `error`: of a copy, of a missing destination bucket, or of a rename that
            nobody finished.
        TryAgainError: only the named version is gone: an older one may be current now.
    """
    if not transfer.deletes or code_of(error) == "NoSuchBucket":
        raise error
    if transfer.source.version_id:
        raise TryAgainError(messages.VANISHED.format(name=transfer.source)) from error
    return _gone(transfer, error)


def _extras_not_found(transfer: Transfer, error: ClientError) -> str:
    """GONE, when S3 did not find tags or annotations of a source that was there a moment ago.

    Another program may have taken away an annotation alone: so the source is looked at.

    Raises:
        ClientError: `error`, when it says something else.
        TryAgainError: the source is there.
    """
    if status_of(error) != NOT_FOUND or code_of(error) == "NoSuchBucket":
        raise error
    try:
        requests.head_source(transfer, transfer.source.version_id)
    except ClientError as missing:
        if status_of(missing) == NOT_FOUND:
            return _vanished(transfer, missing)
        raise
    raise TryAgainError(messages.named(messages.CHANGED, transfer)) from error


def _check_finished(transfer: Transfer, error: ClientError) -> Mapping[str, Any]:
    """GONE, after both were seen: return the HEAD at the new name when the old one is gone.

    Another delivery finished the rename then.

    Raises:
        TryAgainError: the source is there, or the copy is not: another program works on them.
    """
    try:
        requests.head_source(transfer)
    except ClientError as missing:
        if status_of(missing) != NOT_FOUND:
            raise
        _check_source_bucket(transfer, missing)
        target = requests.head_target(transfer)
        if target is not None:
            return target
    names = f"{transfer.source} or {transfer.target}"
    raise TryAgainError(messages.VANISHED.format(name=names)) from error


def _rename_object(transfer: Transfer) -> str:
    """RENAME: inside one directory bucket no data moves, and there is nothing to prove.

    The ETag of a HEAD comes with it: what is renamed is what was there when the task began.
    """
    try:
        head = requests.head_source(transfer)
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return _gone(transfer, error)
        raise
    try:
        requests.rename_object(transfer, head["ETag"])
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            return _rename_refused(transfer, head, error)
        raise
    return messages.done(transfer, None)


def _rename_refused(transfer: Transfer, head: Mapping[str, Any], error: ClientError) -> str:
    """Return "already renamed" when the source is gone (a lost answer, another delivery).

    A source that is there although RenameObject did not find it was named in a way that S3 reads
    otherwise (see `rename_source`): it goes by copy and delete. That is our choice.

    Raises:
        RefusedError: the new name belongs to another object.
        TryAgainError: the source changed.
    """
    if code_of(error) == "NoSuchBucket":
        raise error
    try:
        source = requests.head_source(transfer)
    except ClientError as missing:
        if status_of(missing) == NOT_FOUND:
            return _gone(transfer, missing)
        raise
    is_unchanged = source["ETag"] == head["ETag"]
    if is_unchanged and status_of(error) == NOT_FOUND:
        return _head_first(transfer)
    if is_unchanged and transfer.never:
        raise RefusedError(messages.named(messages.BOTH_THERE, transfer)) from error
    raise TryAgainError(messages.named(messages.CHANGED, transfer)) from error
