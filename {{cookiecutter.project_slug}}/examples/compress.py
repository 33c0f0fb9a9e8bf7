"""Write each text as UTF-8 and compressed: a.txt becomes a.txt.gz in the destination.

The job's argument `encoding` says what the texts are in (utf-8 if it says nothing). Text in another
encoding fails. Sent twice, the second finds the same bytes; another object is never replaced.
Needs no permissions but those of the copy.
"""

import gzip
from typing import Any

import boto3
from botocore.exceptions import ClientError

from s3batch import PermanentFailure, Task
from settings import SETTINGS

S3 = boto3.client("s3")
LARGEST = 50_000_000  # bytes: the whole text is in memory, several times over


def run(task: Task) -> str:
    version: dict[str, Any] = {"VersionId": task.version_id} if task.version_id else {}
    found = S3.get_object(Bucket=task.bucket, Key=task.key, **version)
    if found["ContentLength"] > LARGEST:
        raise PermanentFailure(f"{found['ContentLength']} bytes are too many for the memory.")
    text = found["Body"].read().decode(str(task.arguments.get("encoding", "utf-8")))
    body = gzip.compress(text.encode(), mtime=0)  # the same bytes every time
    bucket = SETTINGS.destination_bucket or task.bucket
    key = f"{SETTINGS.destination_prefix}{task.key}.gz"
    try:
        S3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        if S3.get_object(Bucket=bucket, Key=key)["Body"].read() != body:
            raise PermanentFailure(f"Another object is at {key!r}: it was kept.") from None
    return f"{found['ContentLength']} bytes became {len(body)} at {key}"
