"""What a job wrote and deleted: the objects of all buckets before and after, and their saving."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
"""The end of a key that a saved file keeps, so that programs know what it is."""

INDEX = "index.csv"


@dataclass(frozen=True, slots=True, order=True)
class Object:
    """One object as it is now."""

    bucket: str
    key: str
    etag: str
    size: int

    @property
    def url(self) -> str:
        """Its s3:// place."""
        return f"s3://{self.bucket}/{self.key}"


def objects(s3: S3Client, without: str) -> set[Object]:
    """Return the objects of every bucket but `without`."""
    found = set()
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"] == without:
            continue
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for each in page.get("Contents", ()):
                found.add(Object(bucket["Name"], each["Key"], each["ETag"], each["Size"]))
    return found


def check_folder(folder: Path) -> None:
    """Raise Refused unless `folder` is new or empty: nothing of the user's is written over."""
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"--save {str(folder)!r} is not empty: name a folder that is new or empty.")


def save(s3: S3Client, written: Sequence[Object], folder: Path) -> None:
    """Save objects as numbered files, and which is which in index.csv.

    A key is no file name: `a` may stand beside `a/b`, `..` leads elsewhere, and 900 bytes are more
    than a name can have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / INDEX).open("w", newline="", encoding="utf-8") as index:
        rows = csv.writer(index)
        rows.writerow(("file", "bucket", "key", "bytes"))
        for number, each in enumerate(written, 1):
            suffix = SUFFIX.search(each.key)
            name = f"{number:04d}{suffix[0] if suffix else ''}"
            rows.writerow((name, each.bucket, each.key, each.size))
            with (folder / name).open("wb") as file:
                s3.download_fileobj(each.bucket, each.key, file)
