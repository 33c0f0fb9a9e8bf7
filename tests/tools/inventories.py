"""Inventories for tests: their manifest.json, as S3 writes it."""

from __future__ import annotations

import json
from typing import Any

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
