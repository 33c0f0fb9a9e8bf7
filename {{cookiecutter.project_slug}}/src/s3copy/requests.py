"""The requests of this package: one function each, its conditions and owner checks beside it.

Each raises ClientError for what S3 refuses, and TryAgainError when the time is up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, status_of
from s3copy import directory_buckets, s3_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_s3.client import S3Client

    from s3copy.values import Options, Transfer

Answer = dict[str, Any]


def head_source(transfer: Transfer, version_id: str | None = None) -> Mapping[str, Any]:
    """Return the HEAD of the source (or of one version of it), checksums included."""
    return transfer.deadline.send(
        transfer.s3.head_object,
        Bucket=transfer.source.bucket,
        Key=transfer.source.key,
        ChecksumMode="ENABLED",
        **_version(version_id),
        **_from_source(transfer.options),
    )


def head_target(transfer: Transfer) -> Mapping[str, Any] | None:
    """Return the HEAD of the destination, checksums included, or None when nothing is there."""
    try:
        return transfer.deadline.send(
            transfer.s3.head_object,
            Bucket=transfer.target.bucket,
            Key=transfer.target.key,
            ChecksumMode="ENABLED",
            **_to_target(transfer.options),
        )
    except ClientError as error:
        if status_of(error) == NOT_FOUND:
            return None
        raise


def copy_object(transfer: Transfer, **conditions: str) -> Mapping[str, Any]:
    """Copy in one request, up to 5 GiB.

    What it carries by itself: see `preserving`. The ACL, the website redirect, Object Lock, the
    storage class and the encryption it does not: the destination bucket and the settings decide.
    """
    return transfer.deadline.send_long(
        transfer.s3.copy_object,
        Bucket=transfer.target.bucket,
        Key=transfer.target.key,
        **_copy_source(transfer),
        **written_as(transfer.options),
        **_directives(transfer),
        **conditions,
    )


def unless_there(transfer: Transfer) -> dict[str, str]:
    """Return the condition under which something is written at the destination."""
    return {"IfNoneMatch": "*"} if transfer.never else {}


def delete_source(transfer: Transfer, etag: str) -> None:
    """Delete the source while its current version has this ETag. Never a VersionId."""
    transfer.deadline.send(
        transfer.s3.delete_object,
        Bucket=transfer.source.bucket,
        Key=transfer.source.key,
        IfMatch=etag,
        **_from_source(transfer.options),
    )


def source_versioning(transfer: Transfer) -> str | None:
    """Return "Enabled", "Suspended" or None; asked once a bucket and process."""
    bucket, owner = transfer.source.bucket, transfer.options.source_owner
    return transfer.deadline.send(versioning, s3=transfer.s3, bucket=bucket, owner=owner)


@lru_cache(maxsize=64)
def versioning(s3: S3Client, bucket: str, owner: str | None) -> str | None:
    """Ask for the versioning of a bucket."""
    check = {"ExpectedBucketOwner": owner} if owner else {}
    return s3.get_bucket_versioning(Bucket=bucket, **check).get("Status")


def check_source_bucket(transfer: Transfer) -> None:
    """Raise ClientError when the source bucket is missing, or cannot be looked at.

    Each operation asks what its role may ask: a rename for the versioning, which SUSP needs, a copy
    for one key. HeadBucket has no body that says NoSuchBucket, and no parameter for who pays. Asked
    once a bucket and process.
    """
    if transfer.deletes:
        source_versioning(transfer)
    else:
        bucket, given = transfer.source.bucket, tuple(_from_source(transfer.options).items())
        transfer.deadline.send(look_into, s3=transfer.s3, bucket=bucket, given=given)


@lru_cache(maxsize=64)
def look_into(s3: S3Client, bucket: str, given: tuple[tuple[str, Any], ...]) -> None:
    """Ask for one key of a bucket."""
    s3.list_objects_v2(Bucket=bucket, MaxKeys=1, **dict(given))


def rename_object(transfer: Transfer, etag: str) -> None:
    """Rename inside one directory bucket while the source has this ETag: one atomic step of S3.

    botocore makes a ClientToken for each call, which its own retries share: they do not rename
    twice. A token made from the task would make a later rename back and forth succeed unseen.
    """
    condition = {"DestinationIfNoneMatch": "*"} if transfer.never else {}
    transfer.deadline.send(
        transfer.s3.rename_object,
        Bucket=transfer.target.bucket,
        Key=transfer.target.key,
        RenameSource=directory_buckets.rename_source(transfer.source.key),
        SourceIfMatch=etag,
        **condition,
    )


def source_tags(transfer: Transfer) -> dict[str, str]:
    """Return the source's tags. Directory buckets hold none, and know no GetObjectTagging.

    A HEAD is no substitute: it has no TagCount when there are no tags, and none either when the
    role may not read them (S3 API, HeadObject). This request is denied then.
    """
    return {} if transfer.from_directory else _tags(transfer, at_source(transfer))


def target_tags(transfer: Transfer) -> dict[str, str]:
    """Return the tags of what is at the destination now."""
    return _tags(transfer, at_target(transfer, None))


def _tags(transfer: Transfer, where: Mapping[str, Any]) -> dict[str, str]:
    answer = transfer.deadline.send(transfer.s3.get_object_tagging, **where)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def tag_target(transfer: Transfer, version_id: str | None, tags: Mapping[str, str]) -> None:
    """Give the copy all its tags, in a request of their own."""
    transfer.deadline.send(
        transfer.s3.put_object_tagging,
        **at_target(transfer, version_id),
        Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]},
    )


def source_parts(transfer: Transfer, etag: str, checksum: str) -> list[tuple[int, str]]:
    """Return bytes and checksum ("" where there is none) of each part of the source, in order.

    Nothing is returned when the source no longer has this ETag, as a HEAD gives it. `checksum` is
    such as "ChecksumCRC32".
    """
    parts: list[tuple[int, str]] = []
    marker: dict[str, int] = {}
    while True:
        answer = transfer.deadline.send(
            transfer.s3.get_object_attributes,
            **at_source(transfer),
            ObjectAttributes=["ETag", "ObjectParts"],
            **marker,
        )
        if answer.get("ETag", "").strip('"') != etag.strip('"'):  # this answer has no quotes
            return []
        page = answer.get("ObjectParts", {})
        parts += [(part["Size"], str(part.get(checksum) or "")) for part in page.get("Parts", [])]
        if not page.get("IsTruncated"):
            return parts
        marker = {"PartNumberMarker": page["NextPartNumberMarker"]}


def annotation_names(transfer: Transfer, where: Mapping[str, Any]) -> set[str]:
    """Return the names of an object's annotations: 1,000 at most, in pages."""
    names: set[str] = set()
    token: dict[str, str] = {}
    while True:
        page = transfer.deadline.send(transfer.s3.list_object_annotations, **where, **token)
        names |= {one["AnnotationName"] for one in page.get("Annotations", [])}
        if not page.get("NextContinuationToken"):
            return names
        token = {"ContinuationToken": page["NextContinuationToken"]}


