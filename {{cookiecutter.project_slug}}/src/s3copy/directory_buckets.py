"""Directory buckets (S3 Express One Zone, `--x-s3`): no versions, no tags, an atomic rename."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from s3copy.values import Transfer


def can_rename(transfer: Transfer) -> bool:
    """Return True for a rename inside one directory bucket, which S3 does in one atomic step.

    Not for a key that begins or ends with a slash: the API reference's samples give the source as
    `/key`, AWS's own client as `key` (see `rename_source`), so those keys could be misread.
    """
    keys = (transfer.source.key, transfer.target.key)
    return (
        transfer.deletes
        and transfer.source.bucket == transfer.target.bucket
        and transfer.from_directory
        and not any(key.startswith("/") or key.endswith("/") for key in keys)
    )


def rename_source(key: str) -> str:
    """Return the header that names the source of RenameObject: the URL-encoded key, no bucket.

    No bucket: AWS's Mountpoint, which is tested on the real service, sends the key alone
    (awslabs/mountpoint-s3 at 6ae1b9c, mountpoint-s3-client/src/s3_crt_client/rename_object.rs).
    "The value must be URL encoded" (S3 API, RenameObject).
    """
    return quote(key)
