"""Fill a local S3 with the objects that the events in this folder name.

    AWS_ENDPOINT_URL_S3=http://127.0.0.1:5000 python events/seed.py

Two buckets, emptied first: the source, versioned, with `OBJECTS`, and the destination, unversioned
and empty. It never touches AWS: without a local endpoint it refuses.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"
LOCAL_HOSTS = ("127.0.0.1", "localhost", "host.docker.internal", "172.17.0.1")

NULL_VERSION = ("null-version.txt", b"written before the bucket was versioned\n")
OLD_VERSION = ("versioned.txt", b"the first version\n")
OBJECTS = (
    ("versioned.txt", b"the second version\n"),
    ("photos/one.jpg", b"one\n"),
    ("photos/two.jpg", b"two\n"),
    ("a b+c%2B.txt", b"a space, a plus and a percent sign\n"),
    ("Zürich/東京 🗻.txt", b"not ASCII\n"),
    ("reports/draft 1.txt", b"named by a JSON row\n"),
)


def seed(endpoint: str) -> str:
    """Fill the S3 at `endpoint`; return the id of the old version of versioned.txt.

    moto gives the same ids every time once its generator is seeded; events/versioned.json holds
    the one that it gives here.
    """
    s3: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 no secret: a local S3 takes any
        config=Config(s3={"addressing_style": "path"}),
    )
    for bucket in (SOURCE, DESTINATION):
        _empty(s3, bucket)
    _seed_ids(endpoint)
    return fill(s3)


def fill(s3: S3Client) -> str:
    """Create both buckets and the objects; return the id of the old version of versioned.txt."""
    for bucket in (SOURCE, DESTINATION):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=SOURCE, Key=NULL_VERSION[0], Body=NULL_VERSION[1])
    s3.put_bucket_versioning(Bucket=SOURCE, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=SOURCE, Key=OLD_VERSION[0], Body=OLD_VERSION[1])
    for key, body in OBJECTS:
        s3.put_object(Bucket=SOURCE, Key=key, Body=body, Metadata={"seeded": "yes"})
    return old["VersionId"]


def _empty(s3: S3Client, bucket: str) -> None:
    if bucket not in {there["Name"] for there in s3.list_buckets()["Buckets"]}:
        return
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def _seed_ids(endpoint: str) -> None:
    request = urllib.request.Request(f"{endpoint}/moto-api/seed?a=1", method="POST")  # noqa: S310 a local endpoint
    try:
        urllib.request.urlopen(request).close()  # noqa: S310 a local endpoint
    except urllib.error.HTTPError as error:  # another S3 than moto: its ids are its own
        error.close()


def main() -> int:
    """Seed the S3 that AWS_ENDPOINT_URL_S3 names; return the exit code."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3", "").rstrip("/")
    if urlsplit(endpoint).hostname not in LOCAL_HOSTS:
        sys.stderr.write(
            f"AWS_ENDPOINT_URL_S3 is {endpoint!r}: set it to a local S3, such as the one that"
            " `python -m jobs local` starts.\n"
        )
        return 2
    try:
        version = seed(endpoint)
    except (BotoCoreError, OSError):
        sys.stderr.write(f"No S3 answers at {endpoint!r}: start it first, see README.md.\n")
        return 2
    print(f"{SOURCE} and {DESTINATION} are ready; versioned.txt was version {version} first.")  # noqa: T201 a command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
