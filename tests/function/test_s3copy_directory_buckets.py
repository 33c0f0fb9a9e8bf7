"""Directory buckets: what is sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import ANY

import s3copy
from fakes3.sdk import KNOWS_ANNOTATIONS
from stubbed_s3 import AT_SOURCE, AT_TARGET, EXCLUDE, GIB, SOURCE, TARGET, Answers, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPRESS = "express--use1-az4--x-s3"
OLD = s3copy.Source(EXPRESS, "in/a b+é")
NEW = s3copy.Target(EXPRESS, "out/a b")
AT_OLD = {"Bucket": OLD.bucket, "Key": OLD.key}
AT_NEW = {"Bucket": NEW.bucket, "Key": NEW.key}
SEEN = {"IfNoneMatch": "*", "CopySourceIfMatch": '"e"'}  # the conditions of HEADFIRST
WITHOUT_TAGS = {"TaggingDirective": "REPLACE", **EXCLUDE}
UPLOAD = {**AT_NEW, "UploadId": "u"}
ANY_PART = {
    **UPLOAD,
    "CopySource": AT_SOURCE,
    "PartNumber": ANY,
    "CopySourceRange": ANY,
    "CopySourceIfMatch": '"e"',
}
ANY_COMPLETE = {**UPLOAD, "MultipartUpload": ANY, "IfNoneMatch": "*"}
NEEDS_ANNOTATIONS = pytest.mark.skipif(
    not KNOWS_ANNOTATIONS, reason="needs a boto3 that knows annotations"
)


@pytest.fixture
def s3() -> Iterator[Answers]:
    yield from answers()


def rename_object(**more: str) -> dict[str, object]:
    """Return the request: the source is its URL-encoded key, without a bucket.

    No bucket: so does Mountpoint, AWS's own client, tested on the real service
    (github.com/awslabs/mountpoint-s3 at 6ae1b9c,
    mountpoint-s3-client/src/s3_crt_client/rename_object.rs). URL-encoded: S3 API, RenameObject.
    """
    return {**AT_NEW, "RenameSource": "in/a%20b%2B%C3%A9", "SourceIfMatch": '"e"', **more}


def test_a_rename_inside_one_directory_bucket_is_one_atomic_request(s3: Answers) -> None:
    s3.head(AT_OLD)
    s3.add("rename_object", rename_object(DestinationIfNoneMatch="*"), {})
    assert s3.rename(OLD, NEW) == f"Renamed to {NEW}"


def test_always_renames_over_what_is_there(s3: Answers) -> None:
    s3.head(AT_OLD)
    s3.add("rename_object", rename_object(), {})
    s3.rename(OLD, NEW, overwrite="always")


def test_a_second_delivery_of_the_rename_succeeds(s3: Answers) -> None:
    s3.error("head_object", 404, "404", {**AT_OLD, "ChecksumMode": "ENABLED"})
    s3.head(AT_NEW)
    assert s3.rename(OLD, NEW).startswith("Already renamed: nothing is at the old name")


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("NoSuchKey", 404)])
def test_a_rename_that_took_effect_before_its_retry_succeeds(
    s3: Answers, code: str, status: int
) -> None:
    s3.head(AT_OLD)
    s3.error("rename_object", status, code)
    s3.error("head_object", 404, "404", {**AT_OLD, "ChecksumMode": "ENABLED"})
    s3.head(AT_NEW)
    assert s3.rename(OLD, NEW).startswith("Already renamed: nothing is at the old name")


def test_a_taken_name_is_refused(s3: Answers) -> None:
    s3.head(AT_OLD)
    s3.error("rename_object", 412, "PreconditionFailed")
    s3.head(AT_OLD)
    with pytest.raises(s3copy.RefusedError, match="nothing was renamed"):
        s3.rename(OLD, NEW)


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("NoSuchKey", 404)])
def test_a_source_that_changes_before_the_rename_is_tried_again(
    s3: Answers, code: str, status: int
) -> None:
    s3.head(AT_OLD)
    s3.error("rename_object", status, code)
    s3.head(AT_OLD, ETag='"other"')
    with pytest.raises(s3copy.TryAgainError, match="changed while it was copied"):
        s3.rename(OLD, NEW)


def test_a_source_that_the_rename_does_not_find_although_it_is_there_is_copied_and_deleted(
    s3: Answers,
) -> None:
    s3.head(AT_OLD)
    s3.error("rename_object", 404, "NoSuchKey")
    s3.head(AT_OLD)
    s3.head(AT_OLD)
    s3.copy_object({**AT_NEW, "CopySource": AT_OLD, **WITHOUT_TAGS, **SEEN})
    s3.add("delete_object", {**AT_OLD, "IfMatch": '"e"'}, {})
    assert s3.rename(OLD, NEW) == f"Renamed to {NEW}"


@pytest.mark.parametrize(("old", "new"), [("/in/a", "out"), ("in/", "out"), ("in", "/out")])
def test_a_key_with_a_slash_at_an_end_is_copied_and_deleted(
    s3: Answers, old: str, new: str
) -> None:
    at_old = {"Bucket": EXPRESS, "Key": old}
    s3.head(at_old)
    target = s3copy.Target(EXPRESS, new)
    at_new = {"Bucket": EXPRESS, "Key": new}
    s3.copy_object({**at_new, "CopySource": at_old, **WITHOUT_TAGS, **SEEN})
    s3.add("delete_object", {**at_old, "IfMatch": '"e"'}, {})
    assert s3.rename(s3copy.Source(EXPRESS, old), target) == f"Renamed to {target}"


def test_a_copy_into_a_directory_bucket_leaves_tags_behind_and_says_so(s3: Answers) -> None:
    s3.head(AT_SOURCE, TagCount=2)
    s3.copy_object({**AT_NEW, "CopySource": AT_SOURCE, **WITHOUT_TAGS, **SEEN})
    sentence = s3.copy(SOURCE, NEW)
    assert "without its 2 tags and annotations, which a directory bucket does not hold" in sentence


def test_a_rename_that_would_lose_tags_is_refused_before_the_copy(s3: Answers) -> None:
    s3.head(AT_SOURCE)
    s3.tags(AT_SOURCE, a="1", b="2")
    with pytest.raises(s3copy.RefusedError, match="has 2 tags, which a directory bucket cannot"):
        s3.rename(SOURCE, NEW)


@NEEDS_ANNOTATIONS
@pytest.mark.parametrize("size", [5, 6 * GIB])
def test_a_rename_that_would_lose_annotations_is_refused_before_the_copy(
    s3: Answers, size: int
) -> None:
    s3.head(AT_SOURCE, ContentLength=size)
    s3.tags(AT_SOURCE)
    s3.annotations(AT_SOURCE, "label")
    with pytest.raises(s3copy.RefusedError, match="has 1 annotations, which a directory bucket"):
        s3.rename(SOURCE, NEW)


@pytest.mark.parametrize("annotations", [pytest.param("copy", marks=NEEDS_ANNOTATIONS), "exclude"])
def test_a_rename_into_a_directory_bucket_looks_for_annotations_unless_they_are_excluded(
    s3: Answers, annotations: str
) -> None:
    s3.head(AT_SOURCE)
    s3.tags(AT_SOURCE)
    if annotations == "copy":
        s3.annotations(AT_SOURCE)
    s3.copy_object({**AT_NEW, "CopySource": AT_SOURCE, **WITHOUT_TAGS, **SEEN})
    s3.delete()
    assert s3.rename(SOURCE, NEW, annotations=annotations).startswith(f"Renamed to {NEW}")


def test_a_rename_out_of_a_directory_bucket_is_copied_and_proven(s3: Answers) -> None:
    s3.head(AT_OLD)
    s3.copy_object({**AT_TARGET, "CopySource": AT_OLD, **EXCLUDE, **SEEN})
    s3.add("delete_object", {**AT_OLD, "IfMatch": '"e"'}, {})
    assert s3.rename(OLD, TARGET) == f"Renamed to {TARGET}"


def test_a_tagged_copy_that_is_delivered_twice_succeeds_and_says_what_is_lost(s3: Answers) -> None:
    s3.head(AT_SOURCE, TagCount=2)
    s3.error("copy_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE, TagCount=2)
    s3.head(AT_NEW)
    sentence = s3.copy(SOURCE, NEW)
    assert sentence == (
        f"Already there: {NEW}, without its 2 tags and annotations, "
        "which a directory bucket does not hold"
    )


def test_a_big_copy_into_a_directory_bucket_sends_no_tags(s3: Answers) -> None:
    s3.head(AT_SOURCE, ContentLength=6 * GIB, TagCount=2)
    s3.error("head_object", 404, "404", {**AT_NEW, "ChecksumMode": "ENABLED"})
    s3.add("create_multipart_upload", {**AT_NEW, "Metadata": {}}, {"UploadId": "u"})
    for _ in range(2):
        s3.add("upload_part_copy", ANY_PART, {"CopyPartResult": {"ETag": '"01"'}})
    s3.add("complete_multipart_upload", ANY_COMPLETE, {"ETag": '"new"'})
    sentence = s3.copy(SOURCE, NEW, part_size=4 * GIB, parts_in_flight=1)
    assert sentence.endswith(
        "without its 2 tags and annotations, which a directory bucket does not hold"
    )


def test_a_big_rename_that_would_lose_tags_is_refused_before_the_upload(s3: Answers) -> None:
    s3.head(AT_SOURCE, ContentLength=6 * GIB)
    s3.tags(AT_SOURCE, a="1", b="2")
    with pytest.raises(s3copy.RefusedError, match="has 2 tags, which a directory bucket cannot"):
        s3.rename(SOURCE, NEW)


def test_a_big_copy_out_of_a_directory_bucket_asks_for_no_tags(s3: Answers) -> None:
    s3.head(AT_OLD, ContentLength=6 * GIB)
    s3.error("head_object", 404, "404")
    s3.error("create_multipart_upload", 503, "SlowDown", {**AT_TARGET, "Metadata": {}})
    with pytest.raises(s3copy.TryAgainError, match="CreateMultipartUpload"):
        s3.copy(OLD, TARGET)


def test_a_501_of_a_directory_bucket_is_not_laid_to_the_condition(s3: Answers) -> None:
    s3.head(AT_SOURCE)
    s3.error("copy_object", 501, "NotImplemented")
    with pytest.raises(s3copy.RefusedError, match="does not support what the copy needs"):
        s3.copy(SOURCE, NEW)
