"""The handler's work for one invocation, S3 excluded, beside the examples of AWS's documentation.

    python bench/handler.py

Both with the logging that they do, by the Lambda runtime's own log handler in the JSON format that
template.yaml sets, into /dev/null. S3 is an object that answers at once with what S3 answers.
Rounds alternate; medians are compared.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from awslambdaric import bootstrap
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, CALLS = 40, 1_000
LIMIT = 0.5

METADATA = {
    "RequestId": "0SA6WFT2GP7Y5X0R",
    "HostId": "x" * 76,
    "HTTPStatusCode": 200,
    "HTTPHeaders": {
        "x-amz-id-2": "x" * 76,
        "x-amz-request-id": "0SA6WFT2GP7Y5X0R",
        "date": "Mon, 23 Nov 2026 00:00:00 GMT",
        "x-amz-server-side-encryption": "AES256",
        "content-type": "application/xml",
        "server": "AmazonS3",
        "content-length": "276",
    },
    "RetryAttempts": 0,
}
EVENT = {
    "invocationSchemaVersion": "1.0",
    "invocationId": "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
    "job": {"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"},
    "tasks": [
        {
            "taskId": "dGFza2lkZ29lc2hlcmUK",
            "s3Key": "customers/2026/image+1.jpg",
            "s3VersionId": "jWYMPXgRTSbqA4T6aCiB2Xrl3LBsIWmc",
            "s3BucketArn": "arn:aws:s3:::amzn-s3-demo-source-bucket",
        }
    ],
}


class AnswersAtOnce:
    """An S3 client whose answers cost nothing."""

    def __init__(self) -> None:
        self.meta = boto3.client("s3").meta

    @staticmethod
    def copy_object(**_: object) -> dict[str, Any]:
        modified = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        return {
            "ResponseMetadata": METADATA,
            "ServerSideEncryption": "AES256",
            "CopyObjectResult": {"ETag": '"fe66c3"', "LastModified": modified},
        }

    @staticmethod
    def head_object(**_: object) -> dict[str, Any]:
        headers = METADATA["HTTPHeaders"] | {"x-amz-delete-marker": "true"}  # type: ignore[operator]
        answer: Any = {
            "Error": {"Code": "405", "Message": "Method Not Allowed"},
            "ResponseMetadata": METADATA | {"HTTPHeaders": headers},
        }
        raise ClientError(answer, "HeadObject")

    @staticmethod
    def delete_object(**_: object) -> dict[str, Any]:
        return {"ResponseMetadata": METADATA}


class Context:
    aws_request_id = "5fd3d6b5-9e6b-4d5c-8c33-1f2ed4b4a1f8"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def handlers() -> dict[str, Callable[..., object]]:
    """Import the handlers, each with the client that answers at once."""
    os.environ["DESTINATION_BUCKET"] = "amzn-s3-demo-destination-bucket"
    sys.path[:0] = [str(ROOT / "{{cookiecutter.project_slug}}" / "src"), str(Path(__file__).parent)]
    import app
    import task
    from documentation import copy_example, marker_example

    s3 = AnswersAtOnce()
    task.S3 = marker_example.s3 = s3  # type: ignore[assignment]

    make_client = boto3.client

    def made_before(_name: str) -> AnswersAtOnce:
        return s3

    def published(event: dict[str, Any], context: object) -> object:
        make_client("s3")  # what it does before each task
        return copy_example.lambda_handler(event, context)

    mock.patch.object(boto3, "client", made_before).start()
    return {
        "this template": app.lambda_handler,
        "documentation: removes delete markers, logs": marker_example.lambda_handler,
        "documentation: copies, logs nothing, client for each task": published,
        "  the same without its client": copy_example.lambda_handler,
    }


def microseconds(handler: Callable[..., object], calls: int) -> float:
    """Return the mean time of one call in one round, in microseconds of CPU."""
    context = Context()
    started = time.process_time()
    for _ in range(calls):
        handler(EVENT, context)
    return (time.process_time() - started) / calls * 1e6


def main() -> None:
    """Measure in alternating rounds; print medians and ratios."""
    measured = handlers()
    figures: dict[str, list[float]] = {name: [] for name in measured}
    terminal, sys.stdout = sys.stdout, bootstrap.Unbuffered(Path(os.devnull).open("w"))  # noqa: SIM115 until the end
    bootstrap._setup_logging(bootstrap.LogFormat.JSON, "", bootstrap.StandardLogSink())  # noqa: SLF001 as the runtime does
    for _ in range(ROUNDS):
        for name, handler in measured.items():
            calls = 5 if "client for each" in name else CALLS
            figures[name].append(microseconds(handler, calls))
    sys.stdout = terminal
    ours = statistics.median(figures["this template"])
    print(f"{'CPU for each invocation, S3 excluded':60} {'us':>9} {'ratio':>7}")
    for name, rounds in figures.items():
        median = statistics.median(rounds)
        print(f"{name:60} {median:9.1f} {ours / median:7.3f}")
    print(f"The aim is at most {LIMIT} of the documentation's examples as published.")


if __name__ == "__main__":
    main()
