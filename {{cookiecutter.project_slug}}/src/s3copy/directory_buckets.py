"""Directory buckets (S3 Express One Zone, `--x-s3`): no versions, no tags, an atomic rename."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3copy.values import Transfer


def is_involved(transfer: Transfer) -> bool:
    """Return True when the source or the destination is in a directory bucket."""
    return transfer.from_directory or transfer.into_directory


def can_rename(transfer: Transfer) -> bool:
    """Return True for a rename inside one directory bucket, which S3 does in one atomic step."""
    return (
        transfer.deletes
        and transfer.source.bucket == transfer.target.bucket
        and transfer.from_directory
    )
