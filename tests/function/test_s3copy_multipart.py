"""Objects above 5 GiB: the requests, in order, with one part in flight."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

import s3copy
from fakes3 import Bucket, FakeClient, Store
from fakes3.checks import error
from fakes3.sdk import ANNOTATIONS, KNOWS_ANNOTATIONS
from fakes3.server import Server
from s3copy import deadline, multipart, preserving, s3_client
from s3copy.part_plan import MOST_IN_FLIGHT, Plan
from s3copy.values import Transfer
from stubbed_s3 import (
    AT_SOURCE,
    AT_TARGET,
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


# -- parts in threads -----------------------------------------------------------------------------


class SlowS3:
    """Answers UploadPartCopy only, after a while; counts what is in flight."""

    def __init__(self, seconds: float, failing: int = 0) -> None:
        self.seconds, self.failing = seconds, failing
        self.lock = threading.Lock()
        self.started = self.now = self.most = 0

    def upload_part_copy(self, **given: Any) -> dict[str, Any]:
        with self.lock:
            self.started += 1
            self.now += 1
            self.most = max(self.most, self.now)
        if given["PartNumber"] == self.failing:
            time.sleep(self.seconds / 4)
        else:
            time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        if given["PartNumber"] == self.failing:
            answer: Any = {"Error": {"Code": "AccessDenied"}}
            raise ClientError(answer, "UploadPartCopy")
        return {"CopyPartResult": {"ETag": f'"{given["PartNumber"]}"', "ChecksumCRC32": "AAAA"}}


def copy_all(s3: Any, cut: Plan, latest: float = math.inf) -> list[dict[str, Any]]:
    time_left = deadline.Deadline(math.inf, latest)
    transfer = Transfer(s3, SOURCE, TARGET, s3copy.Options(), time_left, deletes=False)
    return multipart.copy_parts(transfer, BIG, cut, UPLOAD)


def test_parts_are_copied_in_parallel_and_returned_in_order() -> None:
    s3 = SlowS3(0.01)
    copied = copy_all(s3, Plan(80, 10, 8, 4))
    assert [one["PartNumber"] for one in copied] == list(range(1, 9))
    assert all(one["ChecksumCRC32"] == "AAAA" for one in copied)
    assert s3.most == 4


def test_a_failure_waits_for_the_parts_in_flight_and_starts_no_more() -> None:
    s3 = SlowS3(0.04, failing=1)
    with pytest.raises(ClientError):
        copy_all(s3, Plan(1000, 10, 100, 3))
    assert s3.now == 0
    assert s3.started < 100


def test_a_copy_that_cannot_end_in_time_is_given_up_with_the_estimate() -> None:
    s3 = SlowS3(0.02)
    with pytest.raises(s3copy.TryAgainError, match=r"takes \d+ s, and \d s are left"):
        copy_all(s3, Plan(1000, 1, 1000, 2), latest=time.monotonic() + 2)
    assert s3.started < 20


def test_a_copy_that_no_function_can_end_in_time_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadline, "FUNCTION_SECONDS", deadline.ATTEMPT_SECONDS + 4)
    with pytest.raises(s3copy.RefusedError, match="raise the parts in flight"):
        copy_all(SlowS3(0.02), Plan(1000, 1, 1000, 2), latest=time.monotonic() + 2)


def test_the_deadline_is_watched_between_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0.0, 1.0)
    monkeypatch.setattr("s3copy.deadline.time.monotonic", lambda: next(clock))
    s3 = SlowS3(0.0)
    monkeypatch.setattr(multipart, "_check_speed", lambda *_: None)
    with pytest.raises(s3copy.TryAgainError, match="time ran out"):
        copy_all(s3, Plan(100, 1, 100, 1), latest=5.0)
    assert s3.started <= 5


def test_the_pool_of_connections_matches_the_parts_in_flight() -> None:
    config: Any = s3copy.client(s3copy.Options()).meta.config
    assert config.max_pool_connections == MOST_IN_FLIGHT
    config = s3copy.client(s3copy.Options(parts_in_flight=30)).meta.config
    assert config.max_pool_connections == 30


def test_a_storm_of_refused_parts_is_copied_in_one_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadline, "pause", lambda _seconds: None)
    rng, refused = random.Random(3), []  # noqa: S311 - the same storm each time, no secret

    def storm(operation: str, given: dict[str, Any], send: Any) -> Any:
        if operation == "UploadPartCopy" and rng.random() < 0.3:
            refused.append(given["PartNumber"])
            raise error(operation, 503, "SlowDown")
        return send()

    store = Store(scale=5 * 1024**2)
    for bucket in ("source-bucket", "target-bucket"):
        store.add_bucket(Bucket(bucket))
    store.put_body(SOURCE.bucket, SOURCE.key, bytes(400))
    options = s3copy.Options(
        multipart_threshold=1,
        part_size=5 * 1024**2,
        parts_in_flight=20,
        annotations=ANNOTATIONS,
    )
    client: Any = FakeClient(store, storm)
    s3copy.rename(client, SOURCE, TARGET, options, time.monotonic() + 900)
    assert len(refused) > 100  # more than the 100 retries of botocore's quota
    copied = store.current(TARGET.bucket, TARGET.key)
    assert copied is not None
    assert copied.body == bytes(400)


def test_the_sdk_leaves_the_retries_of_parts_alone() -> None:
    def busy(operation: str, *_: Any) -> Any:
        raise error(operation, 503, "SlowDown")

    with Server(Store()) as server:
        server.client.around = busy
        s3: Any = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1")
        s3_client.adapt(s3)
        with pytest.raises(ClientError, match="SlowDown"):
            s3.upload_part_copy(**UPLOAD, CopySource=AT_SOURCE, PartNumber=1)
        s3.close()
    assert server.seen == {"UploadPartCopy": 1}
