"""Brings the rows of a manifest from S3 to this machine, each file with its MD5."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

PIECE = 1024 * 1024


def head(s3: S3Client, bucket: str, key: str, uri: str) -> HeadObjectOutputTypeDef:
    """Return the answer to a HEAD of a manifest.

    Raises:
        Refused: it is not there, may not be read, or is empty.
    """
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        match errors.code(error):  # the answer to a HEAD has no body, hence no other code
            case "404":
                raise Refused(f"{uri!r} does not exist.") from None
            case "403":
                raise Refused(f"{uri!r} may not be read: it needs s3:GetObject.") from None
            case "400":
                raise Refused(f"{uri!r} cannot be read: SSE-C is not for manifests.") from None
        raise
    if found["ContentLength"] == 0:
        raise Refused(f"{uri!r} is empty: a job needs at least one row.")
    return found


def data_files(
    s3: S3Client, bucket: str, wanted: Sequence[tuple[str, str]], folder: Path
) -> Iterator[Path]:
    """Bring the (key, MD5) of an inventory into `folder`; yield each file.

    Raises:
        Refused: a file is not what manifest.json promises.
    """
    for number, (key, md5) in enumerate(wanted):
        path = folder / f"{number:06}{'.csv.gz' if key.endswith('.gz') else ''}"
        digest = save(s3.get_object(Bucket=bucket, Key=key)["Body"], path)
        if digest != md5:
            raise Refused(
                f"'s3://{bucket}/{key}' is not what manifest.json promises (MD5 {digest}, not "
                f"{md5}): let S3 write the inventory anew."
            )
        yield path


def save(body: StreamingBody, path: Path) -> str:
    """Write a body to `path`; return its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("xb") as file:
        for chunk in body.iter_chunks(PIECE):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
