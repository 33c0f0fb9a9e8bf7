"""Annotations: named payloads on a version; writing one makes no new version."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

from fakes3.checks import check_owner, error, read

if TYPE_CHECKING:
    from fakes3.store import Store


def list_object_annotations(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    check_owner(store, "ListObjectAnnotations", given["Bucket"], given.get("ExpectedBucketOwner"))
    found = read(
        store, "ListObjectAnnotations", given["Bucket"], given["Key"], given.get("VersionId")
    )
    listed = [
        {"AnnotationName": name, "Size": len(payload), "ETag": _md5(payload)}
        for name, payload in found.annotations
    ]
    return {"Annotations": listed}


def get_object_annotation(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "GetObjectAnnotation"
    check_owner(store, operation, given["Bucket"], given.get("ExpectedBucketOwner"))
    found = read(store, operation, given["Bucket"], given["Key"], given.get("VersionId"))
    payload = dict(found.annotations).get(given["AnnotationName"])
    if payload is None:
        raise error(operation, 404, "NoSuchAnnotation")
    return {"AnnotationPayload": io.BytesIO(payload)}


def put_object_annotation(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "PutObjectAnnotation"
    bucket, key = given["Bucket"], given["Key"]
    check_owner(store, operation, bucket, given.get("ExpectedBucketOwner"))
    found = read(store, operation, bucket, key, given.get("VersionId"))
    if given.get("ObjectIfMatch") not in {None, found.etag}:
        raise error(operation, 412, "PreconditionFailed")
    annotations = dict(found.annotations) | {given["AnnotationName"]: given["AnnotationPayload"]}
    store.change(bucket, key, found, annotations=tuple(sorted(annotations.items())))
    return {}


def _md5(payload: bytes) -> str:
    return f'"{hashlib.md5(payload, usedforsecurity=False).hexdigest()}"'
