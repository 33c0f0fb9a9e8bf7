"""The one S3 client of a process: time-outs, retries, connections, and what its boto3 can do."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from retryable import FINAL_CODES, SERVER_ERROR
from s3copy import deadline, part_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel
    from mypy_boto3_s3.client import S3Client

    from s3copy.values import Options

# Not adaptive: with 1 in 10 requests answered 503, a hundred copies one after another took 29 s
# under its rate limiter and 9 s under standard, with the same requests and none left to a redrive
# (bench/retry_mode.py of the template's repository).
RETRY_MODE: Literal["standard"] = "standard"
ATTEMPTS = 4  # one request and three retries, each begun before the deadline allows no more

# Set while an upload is created that needs it.
EXPIRES: ContextVar[str | None] = ContextVar("expires", default=None)
# AnnotationDirective came with boto3 1.43.31 (2026-06-16); before, the header is set by hand.
EXCLUDE_HEADER = ("x-amz-object-annotation-directive", "EXCLUDE")

# The DNS suffixes of AWS's partitions (botocore/data/partitions.json), and of dual-stack endpoints.
AWS_DOMAINS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
)


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
    adapt(s3)
    if not annotations and not knows(s3, "CopyObject", "AnnotationDirective"):
        s3.meta.events.register("before-call.s3.CopyObject", exclude_annotations)
    return s3


def adapt(s3: S3Client) -> None:
    """Let a client stop in time, send nothing again that is final, and leave parts to us."""
    s3.meta.events.register("before-send.s3", deadline.stop_retries)
    s3.meta.events.register("needs-retry.s3.UploadPartCopy", leave_to_the_parts)
    for operation in ("CopyObject", "CompleteMultipartUpload"):
        s3.meta.events.register(f"needs-retry.s3.{operation}", end_what_is_final)


def leave_to_the_parts(
    response: tuple[Any, dict[str, Any]] | None,
    operation: OperationModel,
    caught_exception: Exception | None,
    **_: object,
) -> None:
    """Raise what a part came to, in place of a retry by the SDK; `multipart` tries again itself.

    botocore calls the handlers of the longer event name first (botocore/hooks.py), so its own,
    which takes every retry from the client's quota of 500, is not asked.
    """
    if caught_exception is not None:
        raise caught_exception
    if response is not None and "Error" in response[1]:
        raise ClientError(response[1], operation.name)  # type: ignore[arg-type] # a parsed answer


def end_what_is_final(
    response: tuple[Any, dict[str, Any]] | None, operation: OperationModel, **_: object
) -> None:
    """Raise the refusal that S3 sent inside an answer of 200, if it is final.

    botocore makes a 500 of every such answer and would send the request four times (S3 API,
    CopyObject: the error may come while the copy is under way).
    """
    if response is None or response[0].status_code != SERVER_ERROR:
        return
    if (response[1].get("Error") or {}).get("Code") in FINAL_CODES:
        raise ClientError(response[1], operation.name)  # type: ignore[arg-type] # a parsed answer


def exclude_annotations(params: dict[str, Any], **_: object) -> None:
    """Set the header that this boto3 has no parameter for; botocore signs it afterwards."""
    name, value = EXCLUDE_HEADER
    params["headers"][name] = value


@contextmanager
def expires_as_it_is(s3: S3Client, text: str | None) -> Iterator[None]:
    """Let CreateMultipartUpload send this Expires header, character for character.

    boto3 takes only a date for it and writes that in its own way, but S3 keeps any text.
    """
    if text is None:
        yield
        return
    # Registering it again under its id changes nothing.
    s3.meta.events.register(
        "before-call.s3.CreateMultipartUpload", _set_expires, unique_id="s3copy-expires"
    )
    token = EXPIRES.set(text)
    try:
        yield
    finally:
        EXPIRES.reset(token)


def _set_expires(params: dict[str, Any], **_: object) -> None:
    text = EXPIRES.get()
    if text is not None:
        params["headers"]["Expires"] = text


def is_aws(s3: S3Client) -> bool:
    """Return True when the requests go to AWS, in whatever partition, through whatever endpoint."""
    host = urlsplit(s3.meta.endpoint_url).hostname or ""
    return host.endswith(AWS_DOMAINS)


@cache
def knows(s3: S3Client, operation: str, parameter: str | None = None) -> bool:
    """Return True when this boto3 has the operation, and the parameter of it."""
    model = s3.meta.service_model
    if operation not in model.operation_names:
        return False
    shape = model.operation_model(operation).input_shape
    return parameter is None or (shape is not None and parameter in shape.members)
