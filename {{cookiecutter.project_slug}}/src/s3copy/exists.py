"""EXISTS: something is at the destination already, or the source is gone. Whose is it?

It may be another's object, or our own: from an earlier delivery, or from an answer that was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, code_of, status_of
from s3copy import annotation, kept, look, lost, prove, sentences
from s3copy.failures import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

OTHER_OBJECT = (
    "{target} exists and is not shown to be a copy of {source} ({why}): nothing was deleted; "
    "choose another name, or overwrite=always"
)
SKIPPED = "Nothing to do: {source} does not exist (missing=skip)"
NO_OBJECT = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
VANISHED = "{name} was there and is gone again: another program works on it, try again"


def done(transfer: Transfer, version_id: str | None, lacks: str = "") -> str:
    """Return the sentence of a success: what happened, where to, in which version."""
    verb = "Renamed" if transfer.deletes else "Copied"
    return f"{verb} to {transfer.target}{_named(version_id)}{lacks}"


def gone(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence of a rename that an earlier delivery finished; there is no source.

    Raises:
        ClientError: there is nothing at the destination either, or a whole bucket is missing;
            `error` again.
    """
    if code_of(error) == "NoSuchBucket":
        raise error
    look.check_source_bucket(transfer, error)
    target = look.at_target(transfer)
    if target is None:
        raise error
    return f"Already renamed: {transfer.target}{_named(target.get('VersionId'))}"


def vanished(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence when the source was there a moment ago: `error` is the 404 of now.

    Raises:
        ClientError: `error`: of a copy, of a missing destination bucket, or of a rename that
            nobody finished.
        TryAgainError: only the named version is gone: an older one may be current now.
    """
    if not transfer.deletes or code_of(error) == "NoSuchBucket":
        raise error
    if transfer.source.version_id:
        raise TryAgainError(VANISHED.format(name=transfer.source)) from error
    return gone(transfer, error)


def finished(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence when S3 answers 404 to what follows our own copy of a rename.

    Raises:
        TryAgainError: the source is there, or the copy is not: another program works on them.
    """
    try:
        look.at_source(transfer)
    except ClientError as missing:
        if status_of(missing) != NOT_FOUND:
            raise
        if look.at_target(transfer) is not None:
            return done(transfer, None)
    raise TryAgainError(VANISHED.format(name=f"{transfer.source} or {transfer.target}")) from error


def is_missing(transfer: Transfer, error: ClientError) -> bool:
    """Return True when `error`, of a request for the source, says that the object is not there.

    Raises:
        ClientError: the bucket is not there either, or cannot be looked at.
    """
    if code_of(error) not in NO_OBJECT:
        return False
    look.check_source_bucket(transfer, error)
    return True


def compare(transfer: Transfer) -> str:
    """Return the sentence when the destination is our copy (a rename then deletes the source).

    Raises:
        RefusedError: it is another object, or nothing proves that it is ours. Nothing is deleted.
        TryAgainError: it is gone again.
    """
    try:
        source = look.at_source(transfer, transfer.source.version_id)
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return vanished(transfer, error)
        raise
    target = look.at_target(transfer)
    if target is None:
        raise TryAgainError(VANISHED.format(name=transfer.target))
    return settle(transfer, source, target)


def settle(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Decide with both HEADs at hand; see `compare`."""
    look.refuse_suspended(transfer, source.get("VersionId"), "Nothing was deleted")
    if not kept.is_same_content(source, target) or kept.differing(transfer, source, target):
        raise RefusedError(other_object(transfer, source, target))
    with sentences.after_copy(transfer):
        annotation.carry(transfer, source, target)
        prove.finish(transfer, source["ETag"])
    lacks = lost.said(transfer, source)
    if not transfer.deletes:
        return f"Already there: {transfer.target}{_named(target.get('VersionId'))}{lacks}"
    return done(transfer, target.get("VersionId"), lacks)


def other_object(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the sentence that refuses an object which is not shown to be our copy."""
    why = _difference(transfer, source, target)
    return OTHER_OBJECT.format(target=transfer.target, source=transfer.source, why=why)


def _difference(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the first difference between two HEAD answers, in a few words."""
    if source["ContentLength"] != target["ContentLength"]:
        return f"{target['ContentLength']} bytes, not {source['ContentLength']}"
    differing = kept.differing(transfer, source, target)
    if differing:
        return "other " + ", ".join(differing)
    return f"ETag {target['ETag']}, not {source['ETag']}, and no whole-object checksum in common"


def _named(version_id: str | None) -> str:
    return f" (version {version_id})" if version_id and version_id != "null" else ""
