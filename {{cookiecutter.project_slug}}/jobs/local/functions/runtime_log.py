"""`logging` as Lambda's Python runtime sets it up with the log format JSON: a line for each record.

Source: awslambdaric, `lambda_runtime_log_utils.JsonFormatter`, whose fields these are.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
import traceback
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from jobs.local.functions import runtime

if TYPE_CHECKING:
    from jobs.local.functions.invoke import Answer

TIME = "%Y-%m-%dT%H:%M:%SZ"
LEVELS = {"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}
"""Lambda's names of levels that are not logging's own."""
OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""The attributes of every record; what else a record has, its author gave as `extra`."""


class Log(logging.Handler):
    """Writes records, and the runtime's own errors, to stdout."""

    request_id: str | None = None
    """Of the invocation that runs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            _write(self._fields(record))
        except Exception:  # noqa: BLE001 - as every handler of logging: a bad record is told
            self.handleError(record)

    def runtime_error(self, kind: str, message: str, trace: list[str]) -> None:
        """Write an error of the runtime itself."""
        given = {"errorType": kind, "errorMessage": message, "stackTrace": trace}
        _write({"timestamp": _now(), "level": "ERROR", **given})

    def function_error(self, payload: bytes) -> None:
        """Write the payload of a function error, as the runtime does."""
        _write({"timestamp": _now(), "level": "ERROR", **json.loads(payload)})

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        is_named = isinstance(record.msg, dict) and not record.args
        fields: dict[str, object] = {
            "timestamp": time.strftime(TIME, time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.msg if is_named else record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            fields |= {
                "stackTrace": traceback.format_tb(trace),
                "errorType": kind.__name__,
                "errorMessage": str(error),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        extra = {name: value for name, value in vars(record).items() if name not in OWN_FIELDS}
        return {name: value for name, value in (fields | extra).items() if value is not None}


def install(level: str) -> Log:
    """Let the root logger write by a new `Log`, records of `level` (Lambda's name) or above.

    INFO, where there is no such level: the function's own settings say what is wrong with it.
    """
    log = Log()
    logging.root.handlers[:] = [log]
    known = logging.getLevelNamesMapping()
    logging.root.setLevel(known.get(LEVELS.get(level, level), logging.INFO))
    return log


def ended(payload: bytes, answer: Answer, seconds: float) -> bytes:
    """Return the line for an invocation whose process has ended, since that wrote none itself.

    Lambda's own (a platform event) does not name the object of the event `payload`; this one does.
    """
    try:
        key = unquote_plus(json.loads(payload)["tasks"][0]["s3Key"])
    except (AttributeError, LookupError, TypeError, ValueError):
        key = ""  # an event of the author's own making
    told = {
        "timestamp": _now(),
        "level": "ERROR",
        "resultCode": "FunctionError",
        "key": key,
        "milliseconds": round(seconds * 1000),
        "message": runtime.message(answer),
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _now() -> str:
    return time.strftime(TIME, time.gmtime())


def _write(fields: dict[str, object]) -> None:
    # One write, so that lines of one environment never mix. The handler may have closed stdout: its
    # answer must not be lost for a line of the log.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stdout.write(json.dumps(fields, ensure_ascii=False, default=str) + "\n")
