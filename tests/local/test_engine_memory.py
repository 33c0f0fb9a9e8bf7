"""The engine's memory does not grow with the manifest; at 1,000,000 rows: bench/engine.py."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from job_runs import QUICK, answering, request, response, rows
from jobs.local.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from job_runs import Event


class Files:
    """An S3 that keeps no report, so that the memory is the engine's alone."""

    def __init__(self) -> None:
        self.manifest = b""
        self.rows = 0

    def get_object(self, **_: object) -> dict[str, Any]:
        return {"Body": Chunks(self.manifest), "ETag": "etag"}

    def get_object_lock_configuration(self, **_: object) -> dict[str, Any]:
        return {"ObjectLockConfiguration": {}}

    def put_object(self, **given: Any) -> dict[str, str]:
        if given["Key"] == "manifest":
            self.manifest = given["Body"]
        elif given["Key"].endswith(".csv"):
            self.rows += sum(1 for _ in given["Body"])
        return {"ETag": "etag"}


class Chunks:
    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while chunk := self.data.read(size):
            yield chunk


def busy(event: Event) -> bytes:
    """Fail every task temporarily each time, so that all of them wait for a redrive."""
    key = event["tasks"][0]["s3Key"]
    text = json.dumps({"what": key, "why": "x" * 200})
    return response(event, "TemporaryFailure", text)


def peak(count: int) -> int:
    """Return the most bytes of Python objects while a job of `count` tasks runs."""
    files = Files()
    s3 = cast("S3Client", files)
    asked = request(s3, rows(count))
    choices = replace(QUICK, redrives=1, threshold_counts="final", concurrency=2)
    tracemalloc.start()
    try:
        with Engine(s3, answering(busy), choices) as engine:
            job = engine.wait(engine.create_job(asked))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert job["ProgressSummary"]["NumberOfTasksFailed"] == files.rows
    assert files.rows >= min(count, 1000)
    return most


@pytest.mark.slow
def test_memory_is_the_same_for_forty_times_as_many_tasks() -> None:
    peak(100)  # what is imported and cached once
    small, large = peak(500), peak(20_000)

    assert large <= 1.2 * small, (small, large)