def annotation(transfer: Transfer, where: Mapping[str, Any], name: str) -> bytes:
    """Return the payload of one annotation."""
    answer = transfer.deadline.send(transfer.s3.get_object_annotation, **where, AnnotationName=name)
    payload: bytes = answer["AnnotationPayload"].read()
    return payload


def annotate(
    transfer: Transfer, where: Mapping[str, Any], etag: str, name: str, payload: bytes
) -> None:
    """Write one annotation while the object has this ETag."""
    transfer.deadline.send(
        transfer.s3.put_object_annotation,
        **where,
        AnnotationName=name,
        AnnotationPayload=payload,
        ObjectIfMatch=etag,
    )


def at_source(transfer: Transfer) -> dict[str, Any]:
    """Return the parameters that name the source (the version, if one is named) and its owner."""
    source = transfer.source
    named = {"Bucket": source.bucket, "Key": source.key, **_version(source.version_id)}
    return named | _from_source(transfer.options)


def at_target(transfer: Transfer, version_id: str | None) -> dict[str, Any]:
    """Return the parameters that name one version of the copy, and its owner."""
    named = {"Bucket": transfer.target.bucket, "Key": transfer.target.key, **_version(version_id)}
    return named | _to_target(transfer.options)


def create_upload(
    transfer: Transfer, wanted: Mapping[str, Any], expires: str | None
) -> dict[str, Any]:
    """Begin an upload; return the parameters that name it.

    `wanted` are the parameters that describe the object; `expires` its Expires header, any text.
    """
    named = {"Bucket": transfer.target.bucket, "Key": transfer.target.key}
    with s3_client.expires_as_it_is(transfer.s3, expires):
        created = transfer.deadline.send(
            transfer.s3.create_multipart_upload, **named, **wanted, **written_as(transfer.options)
        )
    return {**named, "UploadId": created["UploadId"], **_to_target(transfer.options)}


