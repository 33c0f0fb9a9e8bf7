"""The methods of a boto3 S3 client over a `Store`: conditions, limits and errors as documented.

Each method takes the parameters and returns the answer of the boto3 method of that name, or raises
botocore's ClientError. `before` is called with each request; it may raise, or return a callable
that gets the answer's thunk: this is where faults and other writers come in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
from botocore.exceptions import ClientError

from fakes3.store import GIB, Store, Version, whole_checksum

CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "ExpiresString",
)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
Around = Callable[[str, dict[str, Any], Callable[[], Any]], Any]


@cache
def service_model() -> Any:
    return botocore.session.get_session().get_service_model("s3")


def error(operation: str, status: int, code: str, **headers: str) -> ClientError:
    """Return what botocore raises for this answer; a HEAD has no body, so only its status."""
    if operation == "HeadObject":
        code = str(status)
    answer: Any = {
        "Error": {"Code": code, "Message": f"the fake says {code}"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return ClientError(answer, operation)


class FakeClient:
    """Stands where a boto3 client stands; s3copy cannot tell them apart."""

    def __init__(self, store: Store, around: Around | None = None) -> None:
        self.store = store
        self.around: Around = around or (lambda _operation, _parameters, send: send())
        self.meta = SimpleNamespace(service_model=service_model())

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = "".join(word.capitalize() for word in method.split("_"))
        act = globals().get(f"_{method}")
        if act is None:
            raise AttributeError(method)
        return lambda **given: self.around(operation, given, lambda: act(self.store, given))


def _check_owner(store: Store, operation: str, bucket: str, owner: object) -> None:
    if bucket not in store.buckets:
        raise error(operation, 404, "NoSuchBucket")
    if owner is not None and store.buckets[bucket].owner != owner:
        raise error(operation, 403, "AccessDenied")


def _read(store: Store, operation: str, bucket: str, key: str, version_id: str | None) -> Version:
    """Return a readable version, or raise as S3 does for HEAD and for the source of a copy."""
    found = store.find(bucket, key, version_id)
    if found is None:
        raise error(operation, 404, "NoSuchVersion" if version_id else "NoSuchKey")
    if found.is_marker and version_id is None:
        raise error(operation, 404, "NoSuchKey", **{"x-amz-delete-marker": "true"})
    if found.is_marker and operation == "HeadObject":
        raise error(operation, 405, "MethodNotAllowed", **{"x-amz-delete-marker": "true"})
    if found.is_marker:
        raise error(operation, 400, "InvalidRequest")
    return found


def _shown_id(store: Store, bucket: str, version: Version) -> dict[str, str]:
    """Return the VersionId of an answer: none in a bucket that never had versioning."""
    return {} if store.buckets[bucket].versioning is None else {"VersionId": version.version_id}


def _sums(version: Version) -> dict[str, str]:
    if version.checksum is None:
        return {}
    algorithm, value, kind = version.checksum
    return {f"Checksum{algorithm}": value, "ChecksumType": kind}


def _head_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket, key = given["Bucket"], given["Key"]
    _check_owner(store, "HeadObject", bucket, given.get("ExpectedBucketOwner"))
    found = _read(store, "HeadObject", bucket, key, given.get("VersionId"))
    if found.sse == "SSE-C":
        raise error("HeadObject", 400, "InvalidRequest")
    answer = {
        "ContentLength": len(found.body) * store.scale,
        "ETag": found.etag,
        "LastModified": LONG_AGO,
        "Metadata": dict(found.metadata),
        "ServerSideEncryption": found.sse,
        **dict(found.headers),
        **_shown_id(store, bucket, found),
    }
    if found.tags:
        answer["TagCount"] = len(found.tags)
    return answer | (_sums(found) if given.get("ChecksumMode") == "ENABLED" else {})


def _source(store: Store, operation: str, given: dict[str, Any]) -> Version:
    """Return the source of CopyObject or UploadPartCopy after S3's checks of it."""
    named = given["CopySource"]
    _check_owner(store, operation, named["Bucket"], given.get("ExpectedSourceBucketOwner"))
    found = _read(store, operation, named["Bucket"], named["Key"], named.get("VersionId"))
    if found.sse == "SSE-C":
        raise error(operation, 400, "InvalidRequest")
    if found.storage_class in ARCHIVED:
        raise error(operation, 403, "ObjectNotInActiveTierError")
    if given.get("CopySourceIfMatch") not in {None, found.etag}:
        raise error(operation, 412, "PreconditionFailed")
    return found


