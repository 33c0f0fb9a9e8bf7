"""S3JobManifestGenerator: makes a job's manifest by listing a bucket.

Filters as in botocore's model; those on replication have no meaning without replication and fail
the job. Where AWS puts the generated manifest is not documented beyond its prefix: our choice is
`<ManifestPrefix>/job-<id>/manifest.json`.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from jobs.aws.uploads import NotStoredError
from jobs.formats import inventory, manifest, report
from jobs.local.engine import preparing
from jobs.local.engine.job import FailedError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

    from jobs.aws.uploads import Uploads
    from jobs.local.engine.job import Job

NO_KEYS = "Manifest generation found no keys matching the filter criteria"

UNSUPPORTED = ("EligibleForReplication", "ObjectReplicationStatuses")

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def rows(job: Job, s3: S3Client, uploads: Uploads, account: str) -> Iterator[manifest.Row]:
    """Yield the rows of a job's ManifestGenerator; writes the manifest too if it is asked for."""
    given = job.request["ManifestGenerator"]["S3JobManifestGenerator"]
    _check(given, account)
    bucket, _ = preparing.split_arn(given["SourceBucket"])
    found = _found(job, s3, bucket, given.get("Filter") or {})
    if not given["EnableManifestOutput"]:
        yield from _some(found)
        return
    with tempfile.TemporaryFile() as spool:
        inventory.write(_some(found), spool)
        try:
            job.generated = _upload(job, uploads, bucket, given["ManifestOutputLocation"], spool)
        except NotStoredError as error:
            raise _failed(f"The generated manifest could not be written: {error}") from error
        spool.seek(0)
        yield from inventory.read(spool, manifest.fields(versions=False))


def _check(given: Mapping[str, Any], account: str) -> None:
    output = given.get("ManifestOutputLocation") or {}
    for owner in (given.get("ExpectedBucketOwner"), output.get("ExpectedManifestBucketOwner")):
        if owner not in {None, account}:
            raise _failed(f"The bucket is not owned by {owner} but by {account}.")
    for name in UNSUPPORTED:
        if name in (given.get("Filter") or {}):
            raise _failed(f"The filter {name} is not known here: nothing is replicated locally.")


def _failed(reason: str) -> FailedError:
    return FailedError("ManifestGenerationFailed", reason)


def _some(found: Iterator[manifest.Row]) -> Iterator[manifest.Row]:
    first = next(found, None)
    if first is None:
        raise _failed(NO_KEYS)
    yield first
    yield from found


def _found(
    job: Job, s3: S3Client, bucket: str, filters: Mapping[str, Any]
) -> Iterator[manifest.Row]:
    """Yield the current objects that pass every filter."""
    encryption = (filters.get("MatchAnyObjectEncryption") or [None])[0]
    prefixes = (filters.get("KeyNameConstraint") or {}).get("MatchAnyPrefix") or [""]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefixes[0])
    try:
        for page in pages:
            job.check_cancelled()
            for each in page.get("Contents", ()):
                if _passes(each, filters) and (
                    encryption is None
                    or _is_encrypted(s3.head_object(Bucket=bucket, Key=each["Key"]), encryption)
                ):
                    yield manifest.Row(bucket, manifest.encode(each["Key"]))
    except (ClientError, BotoCoreError) as error:
        raise _failed(f"Listing {bucket!r} failed: {error}") from error


def _passes(each: ObjectTypeDef, filters: Mapping[str, Any]) -> bool:
    """Say whether an object passes the filters that a listing alone can answer."""
    names = filters.get("KeyNameConstraint") or {}
    key, size, changed = each["Key"], each["Size"], each["LastModified"]
    classes = filters.get("MatchAnyStorageClass") or ()
    texts = names.get("MatchAnySubstring") or ()
    return (
        filters.get("CreatedAfter", EARLIEST) < changed < filters.get("CreatedBefore", LATEST)
        and filters.get("ObjectSizeGreaterThanBytes", -1) < size
        and size < filters.get("ObjectSizeLessThanBytes", math.inf)
        and (not classes or each.get("StorageClass", "STANDARD") in classes)
        and key.endswith(tuple(names.get("MatchAnySuffix") or [""]))
        and (not texts or any(text in key for text in texts))
    )


def _is_encrypted(head: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether an object's HEAD answer fits one MatchAnyObjectEncryption filter."""
    kind, details = next(iter(wanted.items()))
    algorithm = head.get("ServerSideEncryption")
    found = {"AES256": "SSES3", "aws:kms": "SSEKMS", "aws:kms:dsse": "DSSEKMS"}.get(algorithm or "")
    if head.get("SSECustomerAlgorithm"):
        found = "SSEC"
    if (found or "NOTSSE") != kind:
        return False
    details = details or {}
    key, bucket_key = details.get("KmsKeyArn"), details.get("BucketKeyEnabled")
    return key in {None, head.get("SSEKMSKeyId")} and (
        bucket_key is None or bucket_key == head.get("BucketKeyEnabled", False)
    )


def _upload(
    job: Job, uploads: Uploads, source: str, location: Mapping[str, Any], spool: IO[bytes]
) -> dict[str, Any]:
    """Write the data file and the manifest.json; return the GeneratedManifestDescriptor."""
    bucket, _ = preparing.split_arn(location["Bucket"])
    folder = report.folder(location.get("ManifestPrefix"), job.id)
    encryption = _encryption(location.get("ManifestEncryption") or {})
    size = spool.tell()
    spool.seek(0)
    digest = hashlib.file_digest(cast("io.BufferedReader", spool), "md5").hexdigest()
    data = inventory.DataFile(f"{folder}/data/{digest}.csv.gz", size, digest)
    spool.seek(0)
    uploads.put(Bucket=bucket, Key=data.key, Body=spool, **encryption)
    whole = inventory.document(source, bucket, (data,), job.created)
    key = f"{folder}/manifest.json"
    etag = uploads.put(Bucket=bucket, Key=key, Body=whole, **encryption).etag
    location = {"ObjectArn": f"arn:aws:s3:::{bucket}/{key}", "ETag": etag}
    return {"Format": "S3InventoryReport_CSV_20211130", "Location": location}


def _encryption(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("SSEKMS"):
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": given["SSEKMS"]["KeyId"]}
    return {}  # SSE-S3, as for all that is stored here
