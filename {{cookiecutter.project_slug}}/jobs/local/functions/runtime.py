"""What Lambda's Python runtime does with a handler that is loaded: calls it, words its errors.

Sources: awslambdaric (`bootstrap.py`, AWS's own runtime client) for the payloads of exceptions; the
S3 User Guide's report rows for the timeout.
"""

from __future__ import annotations

import json
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jobs.local.functions.invoke import Answer

LONGEST_RESPONSE = 6 * 1024 * 1024 + 100
"""The most bytes of a response that Lambda passes on to a caller that waits for it."""

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
    _, is_arn, last = f":{arn}".partition(":function:")  # a name may end in "function", too
    name, _, qualifier = (last if is_arn else arn).partition(":")
    return name, qualifier or "$LATEST"


def call(handler: Handler, payload: bytes, context: Context) -> Answer:
    """Return the handler's answer to an event; an exception becomes a function error.

    SystemExit and other exceptions that end a process pass: the runtime dies of them.
    """
    try:
        response = handler(json.loads(payload), context)
    except Exception as error:  # noqa: BLE001 - Lambda answers whatever is raised
        trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        return failed(str(error), type(error).__name__, context.aws_request_id, trace)
    try:
        body = response if isinstance(response, bytes) else _marshalled(response)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"Unable to marshal response: {error}"
        return failed(message, "Runtime.MarshalError", context.aws_request_id, [])
    return Answer(body) if len(body) <= LONGEST_RESPONSE else _too_large(len(body))


def _marshalled(response: object) -> bytes:
    """Return a response as JSON; a Decimal, as DynamoDB has, is a number.

    Source: awslambdaric, `lambda_runtime_marshaller.py`.
    """
    return json.dumps(response, ensure_ascii=False, default=_number).encode()


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def failed(message: str, kind: str, request_id: str, trace: list[str]) -> Answer:
    """Return an error as Lambda's Python runtime writes it (awslambdaric, `make_error`)."""
    error = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }
    body = json.dumps(error, ensure_ascii=False).encode(errors="backslashreplace")
    return Answer(body, is_function_error=True)


def timed_out(request_id: str, timeout: float) -> Answer:
    """Return a timeout as it stands in the report rows of the S3 User Guide; `timeout` in s."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{now} {request_id} Task timed out after {timeout:.2f} seconds"
    return Answer(json.dumps({"errorMessage": message}).encode(), is_function_error=True)


def exited(request_id: str, status: int) -> Answer:
    """Return the error of a runtime that ended; `status` is its exit code, negative: a signal.

    The words are Lambda's ("Troubleshoot execution issues in Lambda" and the runtime emulator). A
    process that the system kills for want of memory ends by the signal "killed".
    """
    how = f"exit status {status}" if status >= 0 else f"signal: {_signal_name(-status)}"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    if status == 0:
        message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    error = {"errorType": "Runtime.ExitError", "errorMessage": message}
    return Answer(json.dumps(error).encode(), is_function_error=True)


def message(answer: Answer) -> str:
    """Return the errorMessage of a function error."""
    return str(json.loads(answer.payload)["errorMessage"])


def exit_code(error: SystemExit) -> int:
    """Return the code with which a process that raises `error` ends."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def _signal_name(number: int) -> str:
    words = signal.strsignal(number) or str(number)
    return words.partition(":")[0].lower()  # macOS says "Killed: 9"


def _too_large(size: int) -> Answer:
    """The payload of a response over the limit, as Lambda's runtime interface writes it."""
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size"
        f" ({LONGEST_RESPONSE} bytes)."
    )
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return Answer(json.dumps(error).encode(), is_function_error=True)