def _check_destination(store: Store, operation: str, given: dict[str, Any]) -> None:
    """Apply IfNoneMatch and IfMatch to what is at the destination now."""
    there = store.current(given["Bucket"], given["Key"])
    if given.get("IfNoneMatch") == "*" and there:
        raise error(operation, 412, "PreconditionFailed")
    if "IfMatch" in given and there is None:
        raise error(operation, 404, "NoSuchKey")
    if there and given.get("IfMatch") not in {None, there.etag}:
        raise error(operation, 412, "PreconditionFailed")


def _encryption(store: Store, given: dict[str, Any]) -> str:
    kms = store.buckets[given["Bucket"]].kms
    return str(given.get("ServerSideEncryption") or ("aws:kms" if kms else "AES256"))


def _copy_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = _real_name(store, given["Bucket"])
    given = given | {"Bucket": bucket}
    _check_owner(store, "CopyObject", bucket, given.get("ExpectedBucketOwner"))
    found = _source(store, "CopyObject", given)
    named = given["CopySource"]
    if len(found.body) * store.scale > 5 * GIB:
        raise error("CopyObject", 400, "InvalidRequest")
    changes = {"ServerSideEncryption", "StorageClass"} & given.keys()
    if (bucket, given["Key"]) == (named["Bucket"], named["Key"]) and not changes:
        raise error("CopyObject", 400, "InvalidRequest")
    _check_destination(store, "CopyObject", given)
    sse = _encryption(store, given)
    tagged = given.get("TaggingDirective") != "REPLACE"
    annotated = given.get("AnnotationDirective") != "EXCLUDE"
    written = store.put(
        bucket,
        given["Key"],
        body=found.body,
        etag=store.etag(found.body, kms=sse.startswith("aws:kms")),
        headers=found.headers,
        metadata=found.metadata,
        tags=found.tags if tagged else (),
        annotations=found.annotations if annotated else (),
        checksum=found.checksum and whole_checksum(found.checksum[0], found.body),
        sse=sse,
        storage_class=given.get("StorageClass", "STANDARD"),
    )
    source_id = _shown_id(store, named["Bucket"], found).get("VersionId")
    return {
        "CopyObjectResult": {"ETag": written.etag, **_sums(written)},
        "ServerSideEncryption": sse,
        **_shown_id(store, bucket, written),
        **({"CopySourceVersionId": source_id} if source_id else {}),
    }


def _real_name(store: Store, bucket: str) -> str:
    """Return the bucket behind an ARN or an access point alias."""
    name = bucket.rsplit(":", 1)[-1].removesuffix("-s3alias").removesuffix("--ol-s3")
    return name if name in store.buckets else bucket


