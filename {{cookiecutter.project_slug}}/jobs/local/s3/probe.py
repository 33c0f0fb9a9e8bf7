"""Finds out which conditions another S3 server ignores, before objects depend on them.

Many servers ignore a condition that they do not know: a copy that must not replace anything then
replaces, and a rename deletes what was never copied. Each promise is tried once, on objects of a
bucket that is made for it and removed again.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

    Trial = Callable[[S3Client, str], object]

HERE, THERE = "here", "there"
"""The keys of the two objects."""
TWO_SLASHES, ONE_SLASH = "a//b", "a/b"
"""Two names, which a server that keeps objects in folders may take for one (SeaweedFS does)."""

WRONG = '"00000000000000000000000000000000"'
FAILED = frozenset({409, 412})
"""HTTP statuses of a request whose condition is not met."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of a server."""

    broken: tuple[str, ...] = ()
    """Conditions that it ignores or does not know, as `If-None-Match of CopyObject`."""
    knows_annotations: bool = False
    merges_names: bool = False
    """It takes `a//b` and `a/b` for one name: a rename to the other deletes its own copy."""
    skipped: str = ""
    """Why nothing was tried, if that is so."""

    @property
    def is_safe(self) -> bool:
        """Whether a rename, and a copy that must replace nothing, can be left to the server."""
        return not self.broken and not self.skipped

    def sentence(self, url: str) -> str:
        """Return what was found in one line."""
        if self.skipped:
            return f"{url} was not tried, and may ignore conditions of S3: {self.skipped}"
        if self.broken:
            return f"{url} does not enforce {', '.join(self.broken)}."
        but = ", but takes a//b and a/b for one name" if self.merges_names else ""
        return f"{url} enforces every condition that a copy and a rename need{but}."


def find(s3: S3Client) -> Findings:
    """Try the promises in a new bucket. Never raises for what the server answers."""
    bucket = f"probe-{uuid.uuid4()}"
    try:
        s3.create_bucket(Bucket=bucket)
        for key in (HERE, THERE):
            s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    except (ClientError, BotoCoreError) as error:
        return Findings(skipped=f"no bucket could be made for it ({error})")
    try:
        broken = tuple(name for name, trial in TRIALS.items() if not _is_kept(s3, bucket, trial))
        merges_names = _merges_names(s3, bucket)
        return Findings(broken, _knows_annotations(s3, bucket), merges_names)
    finally:
        _remove(s3, bucket)


def _is_kept(s3: S3Client, bucket: str, trial: Trial) -> bool:
    """Say whether the server refuses a request for its condition, as it must."""
    try:
        trial(s3, bucket)
    except ClientError as error:
        return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in FAILED
    except BotoCoreError:  # it went away, or this boto3 does not know the parameter
        return False
    return False


def _copy(**condition: str) -> Trial:
    return lambda s3, bucket: s3.copy_object(
        Bucket=bucket,
        Key=THERE,
        CopySource={"Bucket": bucket, "Key": HERE},
        **condition,  # type: ignore[arg-type] # a condition is a text
    )


def _part(s3: S3Client, bucket: str) -> object:
    where: Any = {"Bucket": bucket, "Key": THERE}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    source: Any = {"Bucket": bucket, "Key": HERE}
    try:
        return s3.upload_part_copy(
            **where, PartNumber=1, CopySource=source, CopySourceIfMatch=WRONG
        )
    finally:
        s3.abort_multipart_upload(**where)


def _complete(s3: S3Client, bucket: str) -> object:
    where: Any = {"Bucket": bucket, "Key": THERE}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    part = s3.upload_part(**where, PartNumber=1, Body=b"part")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    try:
        return s3.complete_multipart_upload(**where, MultipartUpload=parts, IfNoneMatch="*")
    except ClientError:
        s3.abort_multipart_upload(**where)
        raise


TRIALS: dict[str, Trial] = {
    "If-None-Match of CopyObject": _copy(IfNoneMatch="*"),
    "If-Match of CopyObject": _copy(IfMatch=WRONG),
    "x-amz-copy-source-if-match of CopyObject": _copy(CopySourceIfMatch=WRONG),
    "x-amz-copy-source-if-match of UploadPartCopy": _part,
    "If-None-Match of CompleteMultipartUpload": _complete,
    "If-Match of DeleteObject": lambda s3, bucket: s3.delete_object(
        Bucket=bucket, Key=THERE, IfMatch=WRONG
    ),
}
"""What `src/s3copy` leaves to the server; the delete, which may succeed, comes last."""


def _knows_annotations(s3: S3Client, bucket: str) -> bool:
    """Say whether an annotation is kept beside its object; some servers put it in its place."""
    where: Any = {"Bucket": bucket, "Key": HERE}
    try:
        s3.put_object_annotation(**where, AnnotationName="probe", AnnotationPayload=b"note")
        listed = s3.list_object_annotations(**where).get("Annotations", [])
        body = s3.get_object(**where)["Body"].read()
    except (AttributeError, BotoCoreError, ClientError):  # an older boto3, or the server refuses
        return False
    return body == HERE.encode() and [one["AnnotationName"] for one in listed] == ["probe"]


def _merges_names(s3: S3Client, bucket: str) -> bool:
    try:
        s3.put_object(Bucket=bucket, Key=TWO_SLASHES)
        s3.head_object(Bucket=bucket, Key=ONE_SLASH)
    except (ClientError, BotoCoreError):
        return False
    return True


def _remove(s3: S3Client, bucket: str) -> None:
    with suppress(ClientError, BotoCoreError):  # what is left is small, and named as a probe
        for key in (HERE, THERE, TWO_SLASHES):
            s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)
