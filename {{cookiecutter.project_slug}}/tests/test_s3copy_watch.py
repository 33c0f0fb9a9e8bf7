"""Requests that S3 works on for too long: given up in time, and what they leave is cleared."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from s3copy import clock, values
from stubbed_s3 import SOURCE, TARGET, client

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 0.8  # of the whole function; given up after three quarters of them
GIB = 1024**3


class StillWorking:
    """Never ends a copy: white space comes, so no time-out of the connection helps."""

    def __init__(self) -> None:
        self.meta = client().meta
        self.released = threading.Event()
        self.aborted: list[float] = []

    def copy_object(self, **_: Any) -> dict[str, Any]:
        self.released.wait()
        return {}

    upload_part_copy = copy_object

    def head_object(self, **_: Any) -> dict[str, Any]:
        return {"ETag": '"e"', "ContentLength": 6 * GIB}

    def get_object_tagging(self, **_: Any) -> dict[str, Any]:
        return {"TagSet": []}

    def create_multipart_upload(self, **_: Any) -> dict[str, Any]:
        return {"UploadId": "u"}

    def abort_multipart_upload(self, **_: Any) -> None:
        self.aborted.append(time.monotonic())


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(clock, "SHORTEST_SECONDS", 0.0)
    working = StillWorking()
    yield working
    working.released.set()


def test_a_request_that_outlives_the_function_is_given_up_before(s3: Any) -> None:
    started = time.monotonic()
    with pytest.raises(s3copy.TryAgainError, match="S3 was still working on a request"):
        s3copy.rename(s3, SOURCE, TARGET, s3copy.Options(), started + SECONDS)
    assert time.monotonic() < started + SECONDS


def test_parts_that_outlive_the_function_are_given_up_and_aborted_before(s3: Any) -> None:
    started = time.monotonic()
    options = s3copy.Options(overwrite="always", head_first=True, parts_in_flight=4)
    with pytest.raises(s3copy.TryAgainError, match="S3 was still working on a request"):
        s3copy.copy(s3, SOURCE, TARGET, options, started + SECONDS)
    assert len(s3.aborted) == 1
    assert s3.aborted[0] < started + SECONDS


def transfer(left: float) -> values.Transfer:
    now = time.monotonic()
    s3: Any = None
    latest, deadline = clock.latest_start(now, now + left), now + left
    return values.Transfer(s3, SOURCE, TARGET, s3copy.Options(), latest, False, deadline)


def threads_name(**_: Any) -> str:
    return threading.current_thread().name


def test_a_request_with_plenty_of_time_needs_no_thread() -> None:
    assert transfer(clock.WATCHED_SECONDS + 1).ask_long(threads_name) == "MainThread"
    assert transfer(clock.WATCHED_SECONDS - 1).ask_long(threads_name) == "s3copy-request"
    assert transfer(clock.WATCHED_SECONDS - 1).ask(threads_name) == "MainThread"


def test_the_thread_knows_when_retries_must_end() -> None:
    asked = transfer(60)
    assert asked.ask_long(clock.LATEST.get) == asked.latest


def test_what_the_request_raises_is_raised() -> None:
    def deny(**_: Any) -> None:
        raise s3copy.RefusedError("no")

    with pytest.raises(s3copy.RefusedError, match="no"):
        transfer(60).ask_long(deny)


@pytest.mark.parametrize("left", [900.0, 100.0, 20.0, 5.0])
def test_a_request_is_given_up_after_the_last_may_begin_and_before_the_end(left: float) -> None:
    latest = clock.latest_start(0.0, left)
    assert latest < clock.latest_answer(latest, left) <= left - min(5, left / 4)


@pytest.mark.parametrize("left", [900.0, 5.0, 0.1, -3.0])
def test_an_abort_may_begin_at_any_time(left: float) -> None:
    last = transfer(left).for_the_abort()
    assert last.latest > time.monotonic()
    assert last.deadline - time.monotonic() > clock.ABORT_SECONDS - 1
