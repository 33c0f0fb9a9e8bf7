"""Objects up to 5 GiB: HEAD, copy, delete, and what hangs on their bucket."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fakes3.checks import (
    check_destination,
    check_owner,
    encryption,
    error,
    read,
    shown_id,
    source,
    sums,
)
from fakes3.store import GIB, whole_checksum

if TYPE_CHECKING:
    from fakes3.store import Store, Version

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def head_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket, key = given["Bucket"], given["Key"]
    check_owner(store, "HeadObject", bucket, given.get("ExpectedBucketOwner"))
    found = read(store, "HeadObject", bucket, key, given.get("VersionId"))
    if found.sse == "SSE-C":
        raise error("HeadObject", 400, "InvalidRequest")
    answer = {
        "ContentLength": len(found.body) * store.scale,
        "ETag": found.etag,
        "LastModified": START + dt.timedelta(seconds=found.modified),  # whole seconds
        "Metadata": dict(found.metadata),
        "ServerSideEncryption": found.sse,
        **headers(found),
        **shown_id(store, bucket, found),
    }
    if found.tags:
        answer["TagCount"] = len(found.tags)
    if found.kms_key:
        answer["SSEKMSKeyId"] = found.kms_key
    if found.storage_class != "STANDARD":
        answer["StorageClass"] = found.storage_class
    return answer | (sums(found) if given.get("ChecksumMode") == "ENABLED" else {})


def headers(found: Version) -> dict[str, Any]:
    """Return the content headers; boto3 gives Expires as it is, too."""
    given = dict(found.headers)
    if "Expires" in given:
        given["ExpiresString"] = given.pop("Expires")
    return given


def copy_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    check_owner(store, "CopyObject", bucket, given.get("ExpectedBucketOwner"))
    found = source(store, "CopyObject", given)
    named = given["CopySource"]
    if len(found.body) * store.scale > 5 * GIB:
        raise error("CopyObject", 400, "InvalidRequest")
    changes = {"ServerSideEncryption", "StorageClass"} & given.keys()
    if (bucket, given["Key"]) == (named["Bucket"], named["Key"]) and not changes:
        raise error("CopyObject", 400, "InvalidRequest")
    check_destination(store, "CopyObject", given)
    written = _write(store, given, found)
    source_id = shown_id(store, named["Bucket"], found).get("VersionId")
    return {
        "CopyObjectResult": {"ETag": written.etag, **sums(written)},
        "ServerSideEncryption": written.sse,
        **shown_id(store, bucket, written),
        **({"CopySourceVersionId": source_id} if source_id else {}),
    }


def _write(store: Store, given: dict[str, Any], found: Version) -> Version:
    """Write the copy: what S3 carries by itself, and what the request says."""
    sse = encryption(store, given)
    tagged = given.get("TaggingDirective") != "REPLACE"
    annotated = given.get("AnnotationDirective") != "EXCLUDE"
    return store.put(
        given["Bucket"],
        given["Key"],
        body=found.body,
        etag=store.etag(found.body, kms=sse.startswith("aws:kms")),
        headers=found.headers,
        metadata=found.metadata,
        tags=found.tags if tagged else (),
        annotations=found.annotations if annotated else (),
        checksum=found.checksum and whole_checksum(found.checksum[0], found.body),
        sse=sse,
        kms_key=given.get("SSEKMSKeyId"),
        storage_class=given.get("StorageClass", "STANDARD"),
    )


def delete_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket, key = given["Bucket"], given["Key"]
    check_owner(store, "DeleteObject", bucket, given.get("ExpectedBucketOwner"))
    there = store.current(bucket, key)
    if "IfMatch" in given and there is None:
        raise error("DeleteObject", 404, "NoSuchKey")
    if there and given.get("IfMatch") not in {None, "*", there.etag}:
        raise error("DeleteObject", 412, "PreconditionFailed")
    store.delete(bucket, key)
    return {}


def get_bucket_versioning(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    check_owner(store, "GetBucketVersioning", bucket, given.get("ExpectedBucketOwner"))
    status = store.buckets[bucket].versioning
    return {"Status": status} if status else {}


def list_objects_v2(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    check_owner(store, "ListObjectsV2", bucket, given.get("ExpectedBucketOwner"))
    keys = [key for key in store.buckets[bucket].keys if store.current(bucket, key)]
    return {"Contents": [{"Key": key} for key in sorted(keys)[: given["MaxKeys"]]]}


def get_object_tagging(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    check_owner(store, "GetObjectTagging", bucket, given.get("ExpectedBucketOwner"))
    found = read(store, "GetObjectTagging", bucket, given["Key"], given.get("VersionId"))
    return {"TagSet": [{"Key": key, "Value": value} for key, value in found.tags]}


def put_object_tagging(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket, key = given["Bucket"], given["Key"]
    check_owner(store, "PutObjectTagging", bucket, given.get("ExpectedBucketOwner"))
    found = read(store, "PutObjectTagging", bucket, key, given.get("VersionId"))
    tags = tuple((tag["Key"], tag["Value"]) for tag in given["Tagging"]["TagSet"])
    store.change(bucket, key, found, tags=tags)
    return {}


def get_object_attributes(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    """Answer with ETag and parts; a page has two, where S3 gives a thousand."""
    operation = "GetObjectAttributes"
    check_owner(store, operation, given["Bucket"], given.get("ExpectedBucketOwner"))
    found = read(store, operation, given["Bucket"], given["Key"], given.get("VersionId"))
    answer: dict[str, Any] = {"ETag": found.etag.strip('"')}
    if found.parts and found.checksum:
        first = given.get("PartNumberMarker", 0)
        last = min(first + 2, len(found.parts))
        answer["ObjectParts"] = {
            "IsTruncated": last < len(found.parts),
            "NextPartNumberMarker": last,
            "Parts": [
                {
                    "PartNumber": number + 1,
                    "Size": found.parts[number][0] * store.scale,
                    f"Checksum{found.checksum[0]}": found.parts[number][1],
                }
                for number in range(first, last)
            ],
        }
    return answer
