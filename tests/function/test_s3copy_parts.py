"""The parts of one upload: many in flight, tried again one by one, given up in time."""

from __future__ import annotations

import itertools
import math
import random
import threading
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import s3copy
from fakes3 import Bucket, FakeClient, Store
from fakes3.checks import error
from fakes3.sdk import ANNOTATIONS
from fakes3.server import Server
from s3copy import deadline, multipart, s3_client
from s3copy.part_plan import MOST_IN_FLIGHT, Plan
from s3copy.values import Transfer
from stubbed_s3 import AT_SOURCE, AT_TARGET, GIB, SOURCE, TARGET

UPLOAD = {**AT_TARGET, "UploadId": "u"}
BIG = {"ContentLength": 6 * GIB, "ETag": '"big-7"'}


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


def test_a_refused_part_is_not_waited_for_longer_than_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(operation: str, *_: Any) -> Any:
        raise error(operation, 503, "SlowDown")

    waited: list[float] = []
    monkeypatch.setattr(deadline, "pause", waited.append)
    with pytest.raises(ClientError, match="SlowDown"):
        copy_all(FakeClient(Store(), busy), Plan(1, 1, 1, 1), latest=time.monotonic() + 0.1)
    assert waited == []


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