def copy_part(
    transfer: Transfer, upload: Mapping[str, Any], number: int, span: str, etag: str
) -> Mapping[str, Any]:
    """Copy these bytes of the source while it has this ETag; return the CopyPartResult."""
    answer = transfer.deadline.send_long(
        transfer.s3.upload_part_copy,
        **upload,
        **_copy_source(transfer),
        PartNumber=number,
        CopySourceRange=span,
        CopySourceIfMatch=etag,
    )
    result: Mapping[str, Any] = answer["CopyPartResult"]
    return result


def complete_upload(
    transfer: Transfer,
    upload: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    there: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    """Make the object of its parts; return the answer: its ETag and VersionId.

    Only while the destination is as it was seen before (`there`, its HEAD, or None): another
    delivery may have finished meanwhile, and written what follows the completion.
    """
    condition = {"IfMatch": there["ETag"]} if there else {"IfNoneMatch": "*"}
    return transfer.deadline.send_long(
        transfer.s3.complete_multipart_upload,
        **upload,
        MultipartUpload={"Parts": parts},
        **condition,
    )


def abort_upload(transfer: Transfer, upload: Mapping[str, Any]) -> None:
    """Abort, even when the time is nearly up."""
    transfer.deadline.for_the_abort().send_long(transfer.s3.abort_multipart_upload, **upload)


def written_as(options: Options) -> dict[str, Any]:
    """Return what a deployment sets for every copy, whatever its size."""
    wanted: dict[str, Any] = {}
    if options.kms_key_arn:
        wanted |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": options.kms_key_arn}
    if options.storage_class:
        wanted["StorageClass"] = options.storage_class
    return wanted | _to_target(options)


def _copy_source(transfer: Transfer) -> dict[str, Any]:
    """Return the parameters that name the source of CopyObject and UploadPartCopy."""
    source = transfer.source
    named = {"Bucket": source.bucket, "Key": source.key}
    if source.version_id:
        named["VersionId"] = source.version_id
    wanted: dict[str, Any] = {"CopySource": named}
    if transfer.options.source_owner:
        wanted["ExpectedSourceBucketOwner"] = transfer.options.source_owner
    return wanted


def _directives(transfer: Transfer) -> dict[str, str]:
    """Return what CopyObject shall leave behind.

    S3 answers 501 to a copy of tags into a directory bucket, and to annotations of one
    (S3 API, CopyObject).
    """
    wanted = {"TaggingDirective": "REPLACE"} if transfer.into_directory else {}
    excluded = transfer.options.annotations == "exclude" or transfer.by_directory
    if excluded and s3_client.knows(transfer.s3, "CopyObject", "AnnotationDirective"):
        wanted["AnnotationDirective"] = "EXCLUDE"
    return wanted


def _version(version_id: str | None) -> dict[str, str]:
    return {"VersionId": version_id} if version_id else {}


def _from_source(options: Options) -> dict[str, str]:
    """Return what every request to the source bucket carries: the owner check, and who pays."""
    owner = {"ExpectedBucketOwner": options.source_owner} if options.source_owner else {}
    return owner | _payer(options)


def _to_target(options: Options) -> dict[str, str]:
    """Return what every request to the destination bucket carries."""
    owner = {"ExpectedBucketOwner": options.destination_owner} if options.destination_owner else {}
    return owner | _payer(options)


def _payer(options: Options) -> dict[str, str]:
    return {"RequestPayer": "requester"} if options.requester_pays else {}
