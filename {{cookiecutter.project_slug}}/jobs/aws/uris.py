"""What `s3://bucket/key` names; no call to AWS."""

from __future__ import annotations

SCHEME = "s3://"


def split(uri: str) -> tuple[str, str]:
    """Return the bucket, and the key or prefix; either may be empty."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key
