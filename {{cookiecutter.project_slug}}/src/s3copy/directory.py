"""Directory buckets (S3 Express One Zone, `--x-s3`): no versions, no tags, an atomic rename."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import exists, look, sdk
from s3copy.failures import RefusedError
from s3copy.values import DIRECTORY

if TYPE_CHECKING:
    from s3copy.values import Transfer


def is_involved(transfer: Transfer) -> bool:
    """Return True when the source or the destination is in a directory bucket."""
    source, target = transfer.source.bucket, transfer.target.bucket
    return source.endswith(DIRECTORY) or target.endswith(DIRECTORY)


def can_rename(transfer: Transfer) -> bool:
    """Return True for a rename inside one directory bucket, which S3 does in one atomic step."""
    return (
        transfer.deletes
        and transfer.source.bucket == transfer.target.bucket
        and transfer.from_directory
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


def adjust(transfer: Transfer) -> dict[str, Any]:
    """Return what CopyObject needs besides when a directory bucket is on either side.

    S3 answers 501 to a copy of tags into one, and to annotations of one (S3 API, CopyObject).
    """
    wanted = {"TaggingDirective": "REPLACE"} if transfer.into_directory else {}
    if is_involved(transfer) and sdk.knows(transfer.s3, "CopyObject", "AnnotationDirective"):
        wanted["AnnotationDirective"] = "EXCLUDE"
    return wanted
