"""Runs each task of a request and turns whatever it returns or raises into one result.

Knows neither S3 nor its error codes: what may be tried again is decided by the `is_retryable`
that the caller passes in.
"""

import json
import re
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from s3batch import protocol
from s3batch.protocol import Response, ResultCode, Task

START_MARGIN = 5.0
"""Seconds. A task is not started with less left: Lambda's timeout would make it permanent."""

NO_REASON = "The task failed without a reason: raise the failure with a text."
# The address of an object, as Python writes it. It differs in each process, and a report groups the
# same failure by its text.
ADDRESS = re.compile(" at 0x[0-9A-Fa-f]+(?=>)")
NO_TEXT = (
    "The task returned no text but a value of the type {}, so it counts as failed:"
    " let run return a text that says what was done."
)
LONGEST_TRACEBACK = 50_000
"""Characters, of its end. CloudWatch Logs takes 1 MB in one event (CloudWatch Logs quotas), and an
exception may hold a whole file."""

NO_TRACEBACK = "The traceback cannot be written: the exception's own methods raise."
TOO_LATE = "Not started: the function's time is nearly over."

LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
"""Lambda's own names, the least severe first."""

LEVEL_OF: dict[ResultCode, str] = {
    "Succeeded": "INFO",
    "TemporaryFailure": "WARN",
    "PermanentFailure": "ERROR",
}

Answer = TypeVar("Answer")


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task.

    Attributes:
        task: None when the request could not be read.
        error: an exception that nobody expected; its traceback goes to the log.
    """

    code: ResultCode
    text: str
    task: Task | None = None
    error: BaseException | None = None


def handle(
    event: object,
    context: Context,
    run: Callable[[Task], str],
    is_retryable: Callable[[BaseException], bool],
    log_level: str = "INFO",
) -> Response:
    """Answer one invocation: every task that was sent gets exactly one result.

    Never raises, whatever JSON it is given and whatever `run` does; only KeyboardInterrupt passes.

    Args:
        event: the request of S3 Batch Operations, schema 1.0 or 2.0.
        context: Lambda's context.
        run: does the work of one task; returns the text for the completion report.
        is_retryable: whether an exception that carries no `retryable` may pass by itself.
        log_level: the least of `LEVELS` that is logged.

    Returns:
        The response, as `protocol.response` makes it.
    """
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    logged = LEVELS[LEVELS.index(log_level) :]
    results = []
    for wire in protocol.wire_tasks(event):
        started = time.perf_counter()
        outcome = _attempt(event, wire, deadline, run, is_retryable)
        result = protocol.result(wire, outcome.code, outcome.text)
        results.append(result)
        if LEVEL_OF[outcome.code] in logged:
            _log(event, context, outcome, result, time.perf_counter() - started)
    return protocol.response(event, results)


def _attempt(
    event: object,
    wire: object,
    deadline: float,
    run: Callable[[Task], str],
    is_retryable: Callable[[BaseException], bool],
) -> Outcome:
    task = None
    try:
        task = protocol.task(event, wire, deadline)
        if deadline - time.monotonic() < START_MARGIN:
            return Outcome("TemporaryFailure", TOO_LATE, task)
        return _returned(task, run(task))
    except KeyboardInterrupt:
        raise  # a person stops the process
    except BaseException as error:  # noqa: BLE001 one bad task must not touch the others
        return _failed(task, error, is_retryable)


def _returned(task: Task, value: object) -> Outcome:
    """Return what a value comes to; `isinstance` would believe what an object says it is."""
    if issubclass(type(value), str):
        return Outcome("Succeeded", str.__str__(value), task)
    return Outcome("PermanentFailure", NO_TEXT.format(type(value).__name__), task)


def _failed(
    task: Task | None, error: BaseException, is_retryable: Callable[[BaseException], bool]
) -> Outcome:
    """Return what an exception comes to; one that carries `retryable` is a sentence by itself."""
    own = _tried(lambda: getattr(type(error), "retryable", None), otherwise=None)
    says_so = own is True or own is False
    passes = own if says_so else _tried(lambda: bool(is_retryable(error)), otherwise=False)
    code: ResultCode = "TemporaryFailure" if passes else "PermanentFailure"
    text = _tried(lambda: str.__str__(str(error)), otherwise="")
    if says_so:
        return Outcome(code, text or NO_REASON, task)
    name = _tried(lambda: type(error).__name__, otherwise="An exception")
    said = f"{name}: {ADDRESS.sub('', text)}" if text else name
    return Outcome(code, said, task, None if passes else error)


def _tried(ask: Callable[[], Answer], *, otherwise: Answer) -> Answer:
    """Return what an object of the author's answers; its methods may raise anything."""
    try:
        return ask()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 see above
        return otherwise


def _log(
    event: object, context: Context, outcome: Outcome, result: protocol.Result, seconds: float
) -> None:
    """Write the one log line of a task; Lambda filters it by `level` and `timestamp`."""
    line = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": LEVEL_OF[outcome.code],
        "message": result["resultString"],
        "resultCode": outcome.code,
        "milliseconds": round(seconds * 1000, 3),
        "requestId": context.aws_request_id,
        "taskId": result["taskId"],
        **protocol.job_names(event),
    }
    if outcome.task is not None:
        line["bucket"] = outcome.task.bucket
        line["key"] = outcome.task.key
        line["versionId"] = outcome.task.version_id
    if outcome.error is not None:
        line["traceback"] = _traceback(outcome.error)
    # One write, so that lines of one container never mix. The work may have closed or replaced the
    # log, by anything: the result of the task counts more.
    _tried(lambda: sys.stdout.write(json.dumps(line) + "\n"), otherwise=0)


def _traceback(error: BaseException) -> str:
    text = _tried(lambda: "".join(traceback.format_exception(error)), otherwise=NO_TRACEBACK)
    return text[-LONGEST_TRACEBACK:]
