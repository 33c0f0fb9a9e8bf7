"""Puts the files of a folder into a bucket."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from jobs.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

LONGEST_KEY = 1024  # bytes


def upload(s3: S3Client, folder: Path, bucket: str) -> int:
    """Put every file below `folder` into `bucket`, its path being the key; returns their number.

    Raises Refused: there are none, or a path cannot be a key; OSError: a file cannot be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise Refused(f"--folder {str(folder)!r} holds no files.")
    for path in files:
        key = path.relative_to(folder).as_posix()
        try:
            size = len(key.encode())
        except UnicodeEncodeError:
            raise Refused(f"--folder: {str(path)!r} is no UTF-8, and no key: rename it.") from None
        if size > LONGEST_KEY:
            raise Refused(f"--folder: {str(path)!r} has {size} bytes, a key {LONGEST_KEY} at most.")
        kind = mimetypes.guess_type(path.name)[0] or "binary/octet-stream"
        with path.open("rb") as file:
            s3.put_object(Bucket=bucket, Key=key, Body=file, ContentType=kind)
    return len(files)
