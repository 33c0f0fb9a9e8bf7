"""Brings the rows of a manifest from S3 to this machine, each file with its MD5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.aws import downloads
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

# The answer to a HEAD has no body, hence no other code.
NOT_READ = {
    "404": "does not exist",
    "403": "may not be read: it needs s3:GetObject",
    "400": "cannot be read: SSE-C is not for manifests",
}


def head(s3: S3Client, bucket: str, key: str, uri: str) -> HeadObjectOutputTypeDef:
    """Return the answer to a HEAD of a manifest.

    Raises:
        Refused: it is not there, may not be read, or is empty.
    """
    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if errors.code(error) not in NOT_READ:
            raise
        raise Refused(f"{uri!r} {NOT_READ[errors.code(error)]}.") from None
    if found["ContentLength"] == 0:
        raise Refused(f"{uri!r} is empty: a job needs at least one row.")
    return found


def data_files(
    s3: S3Client, bucket: str, wanted: Sequence[tuple[str, str]], folder: Path
) -> Iterator[Path]:
    """Bring the (key, MD5) of an inventory into `folder`; yield each file.

    Raises:
        Refused: a file is not there, or not what manifest.json promises.
    """
    for number, (key, md5) in enumerate(wanted):
        path = folder / f"{number:06}{'.csv.gz' if key.endswith('.gz') else ''}"
        uri = f"s3://{bucket}/{key}"
        anew = "let S3 write the inventory anew."
        with errors.refusing(Refused(f"{uri!r}, which manifest.json names, is not there: {anew}")):
            body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        digest = downloads.save(body, path)
        if digest != md5:
            raise Refused(
                f"{uri!r} is not what manifest.json promises (MD5 {digest}, not {md5}): {anew}"
            )
        yield path
