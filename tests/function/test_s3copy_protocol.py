"""The requests of copy and rename up to 5 GiB, checked against S3's own model by Stubber."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import s3copy
from stubbed_s3 import (
    AT_SOURCE,
    AT_TARGET,
    COPY,
    EXCLUDE,
    GIB,
    NEVER,
    SOURCE,
    TARGET,
    Answers,
    answers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = "s3://target-bucket/out/a b"
SEEN = "nothing is at the old name, and an object (not compared) at"
SUM = {"ChecksumCRC32": "AAAA", "ChecksumType": "FULL_OBJECT"}


@pytest.fixture
def s3() -> Iterator[Answers]:
    yield from answers()


def test_a_copy_is_one_request(s3: Answers) -> None:
    s3.copy_object(NEVER, VersionId="v2")
    assert s3.copy() == f"Copied to {DONE} (version v2)"


def test_always_sends_no_condition(s3: Answers) -> None:
    s3.copy_object(COPY)
    assert s3.copy(overwrite="always") == f"Copied to {DONE}"


def test_a_version_is_copied_by_its_id(s3: Answers) -> None:
    s3.copy_object({**NEVER, "CopySource": {**AT_SOURCE, "VersionId": "v1"}})
    s3.copy(s3copy.Source(SOURCE.bucket, SOURCE.key, "v1"))


def test_settings_reach_the_request(s3: Answers) -> None:
    s3.copy_object(
        {
            **NEVER,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": "key",
            "StorageClass": "GLACIER_IR",
            "ExpectedBucketOwner": "222222222222",
            "ExpectedSourceBucketOwner": "111111111111",
            **EXCLUDE,
        }
    )
    s3.copy(
        kms_key_arn="key",
        storage_class="GLACIER_IR",
        source_owner="111111111111",
        destination_owner="222222222222",
        annotations="exclude",
    )


def test_a_rename_is_two_requests(s3: Answers) -> None:
    s3.copy_object(NEVER)
    s3.delete()
    assert s3.rename() == f"Renamed to {DONE}"


def test_a_rename_in_a_versioned_bucket_asks_for_its_versioning_once(s3: Answers) -> None:
    source = s3copy.Source("a-versioned-bucket", "k")
    wanted = {"Bucket": source.bucket, "Key": source.key}
    for number in range(2):
        s3.copy_object({**NEVER, "CopySource": wanted}, CopySourceVersionId="v1")
        if number == 0:
            s3.add("get_bucket_versioning", {"Bucket": source.bucket}, {"Status": "Enabled"})
        s3.add("delete_object", {**wanted, "IfMatch": '"e"'}, {})
        s3.rename(source)


def test_a_version_in_a_suspended_bucket_is_copied_and_not_deleted(s3: Answers) -> None:
    source = s3copy.Source("a-suspended-bucket", "k")
    wanted = {"Bucket": source.bucket, "Key": source.key}
    s3.copy_object({**NEVER, "CopySource": wanted}, CopySourceVersionId="v1")
    s3.add("get_bucket_versioning", {"Bucket": source.bucket}, {"Status": "Suspended"})
    with pytest.raises(s3copy.RefusedError, match="Copied, not deleted: versioning of"):
        s3.rename(source)


def test_a_copy_under_kms_is_proven_by_its_checksum(s3: Answers) -> None:
    s3.copy_object(NEVER, etag='"opaque"', ServerSideEncryption="aws:kms", CopyObjectResult=SUM)
    s3.head(AT_SOURCE, **SUM)
    s3.delete()
    s3.rename()


def test_a_multipart_source_is_proven_by_its_version(s3: Answers) -> None:
    source = s3copy.Source("another-versioned-bucket", "k")
    wanted = {"Bucket": source.bucket, "Key": source.key}
    s3.copy_object({**NEVER, "CopySource": wanted}, CopySourceVersionId="v1")
    s3.add("get_bucket_versioning", {"Bucket": source.bucket}, {"Status": "Enabled"})
    s3.error("delete_object", 412, "PreconditionFailed", {**wanted, "IfMatch": '"e"'})
    s3.head({**wanted, "VersionId": "v1"}, ETag='"parts-2"')
    s3.add("delete_object", {**wanted, "IfMatch": '"parts-2"'}, {})
    s3.rename(source)


def test_without_version_and_checksum_the_copy_is_made_again_over_itself(s3: Answers) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE, ETag='"parts-2"')
    s3.copy_object({**COPY, "CopySourceIfMatch": '"parts-2"', "IfMatch": '"e"'})
    s3.delete('"parts-2"')
    s3.rename()


def test_a_composite_checksum_proves_nothing(s3: Answers) -> None:
    composite = {"ChecksumSHA256": "AAAA-2", "ChecksumType": "COMPOSITE"}
    s3.copy_object(NEVER, CopyObjectResult=composite)
    s3.error("delete_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE, ETag='"parts-2"', **composite)
    s3.error("copy_object", 412, "PreconditionFailed")
    with pytest.raises(s3copy.TryAgainError, match="was kept"):
        s3.rename()


def test_a_source_that_changed_after_the_copy_is_kept(s3: Answers) -> None:
    s3.copy_object(NEVER, etag='"o"', ServerSideEncryption="aws:kms:dsse", CopyObjectResult=SUM)
    s3.head(AT_SOURCE, **SUM)
    s3.error("delete_object", 412, "PreconditionFailed")
    with pytest.raises(s3copy.TryAgainError, match="changed after it was copied and was kept"):
        s3.rename()


def test_a_source_that_is_gone_at_the_delete_is_a_finished_rename(s3: Answers) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 404, "NoSuchKey")
    assert s3.rename() == f"Renamed to {DONE}"


def test_a_denied_delete_says_that_the_copy_is_there(s3: Answers) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 403, "AccessDenied")
    with pytest.raises(s3copy.RefusedError, match=r"Copied to .*, but S3 denied the delete"):
        s3.rename()


def test_a_second_delivery_of_a_rename_succeeds(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey", NEVER)
    s3.head(AT_TARGET, VersionId="v9")
    assert s3.rename() == f"Already renamed: {SEEN} {DONE} (version v9)"


def test_a_missing_bucket_is_no_finished_rename(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchBucket", NEVER)
    with pytest.raises(s3copy.RefusedError, match=r"One of the buckets of .* does not exist"):
        s3.rename()


def test_a_second_delivery_under_head_first_looks_whether_the_bucket_is_there(s3: Answers) -> None:
    s3.error("head_object", 404, "404", {**AT_SOURCE, "ChecksumMode": "ENABLED"})
    s3.add("get_bucket_versioning", {"Bucket": SOURCE.bucket}, {})
    s3.head(AT_TARGET)
    assert s3.rename(head_first=True) == f"Already renamed: {SEEN} {DONE}"


def test_a_missing_bucket_under_head_first_is_no_finished_rename(s3: Answers) -> None:
    s3.error("head_object", 404, "404")
    s3.error("get_bucket_versioning", 404, "NoSuchBucket", {"Bucket": SOURCE.bucket})
    with pytest.raises(s3copy.RefusedError, match=r"One of the buckets of .* does not exist"):
        s3.rename(head_first=True)


@pytest.mark.parametrize("version_id", [None, "null"])
def test_a_missing_destination_bucket_is_said_after_the_look_at_the_source(
    s3: Answers, version_id: str | None
) -> None:
    s3.head(AT_SOURCE)
    s3.error("copy_object", 404, "NoSuchBucket")
    with pytest.raises(s3copy.RefusedError, match=r"One of the buckets of .* does not exist"):
        s3.rename(s3copy.Source(SOURCE.bucket, SOURCE.key, version_id), head_first=True)


def test_a_source_that_another_delivery_deleted_before_the_second_copy_is_renamed(
    s3: Answers,
) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE, ETag='"parts-2"')
    s3.error("copy_object", 404, "NoSuchKey")
    s3.error("head_object", 404, "404", {**AT_SOURCE, "ChecksumMode": "ENABLED"})
    s3.versioning()
    s3.head(AT_TARGET)
    assert s3.rename() == f"Renamed to {DONE}"


@pytest.mark.parametrize(
    ("code", "status", "failure", "why"),
    [
        ("NoSuchBucket", 404, s3copy.RefusedError, "One of the buckets"),
        ("RequestTimeTooSkewed", 403, s3copy.TryAgainError, "RequestTimeTooSkewed"),
        ("ExpiredToken", 400, s3copy.TryAgainError, "ExpiredToken"),
    ],
)
def test_a_refused_delete_is_judged_by_its_code(
    s3: Answers, code: str, status: int, failure: type[Exception], why: str
) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", status, code)
    if status == 404:
        s3.head(AT_SOURCE)
        failure, why = s3copy.TryAgainError, "was there and is gone again"
    with pytest.raises(failure, match=why):
        s3.rename()


@pytest.mark.parametrize("is_source_there", [True, False], ids=["copy gone", "both gone"])
def test_a_404_after_our_own_copy_is_never_final(s3: Answers, *, is_source_there: bool) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE, ETag='"parts-2"')
    s3.error("copy_object", 404, "NoSuchKey")
    if is_source_there:
        s3.head(AT_SOURCE)
    else:
        s3.error("head_object", 404, "404")
        s3.versioning()
        s3.error("head_object", 404, "404")
    with pytest.raises(s3copy.TryAgainError, match="was there and is gone again"):
        s3.rename()


def test_a_rename_that_another_delivery_finished_before_the_size_was_asked(s3: Answers) -> None:
    s3.error("copy_object", 400, "InvalidRequest")
    s3.error("head_object", 404, "404")
    s3.add("get_bucket_versioning", {"Bucket": SOURCE.bucket}, {})
    s3.head(AT_TARGET)
    assert s3.rename() == f"Already renamed: {SEEN} {DONE}"


@pytest.mark.parametrize("denied", ["head_object", "get_bucket_versioning", "copy_object"])
def test_every_denial_after_the_copy_says_that_the_copy_is_there(s3: Answers, denied: str) -> None:
    version = {"CopySourceVersionId": "v1"} if denied == "get_bucket_versioning" else {}
    s3.copy_object(NEVER, ServerSideEncryption="aws:kms", **version)
    if denied == "copy_object":
        s3.head(AT_SOURCE)
    s3.error(denied, 403, "AccessDenied")
    why = "^Copied to s3://target-bucket/out/a b, but s3://source-bucket/in/a b was not deleted: S3"
    with pytest.raises(s3copy.RefusedError, match=why):
        s3.rename()


def test_a_passing_refusal_after_the_copy_says_so_too(s3: Answers) -> None:
    s3.copy_object(NEVER)
    s3.error("delete_object", 503, "SlowDown")
    with pytest.raises(s3copy.TryAgainError, match=r"^Copied to .*, the rest is not done yet: S3"):
        s3.rename()


def test_a_missing_source_is_refused(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey")
    s3.error("head_object", 404, "404")
    with pytest.raises(s3copy.RefusedError, match="in/a b does not exist"):
        s3.rename()


def test_a_second_delivery_of_a_copy_succeeds(s3: Answers) -> None:
    s3.error("copy_object", 412, "PreconditionFailed", NEVER)
    s3.head(AT_SOURCE, Metadata={"a": "1"}, TagCount=1)
    s3.head(AT_TARGET, Metadata={"a": "1"}, TagCount=1)
    s3.tags(AT_SOURCE, a="b")
    s3.tags(AT_TARGET, a="b")
    s3.annotations(AT_SOURCE)
    s3.annotations(AT_TARGET)
    assert s3.copy() == f"Already there: {DONE}"


def test_a_rename_after_a_lost_answer_deletes_the_source(s3: Answers) -> None:
    s3.error("copy_object", 412, "PreconditionFailed", {**NEVER, **EXCLUDE})
    s3.head(AT_SOURCE, ETag='"parts-2"', **SUM)
    s3.head(AT_TARGET, **SUM)
    s3.tags(AT_SOURCE)
    s3.tags(AT_TARGET)
    s3.delete('"parts-2"')
    assert (
        s3.rename(annotations="exclude")
        == f"Renamed to {DONE}, an identical copy was there already"
    )


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({"ContentLength": 6}, "6 bytes, not 5"),
        ({"ETag": '"other"'}, 'ETag "other", not "e", and no checksum in common'),
        ({"Metadata": {"a": "2"}}, "other Metadata"),
        ({"ContentType": "text/plain"}, "other ContentType"),
        ({"MissingMeta": 1}, "metadata that HTTP cannot show"),
    ],
    ids=["size", "content", "metadata", "content type", "metadata that is only counted"],
)
def test_another_object_at_the_destination_is_refused(
    s3: Answers, there: dict[str, object], why: str
) -> None:
    s3.error("copy_object", 412, "PreconditionFailed", NEVER)
    s3.head(AT_SOURCE)
    s3.head(AT_TARGET, **there)
    with pytest.raises(s3copy.RefusedError) as refused:
        s3.rename()
    assert f"is not shown to be a copy of s3://source-bucket/in/a b ({why}" in str(refused.value)


def test_a_destination_that_vanished_is_tried_again(s3: Answers) -> None:
    s3.error("copy_object", 412, "PreconditionFailed")
    s3.head(AT_SOURCE)
    s3.error("head_object", 404, "404")
    with pytest.raises(s3copy.TryAgainError, match="was there and is gone again"):
        s3.copy()


def test_head_first_is_three_requests_whatever_the_etag(s3: Answers) -> None:
    s3.head(AT_SOURCE, ETag='"parts-2"')
    s3.copy_object({**NEVER, "CopySourceIfMatch": '"parts-2"'}, ServerSideEncryption="aws:kms")
    s3.delete('"parts-2"')
    s3.rename(head_first=True)


def test_head_first_tries_again_when_the_source_changes_under_always(s3: Answers) -> None:
    s3.head(AT_SOURCE)
    s3.error("copy_object", 412, "PreconditionFailed", {**COPY, "CopySourceIfMatch": '"e"'})
    with pytest.raises(s3copy.TryAgainError, match="changed while it was copied"):
        s3.rename(head_first=True, overwrite="always")


def test_head_first_says_that_the_source_changed_where_nothing_is_at_the_new_name(
    s3: Answers,
) -> None:
    s3.head(AT_SOURCE)
    s3.error("copy_object", 412, "PreconditionFailed", {**NEVER, "CopySourceIfMatch": '"e"'})
    s3.head(AT_SOURCE, ETag='"new"')
    s3.error("head_object", 404, "404", {**AT_TARGET, "ChecksumMode": "ENABLED"})
    with pytest.raises(s3copy.TryAgainError, match="in/a b changed while"):
        s3.rename(head_first=True)


def test_a_rename_that_another_delivery_finished_during_the_comparison_says_what_it_saw(
    s3: Answers,
) -> None:
    s3.error("copy_object", 412, "PreconditionFailed", {**NEVER, **EXCLUDE})
    s3.head(AT_SOURCE)
    s3.head(AT_TARGET)
    s3.error("get_object_tagging", 404, "NoSuchKey", AT_SOURCE)
    s3.error("head_object", 404, "404", {**AT_SOURCE, "ChecksumMode": "ENABLED"})
    s3.versioning()
    s3.head(AT_TARGET, VersionId="v9")
    done = s3.rename(annotations="exclude")
    assert done == f"Already renamed: {SEEN} {DONE} (version v9)"


def test_an_explicit_version_is_renamed_while_it_is_current(s3: Answers) -> None:
    source = s3copy.Source(SOURCE.bucket, SOURCE.key, "null")
    s3.head(AT_SOURCE)
    wanted = {**NEVER, "CopySource": {**AT_SOURCE, "VersionId": "null"}}
    s3.copy_object({**wanted, "CopySourceIfMatch": '"e"'})
    s3.delete()
    s3.rename(source)


def test_an_explicit_version_that_is_not_current_is_not_renamed(s3: Answers) -> None:
    s3.head(AT_SOURCE, VersionId="null")
    with pytest.raises(s3copy.RefusedError, match="is not the current version"):
        s3.rename(s3copy.Source(SOURCE.bucket, SOURCE.key, "v1"))


def test_an_invalid_request_is_decided_by_the_size(s3: Answers) -> None:
    s3.error("copy_object", 400, "InvalidRequest")
    s3.head(AT_SOURCE, ContentLength=5 * GIB)
    with pytest.raises(s3copy.RefusedError, match=r"S3 refused CopyObject: InvalidRequest"):
        s3.copy()


def test_a_source_equal_to_the_destination_is_refused_before_any_request(s3: Answers) -> None:
    with pytest.raises(s3copy.RefusedError, match="is the source itself"):
        s3.rename(s3copy.Source(TARGET.bucket, TARGET.key, "v1"))


def test_a_condition_that_failed_inside_a_200_is_looked_at_like_any_other(s3: Answers) -> None:
    s3.error("copy_object", 500, "PreconditionFailed")  # botocore makes a 500 of it
    s3.head(AT_SOURCE)
    s3.head(AT_TARGET)
    s3.tags(AT_SOURCE)
    s3.tags(AT_TARGET)
    s3.annotations(AT_SOURCE)
    s3.annotations(AT_TARGET)
    assert s3.copy() == f"Already there: {TARGET}"
