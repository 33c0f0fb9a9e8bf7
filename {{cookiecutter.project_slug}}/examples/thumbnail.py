"""Make a small JPEG of each picture: a.png becomes a.png.jpg in the destination.

Sent twice, the second finds the same bytes; another object is never replaced.
Needs no permissions but those of the copy. In src/requirements.txt:
pillow==13.0.0
"""

import io
from typing import Any

import boto3
from botocore.exceptions import ClientError
from PIL import Image, ImageOps

from s3batch import PermanentFailure, Task
from settings import SETTINGS

S3 = boto3.client("s3")
SIZE = (256, 256)  # pixels, at most


def run(task: Task) -> str:
    version: dict[str, Any] = {"VersionId": task.version_id} if task.version_id else {}
    found = S3.get_object(Bucket=task.bucket, Key=task.key, **version)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(found["Body"].read())))
    picture = upright.convert("RGB")
    picture.thumbnail(SIZE)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    bucket = SETTINGS.destination_bucket or task.bucket
    key = f"{SETTINGS.destination_prefix}{task.key}.jpg"
    try:
        S3.put_object(
            Bucket=bucket, Key=key, Body=file.getvalue(), ContentType="image/jpeg", IfNoneMatch="*"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        if S3.get_object(Bucket=bucket, Key=key)["Body"].read() != file.getvalue():
            raise PermanentFailure(f"Another object is at {key!r}: it was kept.") from None
    return f"{picture.width} x {picture.height} pixels at {key}"
