"""Requests that S3 works on for too long: who sends them, and until when."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import pytest

import s3copy
from s3copy import deadline


def with_left(seconds: float) -> deadline.Deadline:
    return deadline.starting(time.monotonic() + seconds)


def threads_name(**_: Any) -> str:
    return threading.current_thread().name


def test_a_request_with_plenty_of_time_needs_no_thread() -> None:
    assert with_left(deadline.WATCHED_SECONDS + 1).send_long(threads_name) == "MainThread"
    assert with_left(deadline.WATCHED_SECONDS - 1).send_long(threads_name) == "s3copy-request"
    assert with_left(deadline.WATCHED_SECONDS - 1).send(threads_name) == "MainThread"


def test_the_thread_knows_when_retries_must_end() -> None:
    asked = with_left(60)
    assert asked.send_long(deadline.LATEST.get) == asked.latest


def test_what_the_request_raises_is_raised() -> None:
    def deny(**_: Any) -> None:
        raise s3copy.RefusedError("no")

    with pytest.raises(s3copy.RefusedError, match="no"):
        with_left(60).send_long(deny)


@pytest.mark.parametrize("left", [900.0, 100.0, 20.0, 5.0])
def test_a_request_is_given_up_after_the_last_may_begin_and_before_the_end(left: float) -> None:
    latest = deadline.latest_start(0.0, left)
    assert latest < deadline.latest_answer(latest, left) <= left - min(5, left / 4)


@pytest.mark.parametrize("left", [900.0, 5.0, 0.1, -3.0])
def test_an_abort_may_begin_at_any_time(left: float) -> None:
    last = with_left(left).for_the_abort()
    assert last.latest > time.monotonic()
    assert last.ends - time.monotonic() > deadline.ABORT_SECONDS - 1


def test_nothing_of_a_request_stays_for_the_authors_own_calls() -> None:
    with_left(60).send(threads_name)
    with_left(60).send_long(threads_name)
    assert deadline.LATEST.get() == math.inf
    deadline.stop_retries()


def test_a_retry_of_the_sdk_is_watched_when_it_comes_late() -> None:
    time_left = deadline.starting(time.monotonic() + deadline.WATCHED_SECONDS + 0.1)
    names = []

    def retried(**_: Any) -> str:
        names.append(threading.current_thread().name)
        time.sleep(0.2)
        deadline.stop_retries()  # as botocore's event does before it sends again
        return names[-1]

    assert time_left.send_long(retried) == "s3copy-request"
    assert names == ["MainThread", "s3copy-request"]
