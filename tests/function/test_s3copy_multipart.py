"""Objects above 5 GiB: the requests, in order, with one part in flight."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from fakes3.sdk import KNOWS_ANNOTATIONS
from s3copy import multipart, preserving
from stubbed_s3 import (
    AT_SOURCE,
    AT_TARGET,
    EXCLUDE,
    GIB,
    NEVER,
    SOURCE,
    Answers,
    answers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UPLOAD = {**AT_TARGET, "UploadId": "u"}
BIG = {"ContentLength": 6 * GIB, "ETag": '"big-7"'}
SETTINGS: dict[str, Any] = {"part_size": 4 * GIB, "parts_in_flight": 1, "annotations": "exclude"}
PARTS = [{"PartNumber": 1, "ETag": '"01"'}, {"PartNumber": 2, "ETag": '"02"'}]
SPANS = ["bytes=0-4294967295", "bytes=4294967296-6442450943"]
DONE = "s3://target-bucket/out/a b"
NEEDS_ANNOTATIONS = pytest.mark.skipif(
    not KNOWS_ANNOTATIONS, reason="this boto3 does not know annotations"
)


@pytest.fixture
def s3() -> Iterator[Answers]:
    yield from answers()


def begin(s3: Answers, head: dict[str, Any] | None = None, **created: Any) -> None:
    """Answer up to the created upload: the size is found out by the refusal of CopyObject."""
    s3.error("copy_object", 400, "InvalidRequest", {**NEVER, **EXCLUDE})
    s3.head(AT_SOURCE, **BIG, **(head or {}))
    s3.error("head_object", 404, "404", {**AT_TARGET, "ChecksumMode": "ENABLED"})
    s3.add("get_object_tagging", AT_SOURCE, {"TagSet": created.pop("tags", [])})
    expected = {**AT_TARGET, "Metadata": {}, **created}
    s3.add("create_multipart_upload", expected, {"UploadId": "u"})


def part(s3: Answers, number: int) -> None:
    expected = {
        **UPLOAD,
        "CopySource": AT_SOURCE,
        "PartNumber": number,
        "CopySourceRange": SPANS[number - 1],
        "CopySourceIfMatch": '"big-7"',
    }
    s3.add("upload_part_copy", expected, {"CopyPartResult": {"ETag": f'"0{number}"'}})


def complete(s3: Answers) -> None:
    expected = {**UPLOAD, "MultipartUpload": {"Parts": PARTS}, "IfNoneMatch": "*"}
    s3.add("complete_multipart_upload", expected, {"ETag": '"new-2"', "VersionId": "v3"})


def abort(s3: Answers) -> None:
    s3.add("abort_multipart_upload", UPLOAD, {})


def test_a_big_rename_copies_parts_of_one_content_and_then_deletes(s3: Answers) -> None:
    begin(s3)
    part(s3, 1)
    part(s3, 2)
    complete(s3)
    s3.delete('"big-7"')
    assert s3.rename(**SETTINGS) == f"Renamed to {DONE} (version v3)"


def test_everything_that_copy_object_carries_is_sent_again(s3: Answers) -> None:
    expires = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    described = {
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "ja",
        "ContentType": "text/x-odd",
        "Expires": expires,
        "Metadata": {"colour": "blue"},
    }
    head = {
        **described,
        "ChecksumCRC32C": "AAAA",
        "ChecksumType": "COMPOSITE",
        "WebsiteRedirectLocation": "/x",
    }
    sums = {"ChecksumAlgorithm": "CRC32C", "ChecksumType": "FULL_OBJECT"}
    tags = [{"Key": "a b", "Value": "1&2"}, {"Key": "c", "Value": ""}]
    begin(s3, head, **described, **sums, tags=tags, Tagging="a+b=1%262&c=")
    part(s3, 1)
    part(s3, 2)
    complete(s3)
    assert s3.copy(**SETTINGS) == f"Copied to {DONE} (version v3)"


def test_a_sha256_checksum_stays_one_of_parts(s3: Answers) -> None:
    begin(s3, {"ChecksumSHA256": "A-7", "ChecksumType": "COMPOSITE"}, ChecksumAlgorithm="SHA256")
    part(s3, 1)
    part(s3, 2)
    complete(s3)
    s3.copy(**SETTINGS)


def test_metadata_that_cannot_be_read_is_said_before_anything_is_written() -> None:
    head = {"ContentLength": 6 * GIB, "ETag": '"e"', "MissingMeta": 2}
    with pytest.raises(s3copy.RefusedError, match="2 metadata entries of the source cannot be"):
        preserving.new_upload(head, {})


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("NoSuchUpload", 404)])
def test_a_source_that_changes_aborts_the_upload(s3: Answers, code: str, status: int) -> None:
    begin(s3)
    part(s3, 1)
    s3.error("upload_part_copy", status, code)
    abort(s3)
    with pytest.raises(s3copy.TryAgainError, match="changed while the parts were copied"):
        s3.copy(**SETTINGS)


def test_a_denied_part_is_refused_and_aborted(s3: Answers) -> None:
    begin(s3)
    s3.error("upload_part_copy", 403, "AccessDenied")
    abort(s3)
    with pytest.raises(s3copy.RefusedError, match="S3 denied UploadPartCopy"):
        s3.copy(**SETTINGS)


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [("AccessDenied", 403, s3copy.RefusedError), ("NoSuchKey", 404, s3copy.TryAgainError)],
)
def test_a_failed_abort_does_not_hide_the_first_failure(
    s3: Answers, code: str, status: int, failure: type[Exception]
) -> None:
    begin(s3)
    s3.error("upload_part_copy", status, code)
    s3.error("abort_multipart_upload", 403, "AccessDenied")
    first = "denied UploadPartCopy" if status == 403 else "changed while the parts were copied"
    with pytest.raises(failure, match=rf"{first}.*; besides, .* \(S3 denied AbortMultipartUpload"):
        s3.copy(**SETTINGS)


def test_a_rename_that_another_delivery_finished_meanwhile_succeeds(s3: Answers) -> None:
    s3.head(AT_SOURCE, **BIG)
    s3.error("head_object", 404, "404")
    s3.error("get_object_tagging", 404, "NoSuchKey")
    s3.error("head_object", 404, "404")
    s3.versioning()
    s3.head(AT_TARGET)
    assert s3.rename(head_first=True, **SETTINGS).startswith("Already renamed: ")


def test_a_named_version_that_vanished_is_tried_again(s3: Answers) -> None:
    s3.head(AT_SOURCE, VersionId="null", **BIG)
    s3.error("head_object", 404, "404")
    s3.error("get_object_tagging", 404, "NoSuchKey")
    s3.error("head_object", 404, "404")
    with pytest.raises(s3copy.TryAgainError, match="is gone again"):
        s3.rename(s3copy.Source(SOURCE.bucket, SOURCE.key, "null"), **SETTINGS)


@NEEDS_ANNOTATIONS
@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_an_annotation_that_vanished_says_nothing_of_its_object(
    s3: Answers, operation: str
) -> None:
    s3.error("copy_object", 400, "InvalidRequest")
    s3.head(AT_SOURCE, **BIG)
    s3.head(AT_TARGET, ETag='"other"')
    s3.tags(AT_SOURCE)
    s3.annotations(AT_SOURCE, "label")
    s3.error("get_object_annotation", 404, "NoSuchAnnotation")
    s3.head(AT_SOURCE, **BIG)
    act = s3.rename if operation == "rename" else s3.copy
    with pytest.raises(s3copy.TryAgainError, match="nothing was deleted, try again"):
        act(**{**SETTINGS, "overwrite": "always", "annotations": "copy"})


def test_an_upload_that_is_gone_needs_no_abort(s3: Answers) -> None:
    begin(s3)
    s3.error("upload_part_copy", 403, "AccessDenied")
    s3.error("abort_multipart_upload", 404, "NoSuchUpload")
    with pytest.raises(s3copy.RefusedError, match="denied UploadPartCopy"):
        s3.copy(**SETTINGS)


def test_a_complete_that_took_effect_before_its_retry_is_recognised(s3: Answers) -> None:
    begin(s3)
    part(s3, 1)
    part(s3, 2)
    s3.error("complete_multipart_upload", 404, "NoSuchUpload")
    s3.error("abort_multipart_upload", 404, "NoSuchUpload")
    whole = {"ContentLength": BIG["ContentLength"], "VersionId": "v4"}
    s3.head(AT_TARGET, ETag=multipart.joined_etag(PARTS), **whole)
    s3.tags(AT_SOURCE)
    s3.tags(AT_TARGET)
    s3.delete('"big-7"')
    done = f"Renamed to {DONE} (version v4), an identical copy was there already"
    assert s3.rename(**SETTINGS) == done


def test_anothers_upload_of_the_same_parts_is_not_ours(s3: Answers) -> None:
    begin(s3)
    part(s3, 1)
    part(s3, 2)
    s3.error("complete_multipart_upload", 412, "PreconditionFailed")
    abort(s3)
    theirs = {"ContentLength": BIG["ContentLength"], "Metadata": {"owner": "another"}}
    s3.head(AT_TARGET, ETag=multipart.joined_etag(PARTS), **theirs)
    with pytest.raises(s3copy.RefusedError, match=r"\(other Metadata\)"):
        s3.rename(**SETTINGS)


def test_another_object_that_came_during_the_upload_is_kept(s3: Answers) -> None:
    begin(s3)
    part(s3, 1)
    part(s3, 2)
    s3.error("complete_multipart_upload", 412, "PreconditionFailed")
    abort(s3)
    s3.head(AT_TARGET)
    with pytest.raises(s3copy.RefusedError, match="is not shown to be a copy"):
        s3.rename(**SETTINGS)


def test_a_failed_abort_of_an_overtaken_upload_is_tried_again(s3: Answers) -> None:
    begin(s3)
    part(s3, 1)
    part(s3, 2)
    s3.error("complete_multipart_upload", 412, "PreconditionFailed")
    s3.error("abort_multipart_upload", 403, "AccessDenied")
    with pytest.raises(s3copy.TryAgainError, match=r"ended while it was completed.*; besides"):
        s3.copy(**SETTINGS)


def test_an_object_that_is_there_is_looked_at_before_the_upload(s3: Answers) -> None:
    s3.head(AT_SOURCE, **BIG)
    s3.head(AT_TARGET)
    with pytest.raises(s3copy.RefusedError, match=r"5 bytes, not 6442450944"):
        s3.copy(**SETTINGS, head_first=True)


def test_a_lowered_threshold_looks_at_the_source_first(s3: Answers) -> None:
    s3.head(AT_SOURCE)
    s3.copy_object({**NEVER, **EXCLUDE, "CopySourceIfMatch": '"e"'})
    s3.copy(**SETTINGS, multipart_threshold=5)


@NEEDS_ANNOTATIONS
def test_annotations_are_read_before_and_written_after_the_completion(s3: Answers) -> None:
    at_copy = {**AT_TARGET, "VersionId": "v3"}
    name = {"AnnotationName": "label"}
    listed = {**name, "LastModified": dt.datetime.now(dt.UTC), "Size": 3}
    s3.error("copy_object", 400, "InvalidRequest", NEVER)
    s3.head(AT_SOURCE, **BIG)
    s3.error("head_object", 404, "404")
    s3.add("get_object_tagging", AT_SOURCE, {"TagSet": []})
    s3.add("list_object_annotations", AT_SOURCE, {"Annotations": [listed]})
    s3.add("get_object_annotation", {**AT_SOURCE, **name}, {"AnnotationPayload": Payload()})
    s3.add("create_multipart_upload", {**AT_TARGET, "Metadata": {}}, {"UploadId": "u"})
    part(s3, 1)
    part(s3, 2)
    complete(s3)
    written = {**at_copy, **name, "AnnotationPayload": b"cat", "ObjectIfMatch": '"new-2"'}
    s3.add("put_object_annotation", written, {})
    s3.delete('"big-7"')
    s3.rename(**{**SETTINGS, "annotations": "copy"})


class Payload:
    def read(self) -> bytes:
        return b"cat"
