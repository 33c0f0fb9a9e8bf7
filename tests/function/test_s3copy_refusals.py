"""What is refused, and in which words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from fakes3.raw import Answered
from s3copy import deadline, s3_client
from stubbed_s3 import (
    AT_SOURCE,
    AT_TARGET,
    COPY,
    GIB,
    NEVER,
    SOURCE,
    TARGET,
    Answers,
    answers,
    client,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = {"x-amz-delete-marker": "true"}


@pytest.fixture
def s3() -> Iterator[Answers]:
    yield from answers()


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (s3copy.Target("", "k"), "bucket is empty"),
        (s3copy.Target("b", ""), "key is empty"),
        (s3copy.Target("b", "é" * 513), "has 1026 bytes"),
        (s3copy.Target("b", "a\ud83d"), r"'a\\ud83d' holds half of a character"),
        (s3copy.Target("arn:aws:s3:us-east-1:1:accesspoint/x", "k"), "an ARN or an alias"),
        (s3copy.Target("point-abc-s3alias", "k"), "an ARN or an alias"),
        (s3copy.Target("lambda--ol-s3", "k"), "an ARN or an alias"),
        (s3copy.Target("global.mrap", "k"), "an ARN or an alias"),
        (s3copy.Target("point--use1-az4--xa-s3", "k"), "an ARN or an alias"),
        (s3copy.Target("outpost--op-s3", "k"), "an ARN or an alias"),
        (s3copy.Target("rows--table-s3", "k"), "an ARN or an alias"),
        (s3copy.Target("two/parts", "k"), "The destination bucket 'two/parts' is no bucket name"),
        (s3copy.Target("a\nb", "k"), "is no bucket name"),
        (s3copy.Target(SOURCE.bucket, SOURCE.key), "is the source itself"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_name_is_refused_before_any_request(s3: Answers, target: s3copy.Target, why: str) -> None:
    with pytest.raises(s3copy.RefusedError, match=why):
        s3.copy(SOURCE, target)


@pytest.mark.parametrize(
    "bucket",
    [
        "arn:aws:s3:us-east-1:1:accesspoint/x",
        "point-abc-s3alias",
        "lambda--ol-s3",
        "point--use1-az4--xa-s3",
        "outpost--op-s3",
        "rows--table-s3",
        "global.mrap",
    ],
)
def test_a_rename_from_an_alias_is_refused_before_any_request(s3: Answers, bucket: str) -> None:
    with pytest.raises(s3copy.RefusedError, match=r"^The source .* could name the destination"):
        s3.rename(s3copy.Source(bucket, "k"), s3copy.Target(TARGET.bucket, "k"))


def test_a_copy_from_an_alias_deletes_nothing_and_is_made(s3: Answers) -> None:
    alias = s3copy.Source("point-abc-s3alias", "k")
    s3.copy_object({**NEVER, "CopySource": {"Bucket": alias.bucket, "Key": alias.key}})
    s3.copy(alias)


def test_a_source_bucket_that_cannot_exist_is_one_sentence(s3: Answers) -> None:
    with pytest.raises(s3copy.RefusedError, match=r"^The source bucket 'a b' is no bucket name"):
        s3.copy(s3copy.Source("a b", "k"))


@pytest.mark.parametrize("bucket", ["logs.example.com", "logs--use1-az4--x-s3", "Old_Name"])
def test_every_kind_of_bucket_name_passes(s3: Answers, bucket: str) -> None:
    if bucket.endswith("--x-s3"):
        s3.head(AT_SOURCE)
    s3.error("copy_object", 404, "NoSuchBucket")
    with pytest.raises(s3copy.RefusedError, match="One of the buckets"):
        s3.copy(target=s3copy.Target(bucket, "k"))


@pytest.mark.parametrize(
    ("code", "status", "why"),
    [
        ("NoSuchKey", 404, "in/a b does not exist, or no longer"),
        ("NoSuchBucket", 404, "One of the buckets of .* does not exist"),
        ("NoSuchVersion", 404, "take the version id from a new listing"),
        ("ObjectNotInActiveTierError", 403, "is archived: restore it first"),
        ("InvalidObjectState", 403, "is archived: restore it first"),
        ("AccessDenied", 403, r"^S3 denied CopyObject: S3 says AccessDenied; from"),
        ("PermanentRedirect", 301, "is in another Region than the function"),
        ("KMS.DisabledException", 400, "The KMS key of .* cannot be used"),
        ("NotImplemented", 501, "Conditional copy is not supported here"),
        ("SomethingNew", 400, r"S3 refused CopyObject: SomethingNew \(400\)"),
    ],
)
def test_a_refusal_of_s3_becomes_a_sentence(s3: Answers, code: str, status: int, why: str) -> None:
    s3.error("copy_object", status, code, NEVER)
    with pytest.raises(s3copy.RefusedError, match=why) as refused:
        s3.copy()
    assert "\n" not in str(refused.value)
    assert not refused.value.retryable


@pytest.mark.parametrize("words", [None, "", "Access Denied", "Forbidden."])
def test_a_403_without_a_cause_names_all_that_can_end_in_one(
    s3: Answers, words: str | None
) -> None:
    s3.error("copy_object", 403, "AccessDenied", message=words)
    with pytest.raises(s3copy.RefusedError) as refused:
        s3.copy(source_owner="111111111111", destination_owner="222222222222")
    for part in (
        "the function's role, the bucket policies and the KMS key policy",
        "'source-bucket' belongs to account 111111111111 (parameter SourceOwner)",
        "'target-bucket' belongs to account 222222222222 (parameter DestinationOwner)",
        "set REQUESTER_PAYS to true",
    ):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "User may not: no identity-based policy allows the s3:GetObject action",
            "s3:GetObject action (allow it in the function's role); from",
        ),
        (
            "User is not authorized with an explicit deny in a resource-based policy",
            "an explicit deny in a resource-based policy; from",
        ),
        ("VPC endpoints do not support cross-region requests", "cross-region requests; from"),
    ],
    ids=["the role", "a bucket policy", "another Region"],
)
def test_a_403_that_gives_its_cause_is_no_riddle(s3: Answers, words: str, said: str) -> None:
    s3.error("copy_object", 403, "AccessDenied", message=words)
    with pytest.raises(s3copy.RefusedError) as refused:
        s3.copy(source_owner="111111111111")
    assert said in str(refused.value)
    assert "SourceOwner" not in str(refused.value)


def test_who_pays_as_requester_says_so_in_every_request(s3: Answers) -> None:
    pays = {"RequestPayer": "requester"}
    s3.copy_object({**NEVER, **pays})
    s3.add("delete_object", {**AT_SOURCE, "IfMatch": '"e"', **pays}, {})
    s3.rename(requester_pays=True)


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("OperationAborted", 409)])
def test_a_passing_refusal_is_tried_again(s3: Answers, code: str, status: int) -> None:
    s3.error("copy_object", status, code)
    with pytest.raises(s3copy.TryAgainError, match=code) as failure:
        s3.copy()
    assert failure.value.retryable


def test_a_deleted_object_is_called_deleted(s3: Answers) -> None:
    s3.error("copy_object", 404, "NoSuchKey", headers=MARKER)
    with pytest.raises(s3copy.RefusedError, match=r"The current version of .* is a delete marker"):
        s3.copy()


def test_a_version_that_is_a_delete_marker_is_called_so(s3: Answers) -> None:
    s3.error("copy_object", 400, "InvalidRequest")
    s3.error("head_object", 405, "405", headers=MARKER)
    with pytest.raises(s3copy.RefusedError, match=r"\(version v1\) is a delete marker"):
        s3.copy(s3copy.Source(SOURCE.bucket, SOURCE.key, "v1"))


def test_an_object_under_a_customers_key_is_called_so(s3: Answers) -> None:
    s3.error("copy_object", 400, "InvalidRequest")
    s3.error("head_object", 400, "400", {**AT_SOURCE, "ChecksumMode": "ENABLED"})
    with pytest.raises(s3copy.RefusedError, match=r"customer's own key .* or .* expired"):
        s3.rename()


def test_a_version_id_that_s3_does_not_take_is_named_first(s3: Answers) -> None:
    s3.error("head_object", 400, "400")
    with pytest.raises(s3copy.RefusedError, match=r"take the version id .*\(version odd\)"):
        s3.copy(s3copy.Source(SOURCE.bucket, SOURCE.key, "odd"), head_first=True)


def test_too_little_time_begins_nothing(s3: Answers) -> None:
    with pytest.raises(s3copy.TryAgainError, match="s are left of the function's time"):
        s3.rename(seconds=4)


def test_a_request_begins_only_while_it_can_end() -> None:
    assert deadline.latest_start(now=1000.0, ends=1900.0) == 1900.0 - deadline.ATTEMPT_SECONDS
    assert deadline.latest_start(now=1000.0, ends=1020.0) == 1010.0


def test_the_sdk_sends_nothing_again_when_the_time_is_up() -> None:
    token = deadline.LATEST.set(time.monotonic() - 1)
    try:
        with pytest.raises(s3copy.TryAgainError, match="time ran out"):
            deadline.stop_retries()
    finally:
        deadline.LATEST.reset(token)
    deadline.stop_retries()


def test_a_boto3_without_conditional_copy_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "knows", lambda *_: False)
    with pytest.raises(s3copy.RefusedError, match=r"put boto3>=1\.40\.61 into src"):
        s3copy.copy(client(), SOURCE, TARGET, s3copy.Options(), time.monotonic() + 900)


@pytest.mark.parametrize("annotations", [True, False], ids=["copied", "excluded"])
def test_a_boto3_without_the_parameter_excludes_annotations_by_header(
    monkeypatch: pytest.MonkeyPatch, annotations: bool
) -> None:
    monkeypatch.setattr(s3_client, "knows", lambda *_: False)
    made: Any = s3_client._client.__wrapped__(1, annotations=annotations)
    answered = Answered(200, b"<CopyObjectResult/>")
    made.meta.events.register_last("before-send.s3", answered)
    made.copy_object(**COPY)
    sent = answered.sent[0].headers.get("x-amz-object-annotation-directive")
    assert sent == (None if annotations else b"EXCLUDE")


def test_a_big_rename_that_would_lose_annotations_unseen_is_refused(
    s3: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "knows", lambda _, operation, *__: operation == "CopyObject")
    s3.head(AT_SOURCE, ContentLength=6 * GIB)
    s3.error("head_object", 404, "404")
    with pytest.raises(s3copy.RefusedError, match="does not know object annotations"):
        s3.rename(head_first=True)


def test_a_big_rename_whose_copy_is_there_is_refused_as_well(
    s3: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "knows", lambda _, operation, *__: operation == "CopyObject")
    whole = {"ContentLength": 6 * GIB, "ChecksumCRC32": "AAAA", "ChecksumType": "FULL_OBJECT"}
    s3.head(AT_SOURCE, **whole)
    s3.head(AT_TARGET, **whole)
    with pytest.raises(s3copy.RefusedError, match="does not know object annotations"):
        s3.rename(head_first=True)


def test_this_boto3_knows_what_it_must() -> None:
    assert s3_client.knows(client(), "CopyObject", "IfNoneMatch")
    assert not s3_client.knows(client(), "CopyObject", "NoSuchParameter")
    assert not s3_client.knows(client(), "NoSuchOperation")


def test_the_client_is_one_and_its_calls_are_bounded() -> None:
    made = s3copy.client(s3copy.Options())
    assert made is s3copy.client(s3copy.Options(overwrite="always"))
    config: Any = made.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 60)
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_the_client_sends_nothing_when_the_time_is_up() -> None:
    answered = Answered(200, b"<CopyObjectResult/>")
    made: Any = s3copy.client(s3copy.Options())
    made.meta.events.register_last("before-send.s3", answered)
    token = deadline.LATEST.set(time.monotonic() - 1)
    try:
        with pytest.raises(s3copy.TryAgainError, match="time ran out"):
            made.copy_object(**COPY)
    finally:
        deadline.LATEST.reset(token)
        made.meta.events.unregister("before-send.s3", answered)
    assert answered.sent == []
