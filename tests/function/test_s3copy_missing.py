"""missing=skip: a source that is not there counts as done; what is only unknown does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from stubbed_s3 import AT_SOURCE, AT_TARGET, COPY, NEVER, SOURCE, Answers, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = "Skipped: s3://source-bucket/in/a b does not exist (missing=skip)"


@pytest.fixture
def s3() -> Iterator[Answers]:
    yield from answers()


def test_a_copy_of_what_is_not_there_is_done_and_says_so(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey", NEVER)
    assert s3.copy(missing="skip") == DONE


def test_a_version_that_is_not_there_is_done_and_named(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchVersion")
    done = s3.copy(s3copy.Source(SOURCE.bucket, SOURCE.key, "v1"), missing="skip")
    assert "/in/a b (version v1) does not exist" in done


def test_a_rename_looks_first_whether_it_was_done_before(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey")
    s3.head(AT_TARGET)
    assert s3.rename(missing="skip", overwrite="always").startswith("Already renamed")


def test_a_rename_of_what_is_nowhere_is_done(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey")
    s3.error("head_object", 404, "404", {**AT_TARGET, "ChecksumMode": "ENABLED"})
    assert s3.rename(missing="skip", overwrite="always") == DONE


def test_a_missing_bucket_is_no_missing_object(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchBucket")
    with pytest.raises(s3copy.RefusedError, match="One of the buckets"):
        s3.copy(missing="skip")


LOOK = {"Bucket": SOURCE.bucket, "MaxKeys": 1, "RequestPayer": "requester"}


def test_the_bare_404_of_a_head_is_followed_by_a_look_at_the_bucket_once(s3: Answers) -> None:
    chosen: dict[str, Any] = {"missing": "skip", "head_first": True, "requester_pays": True}
    s3.error("head_object", 404, "404")
    s3.error("list_objects_v2", 404, "NoSuchBucket", LOOK)
    with pytest.raises(s3copy.RefusedError, match="One of the buckets"):
        s3.copy(**chosen)
    s3.error("head_object", 404, "404")
    s3.add("list_objects_v2", LOOK, {})
    assert s3.copy(**chosen) == DONE
    s3.error("head_object", 404, "404")
    assert s3.copy(**chosen) == DONE


def test_a_rename_looks_at_the_bucket_with_what_its_role_may_do(s3: Answers) -> None:
    s3.error("head_object", 404, "404")
    s3.versioning()
    s3.error("head_object", 404, "404", {**AT_TARGET, "ChecksumMode": "ENABLED"})
    assert s3.rename(missing="skip", head_first=True) == DONE


def test_a_bucket_that_may_not_be_looked_at_is_no_missing_object(s3: Answers) -> None:
    s3.error("head_object", 404, "404")
    s3.error("list_objects_v2", 403, "AccessDenied")
    with pytest.raises(s3copy.RefusedError, match="S3 denied ListObjectsV2"):
        s3.copy(missing="skip", head_first=True)


def test_what_may_be_there_but_is_denied_stays_a_failure(s3: Answers) -> None:
    s3.error("copy_object", 403, "AccessDenied")
    with pytest.raises(s3copy.RefusedError, match="denied"):
        s3.copy(missing="skip")


def test_a_destination_that_vanishes_is_no_missing_source(s3: Answers) -> None:
    s3.error("copy_object", 412, "PreconditionFailed", NEVER)
    s3.head(AT_SOURCE, TagCount=1)
    s3.head(AT_TARGET, TagCount=1)
    s3.tags(AT_SOURCE, a="1")
    s3.error("get_object_tagging", 404, "NoSuchKey", AT_TARGET)
    with pytest.raises(s3copy.TryAgainError, match="was there and is gone again"):
        s3.copy(missing="skip")


@pytest.mark.parametrize("there", [None, 6], ids=["nothing", "another object"])
def test_a_version_under_a_delete_marker_is_not_missing(s3: Answers, there: int | None) -> None:
    s3.error("head_object", 404, "404", {**AT_SOURCE, "ChecksumMode": "ENABLED"})
    s3.versioning(Status="Enabled")
    if there:
        s3.head(AT_TARGET, ContentLength=there)
    else:
        s3.error("head_object", 404, "404", {**AT_TARGET, "ChecksumMode": "ENABLED"})
    s3.head({**AT_SOURCE, "VersionId": "v1"})
    with pytest.raises(s3copy.RefusedError, match=r"v1\) is not the current version"):
        s3.rename(s3copy.Source(SOURCE.bucket, SOURCE.key, "v1"), missing="skip")


def test_it_fails_unless_it_is_asked_to_be_skipped(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey", COPY)
    with pytest.raises(s3copy.RefusedError, match="does not exist, or no longer"):
        s3.copy(overwrite="always")
