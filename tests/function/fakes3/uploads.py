"""Multipart uploads: S3 keeps their parts apart until they are completed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fakes3.checks import check_destination, check_owner, encryption, error, shown_id, source
from fakes3.store import in_parts, whole_checksum

if TYPE_CHECKING:
    from fakes3.store import Store, Version

CONTENT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
)


def create_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    check_owner(store, "CreateMultipartUpload", given["Bucket"], given.get("ExpectedBucketOwner"))
    upload_id = f"upload-{store.number('upload', given['Bucket'], given['Key'])}"
    store.uploads[upload_id] = {**given, "parts": {}, "created": int(store.now)}
    return {"UploadId": upload_id}


def _upload(store: Store, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    check_owner(store, operation, given["Bucket"], given.get("ExpectedBucketOwner"))
    upload = store.uploads.get(given["UploadId"])
    if upload is None or upload["Key"] != given["Key"]:
        raise error(operation, 404, "NoSuchUpload")
    return upload


def upload_part_copy(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    upload = _upload(store, "UploadPartCopy", given)
    found = source(store, "UploadPartCopy", given)
    body = found.body
    if "CopySourceRange" in given:
        first, last = given["CopySourceRange"].removeprefix("bytes=").split("-")
        if int(last) >= len(body) * store.scale:
            raise error("UploadPartCopy", 400, "InvalidRequest")
        body = body[int(first) // store.scale : (int(last) + 1) // store.scale]
    etag = store.etag(body, kms=encryption(store, upload).startswith("aws:kms"))
    upload["parts"][given["PartNumber"]] = (body, etag)
    return {"CopyPartResult": {"ETag": etag}}


def complete_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    operation = "CompleteMultipartUpload"
    upload = _upload(store, operation, given)
    check_destination(store, operation, given)
    wanted = [(part["PartNumber"], part["ETag"]) for part in given["MultipartUpload"]["Parts"]]
    have = {number: etag for number, (_, etag) in upload["parts"].items()}
    if not wanted or any(have.get(number) != etag for number, etag in wanted):
        raise error(operation, 400, "InvalidPart")
    written = _write(store, upload, [number for number, _ in wanted])
    del store.uploads[given["UploadId"]]
    return {"ETag": written.etag, **shown_id(store, upload["Bucket"], written)}


def _write(store: Store, upload: dict[str, Any], numbers: list[int]) -> Version:
    """Write the object that the parts make up; it has only what CreateMultipartUpload said.

    Its date is that of CreateMultipartUpload (S3 User Guide, UsingMetadata: Last-Modified).
    """
    parts = [upload["parts"][number] for number in numbers]
    body = b"".join(part for part, _ in parts)
    digests = b"".join(bytes.fromhex(etag.strip('"')) for _, etag in parts)
    sse = encryption(store, upload)
    return store.put(
        upload["Bucket"],
        upload["Key"],
        body=body,
        etag=store.etag(digests, kms=sse.startswith("aws:kms"), parts=len(parts)),
        headers=tuple((name, upload[name]) for name in CONTENT if name in upload),
        metadata=tuple(upload.get("Metadata", {}).items()),
        tags=_parsed_tags(upload.get("Tagging", "")),
        **_checksums(upload, [part for part, _ in parts]),
        modified=upload["created"],
        sse=sse,
        kms_key=upload.get("SSEKMSKeyId"),
        storage_class=upload.get("StorageClass", "STANDARD"),
    )


def _checksums(upload: dict[str, Any], parts: list[bytes]) -> dict[str, Any]:
    algorithm = upload.get("ChecksumAlgorithm")
    if algorithm is None:
        return {}
    if upload.get("ChecksumType") == "FULL_OBJECT":
        return {"checksum": whole_checksum(algorithm, b"".join(parts))}
    return in_parts(algorithm, parts)


def _parsed_tags(tagging: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(tagging, keep_blank_values=True))


def abort_multipart_upload(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    _upload(store, "AbortMultipartUpload", given)
    del store.uploads[given["UploadId"]]
    return {}
