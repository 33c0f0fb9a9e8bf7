"""A real boto3 over the fake and over moto; test_oldest_boto3.py runs this on the oldest, too."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

import s3copy
from fakes3 import Bucket, Store, on_moto, real, schedules, world
from fakes3.checks import error
from fakes3.raw import Answered
from fakes3.sdk import ANNOTATIONS
from fakes3.server import Server
from fakes3.store import in_parts
from retryable import is_retryable
from s3copy import deadline, s3_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3.client import S3Client

OPTIONS = s3copy.Options(annotations=ANNOTATIONS)
SOURCE, TARGET = s3copy.Source("from", "a b"), s3copy.Target("to", "é+c")


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_back(monkeypatch)


@pytest.fixture(scope="module")
def s3() -> S3Client:
    return real.client()


def test_three_hundred_schedules_through_a_real_client_lose_nothing(s3: S3Client) -> None:
    problems = [
        problem
        for schedule in schedules.draw(300, 11)
        for problem in real.run_serialised(s3copy, schedule, s3)
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("count", "seed"), [(35, 12), pytest.param(150, 14, marks=pytest.mark.slow)]
)
def test_the_fake_and_moto_come_to_the_same_end(count: int, seed: int) -> None:
    on_both = filter(on_moto.is_on_moto, schedules.draw(100_000, seed))
    ends = [on_moto.same_end(s3copy, one) for one in itertools.islice(on_both, count)]
    assert len(ends) == count
    assert [end for end in ends if end] == []


def served(around: Callable[..., Any] | None = None) -> Server:
    """Return a server with one source in a versioned bucket, and a bucket for the copy."""
    store = Store()
    store.add_bucket(Bucket("from", "Enabled"))
    store.add_bucket(Bucket("to"))
    store.put_body("from", "a b", b"12345", metadata=(("colour", "blue"),), tags=(("a", "1&2"),))
    store.now = 10.0  # seconds later
    server = Server(store)
    if around:
        server.client.around = around
    return server


@pytest.mark.parametrize("act", [s3copy.copy, s3copy.rename], ids=["copy", "rename"])
def test_a_copy_whose_answer_was_lost_and_that_the_sdk_sent_again_succeeds(
    act: Callable[..., str],
) -> None:
    lost = iter(["the first answer"])

    def around(operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        del given
        answer = send()
        if operation == "CopyObject" and next(lost, None):
            raise ReadTimeoutError(endpoint_url="https://fake")  # the connection is closed
        return answer

    with served(around) as server:
        made = boto3.client("s3", endpoint_url=server.url)
        act(made, SOURCE, TARGET, OPTIONS, time.monotonic() + 900)
        seen = server.seen
        made.close()
    assert seen["CopyObject"] == 2
    assert server.client.store.current("to", "é+c") is not None
    assert (server.client.store.current("from", "a b") is None) is (act is s3copy.rename)


def test_a_second_run_reads_the_checksums_of_all_parts() -> None:
    with served() as server:
        parts = [b"12", b"34", b"5"]  # two pages of the fake
        etag = server.client.store.etag(b"12345", parts=3)
        server.client.store.put_body("from", "a b", b"12345", etag=etag, **in_parts("CRC32", parts))
        server.client.store.now += 1
        made = boto3.client("s3", endpoint_url=server.url)
        s3copy.copy(made, SOURCE, TARGET, OPTIONS, time.monotonic() + 900)
        second = s3copy.copy(made, SOURCE, TARGET, OPTIONS, time.monotonic() + 900)
        made.close()
    assert second.startswith("Already there")
    assert server.seen["GetObjectAttributes"] == 2


def test_the_sdk_stops_its_retries_when_the_time_is_up() -> None:
    def busy(operation: str, *_: Any) -> Any:
        raise error(operation, 503, "SlowDown")

    with served(busy) as server:
        server.latency[""] = 0.1
        made = boto3.client("s3", endpoint_url=server.url)
        made.meta.events.register("before-send.s3", deadline.stop_retries)
        token = deadline.LATEST.set(time.monotonic() + 0.05)
        try:
            with pytest.raises(s3copy.TryAgainError, match="time ran out"):
                made.head_object(Bucket="from", Key="a b")
        finally:
            deadline.LATEST.reset(token)
        made.close()
    assert server.seen == {"HeadObject": 1}


@pytest.mark.parametrize("code", ["AccessDenied", "PreconditionFailed", "NoSuchKey"])
@pytest.mark.parametrize("method", ["copy_object", "complete_multipart_upload"])
def test_a_final_refusal_inside_a_200_is_not_sent_again(method: str, code: str) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    answered = Answered(200, body.encode())
    made: Any = real.client()
    s3_client.adapt(made)
    made.meta.events.register_last("before-send.s3", answered)
    given = {"Bucket": "b", "Key": "k"}
    more: dict[str, Any] = {"UploadId": "u"} if "upload" in method else {"CopySource": given}
    with pytest.raises(ClientError, match=code) as raised:
        getattr(made, method)(**given, **more)
    assert len(answered.sent) == 1
    assert not is_retryable(raised.value)


def test_a_copy_that_drips_past_the_end_of_the_function_is_given_up_and_found_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadline, "SHORTEST_SECONDS", 0.0)
    settings = Config(read_timeout=0.1)  # each byte begins them anew
    with served() as server:
        made = boto3.client("s3", endpoint_url=server.url, config=settings)
        server.drips["CopyObject"] = 6.0
        started = time.monotonic()
        with pytest.raises(s3copy.TryAgainError, match="S3 was still working on a request"):
            s3copy.rename(made, SOURCE, TARGET, OPTIONS, started + 3)
        assert time.monotonic() < started + 3
        server.drips.clear()
        s3copy.rename(made, SOURCE, TARGET, OPTIONS, time.monotonic() + 900)
        assert server.client.store.current("from", "a b") is None
        assert server.client.store.current("to", "é+c") is not None
        made.close()
