"""A test client for your task: what S3 Batch Operations would send, made in one line.

task.run(support.task("a b.txt"))                       the work on one object
support.invoke(support.event("a b.txt", size="10"))     the whole function: request to response
"""

import json
import time
from collections import ChainMap
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import moto
import requests as http

import app
from conftest import CLIENT, SOURCE, make_yours
from s3batch import Task

EVENTS = Path(__file__).resolve().parents[1] / "events"


class Context:
    """What the function reads of Lambda's context."""

    aws_request_id = "request-1"

    def __init__(self, seconds: float = 900) -> None:
        self.end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self.end - time.monotonic()) * 1000)


def task(
    key: str,
    *,
    bucket: str = SOURCE,
    version_id: str | None = None,
    row: Mapping[str, object] | None = None,
    **arguments: object,
) -> Task:
    """Return the task that `run` gets for one object.

    `row` is what a JSON row of the manifest says, `arguments` are the job's userArguments.
    """
    said = ChainMap(dict(row or {}), dict(arguments))
    return Task("task-1", bucket, key, version_id, said, time.monotonic() + 900)


def event(*keys: str, bucket: str = SOURCE, **arguments: str) -> dict[str, Any]:
    """Return a request for these keys, one task each, with the job's userArguments.

    S3 Batch Operations sends one task an invocation. For a JSON row, give
    `json.dumps({"origKey": ...})` as the key.
    """
    tasks = [
        {
            "taskId": f"task-{number}",
            "s3Key": quote_plus(key),
            "s3VersionId": None,
            "s3Bucket": bucket,
        }
        for number, key in enumerate(keys, 1)
    ]
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": "invocation-1",
        "job": {"id": "job-1", "userArguments": arguments},
        "tasks": tasks,
    }


def invoke(request: object) -> dict[str, Any]:
    """Return the function's response, as JSON makes it."""
    response = app.lambda_handler(request, Context())
    answered: dict[str, Any] = json.loads(json.dumps(response))
    return answered


def requests() -> list[Path]:
    """Return the requests in events/."""
    others = ("env.json", "*.expected.json")
    return sorted(p for p in EVENTS.glob("*.json") if not any(map(p.match, others)))


def sent(request: Path) -> Any:
    """Return what a request of events/ holds."""
    try:
        return json.loads(request.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"events/{request.name} is no JSON ({error}): mend it.") from None


def expected(request: Path) -> Path:
    """Return where the expected response of a request is, or would be."""
    return request.with_suffix(".expected.json")


def response(request: Path) -> dict[str, Any]:
    """Return the response to a request of events/.

    Within a test, too, it begins with an empty AWS: nothing is there but the objects of
    events/seed.py and what make_yours makes.
    """
    with moto.mock_aws():
        # From the same seed moto makes the same version ids every time.
        for begin in ("reset", "seed?a=1"):
            http.post(f"http://motoapi.amazonaws.com/moto-api/{begin}", timeout=1)
        if (EVENTS / "seed.py").exists():  # it may go
            import_module("seed").fill(CLIENT)
        make_yours()
        return invoke(sent(request))
