"""Brings objects of S3 to this machine, and says what came."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

PIECE = 1024 * 1024


def read(s3: S3Client, bucket: str, key: str) -> bytes | None:
    """Return the bytes of an object; None: it is not there, or may not be read."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES | errors.MISSING_CODES:
            raise
        return None


def save(body: StreamingBody, path: Path, add: Callable[[int], None] = lambda _: None) -> str:
    """Write a body to `path`; return its MD5 in hex. `add` gets the size of each piece."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("xb") as file:
        for piece in body.iter_chunks(PIECE):
            digest.update(piece)
            file.write(piece)
            add(len(piece))
    return digest.hexdigest()
