"""Where a job's function runs: a target takes a function ARN and a payload and gives an answer.

`in_process` runs one handler for every ARN, in this process. `endpoint` calls Lambda's Invoke
through boto3: `sam local start-lambda`, a runtime emulator, an emulated or the real AWS.
"""

from __future__ import annotations

import json
import random
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name: no request was sent
    HTTPClientError,
    IncompleteReadError,
)

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

THROTTLED = frozenset({429, 500, 502, 503, 504})
"""Answers of Invoke that are worth a repetition: throttling and the service's own failures."""


class Answer(NamedTuple):
    """What Invoke gives back for a call that Lambda took (HTTP 200)."""

    payload: bytes
    is_function_error: bool = False
    """X-Amz-Function-Error: the function failed, timed out or could not start."""


class NoAnswerError(Exception):
    """Lambda gave no answer to an invocation; raised as one of the three kinds below."""

    def __init__(self, code: str, message: str, status: int) -> None:
        """Keep what the report's row says: Lambda's code and HTTP status, if it gave any."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ThrottledError(NoAnswerError):
    """The invocation was not taken now; a repetition may be."""


class LostError(NoAnswerError):
    """The invocation was sent, but its answer did not arrive: the function may have run."""


class NotInvokedError(NoAnswerError):
    """The invocation was refused, here or by Lambda: a repetition would be refused too."""


# Our choice: what a row shows where there was no answer that has a status
UNREACHABLE = 503
LOST = 504
UNSENDABLE = 400


LONGEST_RESPONSE = 6 * 1024 * 1024 + 100
"""Bytes of a response that Lambda passes on to who invoked the function and waits."""

Target = Callable[[str, bytes], Answer]
"""(FunctionArn with its version or alias, event) -> answer; raises the three errors above."""

Handler = Callable[[Any, "Context"], object]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands to a handler beside the event, as far as it means anything here."""

    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    """Seconds of `time.monotonic()`."""
    memory_limit_in_mb: str = "1769"
    log_group_name: str = "/aws/lambda/local"
    log_stream_name: str = "local"

    @property
    def function_name(self) -> str:
        """The name in the ARN, without version or alias."""
        name, _ = split_function(self.invoked_function_arn)
        return name

    @property
    def function_version(self) -> str:
        """The version or alias of the ARN."""
        return split_function(self.invoked_function_arn)[1]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout; never below 0."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def split_function(arn: str) -> tuple[str, str]:
    """Return (name, version or alias) of a function ARN, partial ARN or name."""
    name, _, qualifier = arn.rpartition("function:")[2].partition(":")
    return name, qualifier or "$LATEST"


def in_process(dotted: str, timeout: float = 900.0) -> Target:
    """Return a target that calls `module.function` in this process, whatever the ARN says.

    Events and responses pass through JSON both ways. `timeout` is in seconds: a call that took
    longer is answered as Lambda answers a timeout (it cannot be stopped in the middle, as it is
    there). ValueError if there is no such handler.
    """
    handler = _find(dotted)

    def invoke(arn: str, payload: bytes) -> Answer:
        request_id = new_id()
        started = time.monotonic()
        answer = _call(handler, payload, Context(request_id, arn, started + timeout))
        if time.monotonic() - started > timeout:
            return _timed_out(request_id, timeout)
        return answer

    return invoke


def endpoint(client: LambdaClient, function_name: str | None = None) -> Target:
    """Return a target that calls Invoke with the job's ARN, or always with `function_name`.

    Give the client as many connections as there are invocations in flight, no retries of its own
    and a read timeout above the function's: see `lambda_client`.
    """

    def invoke(arn: str, payload: bytes) -> Answer:
        try:
            answer = client.invoke(FunctionName=function_name or arn, Payload=payload)
            body = answer["Payload"].read()  # here too a connection can break
        except ClientError as error:
            raise _not_taken(error) from error
        except BotoCoreError as error:
            raise _no_answer(error) from error
        return Answer(body, "FunctionError" in answer or _is_emulator_error(body))

    return invoke


def new_id() -> str:
    """Return the id of an invocation.

    Not uuid4: its system call lets go of the interpreter, and the threads of a job trade places at
    each task, which costs more than the task.
    """
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _is_emulator_error(body: bytes) -> bool:
    """Say whether a runtime emulator answered an error: it does so without Lambda's header."""
    if body.startswith(b"Task timed out after "):
        return True
    if b'"errorMessage"' not in body:
        return False
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and "errorMessage" in answer and "results" not in answer


def _find(dotted: str) -> Handler:
    module, _, name = dotted.rpartition(".")
    if not module:
        raise ValueError(f"The handler {dotted!r} names no module: write it as app.lambda_handler.")
    handler: Handler | None = getattr(import_module(module), name, None)
    if handler is None:
        raise ValueError(f"The module {module!r} has no {name!r}: name the handler function.")
    if not callable(handler):
        kind = type(handler).__name__
        message = f"{dotted!r} is no function but of type {kind!r}: name the handler."
        raise ValueError(message)  # noqa: TRY004 - `dotted` is a text, only a wrong one
    return handler


def _call(handler: Handler, payload: bytes, context: Context) -> Answer:
    try:
        response = handler(json.loads(payload), context)
    except SystemExit as error:
        message = f"Runtime exited with error: exit status {error.code or 0}"
        return _failed(message, "Runtime.ExitError", context.aws_request_id, [])
    except BaseException as error:  # noqa: BLE001 - Lambda answers whatever is raised
        trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        return _failed(str(error), type(error).__name__, context.aws_request_id, trace)
    try:
        body = json.dumps(response, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"Unable to marshal response: {error}"
        return _failed(message, "Runtime.MarshalError", context.aws_request_id, [])
    return Answer(body) if len(body) <= LONGEST_RESPONSE else _too_large(len(body))


def _failed(message: str, kind: str, request_id: str, trace: list[str]) -> Answer:
    """Write an error as Lambda's Python runtime does (awslambdaric, `make_error`)."""
    error = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }
    return Answer(json.dumps(error, ensure_ascii=False).encode(), is_function_error=True)


def _too_large(size: int) -> Answer:
    """The payload of a response over the limit, as Lambda's runtime interface writes it."""
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size"
        f" ({LONGEST_RESPONSE} bytes)."
    )
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return Answer(json.dumps(error).encode(), is_function_error=True)


def _timed_out(request_id: str, timeout: float) -> Answer:
    """The payload of a timeout as it stands in the report rows of the S3 User Guide."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{now} {request_id} Task timed out after {timeout:.2f} seconds"
    return Answer(json.dumps({"errorMessage": message}).encode(), is_function_error=True)


def _no_answer(error: BotoCoreError) -> NoAnswerError:
    """Tell by botocore's own error how far the invocation came; its name is the row's code."""
    code = type(error).__name__
    if isinstance(error, ConnectionError):
        return ThrottledError(code, str(error), UNREACHABLE)
    if isinstance(error, HTTPClientError | IncompleteReadError):
        return LostError(code, str(error), LOST)
    return NotInvokedError(code, str(error), UNSENDABLE)  # credentials, parameters


def _not_taken(error: ClientError) -> NoAnswerError:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    code, message = (
        error.response["Error"].get("Code", ""),
        error.response["Error"].get("Message", ""),
    )
    kind = ThrottledError if status in THROTTLED else NotInvokedError
    return kind(code, message, status)
