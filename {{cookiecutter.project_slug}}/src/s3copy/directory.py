"""Directory buckets (S3 Express One Zone, `--x-s3`): no versions, no tags, an atomic rename."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from s3copy import exists, look, sdk
from s3copy.classify import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy.values import RefusedError, Transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX = "--x-s3"
TAGS_WOULD_BE_LOST = (
    "{source} has {count} tags, which a directory bucket cannot hold and a rename would lose: "
    "nothing was done; copy it, or remove the tags"
)


def is_involved(transfer: Transfer) -> bool:
    """Return True when the source or the destination is in a directory bucket."""
    return transfer.source.bucket.endswith(SUFFIX) or _is_target(transfer)


def can_rename(transfer: Transfer) -> bool:
    """Return True for a rename inside one directory bucket, which S3 does in one atomic step."""
    return (
        transfer.deletes
        and transfer.source.bucket == transfer.target.bucket
        and transfer.source.bucket.endswith(SUFFIX)
    )


def rename(transfer: Transfer) -> str:
    """RenameObject: no data moves and there is nothing to prove.

    botocore makes one ClientToken a call, so its own retries of a rename that took effect succeed.
    """
    condition = {"DestinationIfNoneMatch": "*"} if transfer.never else {}
    try:
        transfer.ask(
            transfer.s3.rename_object,
            Bucket=transfer.target.bucket,
            Key=transfer.target.key,
            RenameSource=quote(f"/{transfer.source.bucket}/{transfer.source.key}"),
            **condition,
        )
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return exists.gone(transfer, error)
        if status_of(error) == PRECONDITION_FAILED:
            return _taken(transfer)
        raise
    return exists.done(transfer, None)


def _taken(transfer: Transfer) -> str:
    """Return "already renamed" when the source is gone; else the name belongs to another object."""
    try:
        look.at_source(transfer)
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return exists.gone(transfer, error)
        raise
    raise RefusedError(
        f"{transfer.target} exists, and so does {transfer.source}: nothing was renamed; choose "
        "another name, or overwrite=always"
    )


def adjust(transfer: Transfer, head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what CopyObject needs besides to write into a directory bucket.

    S3 answers 501 to a copy of tags or annotations there (S3 API, CopyObject).

    Raises:
        RefusedError: a rename would lose the tags of the source for good.
    """
    if not _is_target(transfer):
        return {}
    if transfer.deletes and head.get("TagCount"):
        count = head["TagCount"]
        raise RefusedError(TAGS_WOULD_BE_LOST.format(source=transfer.source, count=count))
    wanted = {"TaggingDirective": "REPLACE"}
    if sdk.knows(transfer.s3, "CopyObject", "AnnotationDirective"):
        wanted["AnnotationDirective"] = "EXCLUDE"
    return wanted


def lost(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Return what the copy could not carry, to be added to the sentence of success."""
    if not _is_target(transfer):
        return ""
    tags = f"its {head['TagCount']} tags and " if head.get("TagCount") else ""
    return f", without {tags}annotations, which a directory bucket does not hold"


def _is_target(transfer: Transfer) -> bool:
    return transfer.target.bucket.endswith(SUFFIX)
