"""The one S3 client of a process: time-outs, retries, connections, and what its boto3 can do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.config import Config

from s3copy import deadline, part_plan
from s3copy.values import RefusedError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

    from s3copy.values import Options

# Not adaptive: with 1 in 10 requests answered 503, a hundred copies one after another took 29 s
# under its rate limiter and 9 s under standard, with the same requests and none left to a redrive
# (bench/retry_mode.py of the template's repository).
RETRY_MODE: Literal["standard"] = "standard"
ATTEMPTS = 4  # one request and three retries, each begun before the deadline allows no more

# The conditional copy came with boto3 1.40.61 (2025-10-28).
TOO_OLD = (
    "This boto3 does not know the conditional copy that keeps existing objects safe: "
    "put boto3>=1.40.61 into src/requirements.txt"
)
# AnnotationDirective came with boto3 1.43.31 (2026-06-16); before, the header is set by hand.
EXCLUDE_HEADER = ("x-amz-object-annotation-directive", "EXCLUDE")


def client(options: Options) -> S3Client:
    """Return the process's S3 client; the first call builds it (about 0.1 s of CPU)."""
    return _client(
        options.parts_in_flight or part_plan.MOST_IN_FLIGHT,
        annotations=options.annotations == "copy",
    )


@cache
def _client(connections: int, *, annotations: bool) -> S3Client:
    config = Config(
        connect_timeout=deadline.CONNECT_SECONDS,
        read_timeout=deadline.READ_SECONDS,
        retries={"mode": RETRY_MODE, "total_max_attempts": ATTEMPTS},
        max_pool_connections=connections,
        tcp_keepalive=True,
    )
    s3: S3Client = boto3.client("s3", config=config)
    s3.meta.events.register("before-send.s3", deadline.stop_retries)
    if not annotations and not knows(s3, "CopyObject", "AnnotationDirective"):
        s3.meta.events.register("before-call.s3.CopyObject", exclude_annotations)
    return s3


def exclude_annotations(params: dict[str, Any], **_: object) -> None:
    """Set the header that this boto3 has no parameter for; botocore signs it afterwards."""
    name, value = EXCLUDE_HEADER
    params["headers"][name] = value


@cache
def knows(s3: S3Client, operation: str, parameter: str | None = None) -> bool:
    """Return True when this boto3 has the operation, and the parameter of it."""
    model = s3.meta.service_model
    if operation not in model.operation_names:
        return False
    shape = model.operation_model(operation).input_shape
    return parameter is None or (shape is not None and parameter in shape.members)


def check_conditional_copy(s3: S3Client) -> None:
    """Raise RefusedError when this boto3 cannot copy without overwriting."""
    if not knows(s3, "CopyObject", "IfNoneMatch"):
        raise RefusedError(TOO_OLD)
