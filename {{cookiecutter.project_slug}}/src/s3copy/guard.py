"""GUARD: what is refused before any request."""

from __future__ import annotations

import time

from s3copy import clock, sdk
from s3copy.values import RefusedError, Transfer, TryAgainError

KEY_BYTES = 1024  # of UTF-8: the longest object key (S3 User Guide, object-keys)
# Other names for a bucket: the copy could land on its own source.
ALIASES = ("-s3alias", "--ol-s3", ".mrap")


def check(transfer: Transfer, deadline: float) -> None:
    """Raise RefusedError for a request that must not be made, TryAgainError when time is short."""
    source, target = transfer.source, transfer.target
    _check_bucket(target.bucket)
    _check_key(source.key)
    _check_key(target.key)
    if (source.bucket, source.key) == (target.bucket, target.key):
        raise RefusedError(f"The destination is the source itself, {target}: choose another name")
    if transfer.never or transfer.deletes:
        sdk.check_conditional_copy(transfer.s3)
    left = deadline - time.monotonic()
    if left < clock.SHORTEST_SECONDS:
        raise TryAgainError(f"Only {left:.1f} s are left of the function's time: nothing was begun")


def _check_bucket(bucket: str) -> None:
    if bucket.startswith("arn:") or bucket.endswith(ALIASES):
        raise RefusedError(
            f"The destination {bucket!r} is an ARN or an alias, which could name the source "
            "bucket: give the bucket's own name"
        )
    if not bucket:
        raise RefusedError("The destination bucket is empty: give its name")


def _check_key(key: str) -> None:
    if not key:
        raise RefusedError("An object key is empty: give the row a key and the copy a new one")
    size = len(key.encode(errors="surrogatepass"))
    if size > KEY_BYTES:
        raise RefusedError(
            f"The key has {size} bytes, S3 takes {KEY_BYTES} at most: shorten {key[:60]!r}..."
        )
