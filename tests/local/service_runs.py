"""A job service over HTTP with an S3 of its own and a function that succeeds, for its tests."""

from __future__ import annotations

import http.client
import json
from functools import partial
from typing import TYPE_CHECKING

import boto3
import pytest

from jobs.local import services
from jobs.local.api import operations, server
from jobs.local.engine.engine import Engine
from jobs.local.functions.invoke import Answer
from jobs.local.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:local:1"
KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
HEADERS = {"Host": "s3-control.local", "x-amz-account-id": ACCOUNT}


def succeed(_arn: str, payload: bytes) -> Answer:
    """Answer an invocation as a handler does."""
    event = json.loads(payload)
    results = [{"taskId": task["taskId"], "resultCode": "Succeeded"} for task in event["tasks"]]
    answer = {name: event[name] for name in ("invocationSchemaVersion", "invocationId")}
    return Answer(json.dumps({**answer, "results": results}).encode())


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Client]:
    with s3_server.running() as url:
        client = boto3.client("s3", endpoint_url=url, **KEYS)  # type: ignore[call-overload] # stubs
        client.create_bucket(Bucket="jobs")
        yield client
        client.close()


@pytest.fixture(scope="module")
def engine(s3: S3Client) -> Iterator[Engine]:
    with Engine(s3, succeed) as engine:
        yield engine


@pytest.fixture(scope="module")
def port(engine: Engine) -> Iterator[int]:
    listener = services.listening("--port", 0, 0)
    answer = partial(operations.answer, engine, FUNCTION, {"OPERATION": "rename"})
    with server.Service(answer, listener) as running:
        yield running.server_port


def ask(
    port: int, method: str, target: str, body: bytes | None = None, **headers: str
) -> tuple[int, str]:
    """Return status and body of the answer to one raw request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, target, skip_host=True)
        length = {} if body is None else {"Content-Length": str(len(body))}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {**HEADERS, **length, **given}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
