"""Inventories for tests: their manifest.json, as S3 writes it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "inventory/manifest.json"
"""Of the manifest.json, in the bucket `jobs`."""
URI = f"s3://jobs/{KEY}"
REAL: dict[str, Any] = {
    "sourceBucket": "photos",
    "destinationBucket": "arn:aws:s3:::jobs",
    "version": "2016-11-30",
    "creationTimestamp": "1774000000000",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size",
    "files": [
        {"key": "data/1.csv.gz", "size": 20, "MD5checksum": "d41d8cd98f00b204e9800998ecf8427e"}
    ],
}


def document(**changes: Any) -> bytes:
    return json.dumps(REAL | changes).encode()


def files(s3: S3Client, *data: bytes, ending: str = ".csv.gz") -> list[dict[str, Any]]:
    """Store data files in the bucket `jobs`; return what a manifest.json says of them."""
    found = []
    for number, each in enumerate(data, start=1):
        key = f"data/{number}{ending}"
        s3.put_object(Bucket="jobs", Key=key, Body=each)
        digest = hashlib.md5(each).hexdigest()  # noqa: S324 - as S3 Inventory
        found.append({"key": key, "size": len(each), "MD5checksum": digest})
    return found


def put(s3: S3Client, *data: bytes, **changes: Any) -> str:
    """Store an inventory of gzipped CSV files; return the ETag of its manifest.json."""
    body = document(**{"fileSchema": "Bucket, Key", "files": files(s3, *data)} | changes)
    return s3.put_object(Bucket="jobs", Key=KEY, Body=body)["ETag"].strip('"')