def _delete_object(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket, key = given["Bucket"], given["Key"]
    _check_owner(store, "DeleteObject", bucket, given.get("ExpectedBucketOwner"))
    there = store.current(bucket, key)
    if "IfMatch" in given and there is None:
        raise error("DeleteObject", 404, "NoSuchKey")
    if there and given.get("IfMatch") not in {None, "*", there.etag}:
        raise error("DeleteObject", 412, "PreconditionFailed")
    store.delete(bucket, key)
    return {}


def _get_bucket_versioning(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    _check_owner(store, "GetBucketVersioning", bucket, given.get("ExpectedBucketOwner"))
    status = store.buckets[bucket].versioning
    return {"Status": status} if status else {}


def _get_object_tagging(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    bucket = given["Bucket"]
    _check_owner(store, "GetObjectTagging", bucket, given.get("ExpectedBucketOwner"))
    found = _read(store, "GetObjectTagging", bucket, given["Key"], given.get("VersionId"))
    return {"TagSet": [{"Key": key, "Value": value} for key, value in found.tags]}


def _create_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    _check_owner(store, "CreateMultipartUpload", given["Bucket"], given.get("ExpectedBucketOwner"))
    upload_id = f"upload-{store.number()}"
    store.uploads[upload_id] = {**given, "parts": {}}
    return {"UploadId": upload_id}


def _upload(store: Store, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    _check_owner(store, operation, given["Bucket"], given.get("ExpectedBucketOwner"))
    upload = store.uploads.get(given["UploadId"])
    if upload is None or upload["Key"] != given["Key"]:
        raise error(operation, 404, "NoSuchUpload")
    return upload


def _upload_part_copy(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    upload = _upload(store, "UploadPartCopy", given)
    found = _source(store, "UploadPartCopy", given)
    body = found.body
    if "CopySourceRange" in given:
        first, last = given["CopySourceRange"].removeprefix("bytes=").split("-")
        if int(last) >= len(body) * store.scale:
            raise error("UploadPartCopy", 400, "InvalidRequest")
        body = body[int(first) // store.scale : (int(last) + 1) // store.scale]
    etag = store.etag(body, kms=_encryption(store, upload).startswith("aws:kms"))
    upload["parts"][given["PartNumber"]] = (body, etag)
    return {"CopyPartResult": {"ETag": etag}}


def _complete_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "CompleteMultipartUpload"
    upload = _upload(store, operation, given)
    _check_destination(store, operation, given)
    wanted = [(part["PartNumber"], part["ETag"]) for part in given["MultipartUpload"]["Parts"]]
    have = {number: etag for number, (_, etag) in upload["parts"].items()}
    if not wanted or any(have.get(number) != etag for number, etag in wanted):
        raise error(operation, 400, "InvalidPart")
    body = b"".join(upload["parts"][number][0] for number, _ in wanted)
    sse = _encryption(store, upload)
    digests = b"".join(bytes.fromhex(etag.strip('"')) for _, etag in wanted)
    whole = upload.get("ChecksumType") == "FULL_OBJECT"
    algorithm = upload.get("ChecksumAlgorithm", "")
    written = store.put(
        upload["Bucket"],
        upload["Key"],
        body=body,
        etag=store.etag(digests, kms=sse.startswith("aws:kms"), parts=len(wanted)),
        headers=tuple((name, upload[name]) for name in CONTENT if name in upload),
        metadata=tuple(upload.get("Metadata", {}).items()),
        tags=_parsed_tags(upload.get("Tagging", "")),
        checksum=whole_checksum(algorithm, body)
        if whole
        else ((algorithm, "parts", "COMPOSITE") if algorithm else None),
        sse=sse,
        storage_class=upload.get("StorageClass", "STANDARD"),
    )
    del store.uploads[given["UploadId"]]
    return {"ETag": written.etag, **_shown_id(store, upload["Bucket"], written)}


def _parsed_tags(tagging: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(tagging, keep_blank_values=True))


def _abort_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    _upload(store, "AbortMultipartUpload", given)
    del store.uploads[given["UploadId"]]
    return {}


def _list_object_annotations(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    _check_owner(store, "ListObjectAnnotations", given["Bucket"], given.get("ExpectedBucketOwner"))
    found = _read(
        store, "ListObjectAnnotations", given["Bucket"], given["Key"], given.get("VersionId")
    )
    listed = [
        {"AnnotationName": name, "Size": len(payload), "ETag": _md5(payload)}
        for name, payload in found.annotations
    ]
    return {"Annotations": listed}


def _get_object_annotation(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "GetObjectAnnotation"
    _check_owner(store, operation, given["Bucket"], given.get("ExpectedBucketOwner"))
    found = _read(store, operation, given["Bucket"], given["Key"], given.get("VersionId"))
    payload = dict(found.annotations).get(given["AnnotationName"])
    if payload is None:
        raise error(operation, 404, "NoSuchAnnotation")
    return {"AnnotationPayload": io.BytesIO(payload)}


def _put_object_annotation(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "PutObjectAnnotation"
    bucket, key = given["Bucket"], given["Key"]
    _check_owner(store, operation, bucket, given.get("ExpectedBucketOwner"))
    found = _read(store, operation, bucket, key, given.get("VersionId"))
    if given.get("ObjectIfMatch") not in {None, found.etag}:
        raise error(operation, 412, "PreconditionFailed")
    annotations = dict(found.annotations) | {given["AnnotationName"]: given["AnnotationPayload"]}
    store.change(bucket, key, found, annotations=tuple(sorted(annotations.items())))
    return {}


def _md5(payload: bytes) -> str:
    return f'"{hashlib.md5(payload, usedforsecurity=False).hexdigest()}"'
