"""EXISTS: something is at the destination already, or the source is gone. Whose is it?

It may be another's object, or our own: from an earlier delivery, or from an answer that was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s3copy import annotation, kept, look, prove
from s3copy.classify import NOT_FOUND, code_of, status_of
from s3copy.values import RefusedError, Transfer, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_OBJECT = (
    "{target} exists and is not shown to be a copy of {source} ({why}): nothing was deleted; "
    "choose another name, or overwrite=always"
)
VANISHED = "{name} was there and is gone again: another program works on it, try again"


def done(transfer: Transfer, version_id: str | None, lost: str = "") -> str:
    """Return the sentence of a success: what happened, where to, in which version."""
    verb = "Renamed" if transfer.deletes else "Copied"
    return f"{verb} to {transfer.target}{_named(version_id)}{lost}"


def gone(transfer: Transfer, error: ClientError) -> str:
    """Return the sentence of a rename that an earlier delivery finished; there is no source.

    Raises:
        ClientError: there is nothing at the destination either, or a whole bucket is missing;
            `error` again.
    """
    target = None if code_of(error) == "NoSuchBucket" else look.at_target(transfer)
    if target is None:
        raise error
    return f"Already renamed: {transfer.target}{_named(target.get('VersionId'))}"


def compare(transfer: Transfer) -> str:
    """Return the sentence when the destination is our copy (a rename then deletes the source).

    Raises:
        RefusedError: it is another object, or nothing proves that it is ours. Nothing is deleted.
        TryAgainError: it is gone again.
    """
    try:
        source = look.at_source(transfer, transfer.source.version_id)
    except ClientError as error:
        if status_of(error) == NOT_FOUND and transfer.deletes:
            if transfer.source.version_id:
                # Only this version is gone: an older one may be current now.
                raise TryAgainError(VANISHED.format(name=transfer.source)) from error
            return gone(transfer, error)
        raise
    target = look.at_target(transfer)
    if target is None:
        raise TryAgainError(VANISHED.format(name=transfer.target))
    return settle(transfer, source, target)


def settle(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Decide with both HEADs at hand; see `compare`."""
    look.refuse_suspended(transfer, source.get("VersionId"), "Nothing was deleted")
    if not kept.is_same_object(source, target):
        raise RefusedError(other_object(transfer, source, target))
    annotation.carry(transfer, source, target)
    if not transfer.deletes:
        return f"Already there: {transfer.target}{_named(target.get('VersionId'))}"
    prove.finish(transfer, source["ETag"])
    return done(transfer, target.get("VersionId"))


def other_object(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the sentence that refuses an object which is not shown to be our copy."""
    why = _difference(source, target)
    return OTHER_OBJECT.format(target=transfer.target, source=transfer.source, why=why)


def _difference(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the first difference between two HEAD answers, in a few words."""
    if source["ContentLength"] != target["ContentLength"]:
        return f"{target['ContentLength']} bytes, not {source['ContentLength']}"
    ours, theirs = kept.described(source), kept.described(target)
    differing = [name for name in ours if ours[name] != theirs[name]]
    if differing:
        return "other " + ", ".join(differing)
    return f"ETag {target['ETag']}, not {source['ETag']}, and no whole-object checksum in common"


def _named(version_id: str | None) -> str:
    return f" (version {version_id})" if version_id and version_id != "null" else ""
