"""Requests that S3 works on for too long: given up in time, and what they leave is cleared."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import s3copy
from s3copy import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 6.0  # of the whole function
BEGINS = 0.5  # seconds in which a request may begin; given up in the middle of what is left then
GIB = 1024**3
SOURCE = s3copy.Source("source", "a", None)
TARGET = s3copy.Target("target", "a")


class StillWorking:
    """Never ends a copy: white space comes, so no time-out of the connection helps."""

    def __init__(self) -> None:
        self.meta = boto3.client("s3").meta
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

    def list_object_annotations(self, **_: Any) -> dict[str, Any]:
        return {}

    def create_multipart_upload(self, **_: Any) -> dict[str, Any]:
        return {"UploadId": "u"}

    def abort_multipart_upload(self, **_: Any) -> None:
        self.aborted.append(time.monotonic())


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(deadline, "latest_start", lambda now, _ends: now + BEGINS)
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
