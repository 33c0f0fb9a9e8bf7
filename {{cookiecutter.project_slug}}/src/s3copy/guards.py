"""GUARD: what is refused before any request."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from s3copy import deadline, messages, s3_client
from s3copy.values import RefusedError

if TYPE_CHECKING:
    from s3copy.values import Transfer

KEY_BYTES = 1024  # of UTF-8: the longest object key (S3 User Guide, object-keys)
# Other names for a bucket: the copy could land on its own source, or be deleted as the source.
ALIASES = ("-s3alias", "--ol-s3", ".mrap", "--xa-s3", "--op-s3", "--table-s3")
# What botocore takes: today's names, directory buckets, and the capitals of names from before 2018.
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


def check(transfer: Transfer) -> None:
    """Raise RefusedError for a request that must not be made, TryAgainError when time is short."""
    source, target = transfer.source, transfer.target
    _check_bucket(target.bucket, "destination", "source", False)  # noqa: FBT003 - lru_cache is fastest by position
    _check_bucket(source.bucket, "source", "destination", not transfer.deletes)
    _check_key(source.key)
    _check_key(target.key)
    if (source.bucket, source.key) == (target.bucket, target.key):
        raise RefusedError(f"The destination is the source itself, {target}: choose another name")
    is_conditional = transfer.never or transfer.deletes
    if is_conditional and not s3_client.knows(transfer.s3, "CopyObject", "IfNoneMatch"):
        raise RefusedError(messages.TOO_OLD)
    deadline.check_enough(transfer.deadline)


@lru_cache(maxsize=64)  # every task of a job names the same few
def _check_bucket(bucket: str, side: str, other: str, may_be_alias: bool) -> None:  # noqa: FBT001 - see the call
    if bucket.startswith("arn:") or bucket.endswith(ALIASES):
        if may_be_alias:
            return
        raise RefusedError(
            f"The {side} {bucket!r} is an ARN or an alias, which could name the {other} "
            "bucket: give the bucket's own name"
        )
    if not bucket:
        raise RefusedError(f"The {side} bucket is empty: give its name")
    if not BUCKET.fullmatch(bucket):
        raise RefusedError(
            f"The {side} bucket {bucket[:80]!r} is no bucket name: give 3 to 63 letters, digits, "
            "dots and hyphens, the bucket alone"
        )


def _check_key(key: str) -> None:
    if not key:
        raise RefusedError("An object key is empty: give the row a key and the copy a new one")
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise RefusedError(
            f"The key {key[:60]!r} holds half of a character, which UTF-8 and S3 do not take: "
            "give the row the whole character"
        ) from error
    if size > KEY_BYTES:
        raise RefusedError(
            f"The key has {size} bytes, S3 takes {KEY_BYTES} at most: shorten {key[:60]!r}..."
        )
