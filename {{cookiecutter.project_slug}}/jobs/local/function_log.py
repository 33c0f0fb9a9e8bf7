"""Shows what the function writes: the lines as on Lambda, or one short line for each task.

On Lambda, with the log format JSON, a line is a JSON object: the handler's own one for each
task, records of `logging`, and the runtime's errors. What is printed stays as it is.
"""

from __future__ import annotations

import io
import json
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

from jobs import terminal

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_KEY = 60
"""Characters of a key in a short line."""

RECORD = '{"timestamp": '
"""How a JSON line begins, of the handler itself or of `logging`."""

PACKAGE_FRAMES = re.compile(
    r"""(?:  File "[^"\n]*[\\/](?:site|dist)-packages[\\/][^"\n]*", .*\n(?:    .*\n)*)+"""
)
"""Lines of a traceback, one frame after the other, that are in installed packages."""

QUIET_LOGGERS = ("boto3", "botocore", "urllib3", "s3transfer")
"""What these say at INFO, such as where credentials were found, is of no use here."""


def writer(*, as_json: bool = False, shows_tasks: bool = True) -> Callable[[bytes], None]:
    """Return what writes each line of the function to stderr, whole, in its order.

    Without `shows_tasks` the handler's line of a task is left out, unless it has a traceback.
    """
    lock = threading.Lock()

    def write(line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip("\n")
        shown = text if as_json else short(text, shows_tasks=shows_tasks)
        if shown is not None:
            with lock:  # each environment is read by a thread of its own
                sys.stderr.write(f"{shown}\n")
                sys.stderr.flush()

    return write


class Stdout(io.TextIOBase):
    """In the place of sys.stdout, where a handler of this process writes: lines go to `write`.

    Text that does not begin like a JSON line passes at once: a debugger's prompt has no line end.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        """Give whole lines to `write`."""
        self._write = write
        self._held = ""

    def write(self, text: str) -> int:
        """Take a piece of text."""
        *lines, self._held = f"{self._held}{text}".split("\n")
        for line in lines:
            self._write(line.encode("utf-8", errors="backslashreplace"))
        if self._held and not self._held.startswith("{"):
            sys.stderr.write(self._held)
            sys.stderr.flush()
            self._held = ""
        return len(text)


def short(line: str, *, shows_tasks: bool = True) -> str | None:
    """Return a line of the function's log for a person; None: it is of no use."""
    printed = line.partition(RECORD)[0]
    if printed and _fields(line[len(printed) :]):  # print(..., end="") and then a record
        record = short(line[len(printed) :], shows_tasks=shows_tasks)
        return printed if record is None else f"{printed}\n{record}"
    fields = _fields(line)
    if fields is None:
        return line
    if "resultCode" in fields:
        return _task(fields) if shows_tasks or "traceback" in fields else None
    if fields.get("level") == "INFO" and str(fields.get("logger")).startswith(QUIET_LOGGERS):
        return None
    words = [str(fields.get("level", "INFO"))]
    if "message" in fields:
        words.append(str(fields["message"]))
    if error := [str(fields[name]) for name in ("errorType", "errorMessage") if name in fields]:
        words.append(": ".join(error))
    trace = fields.get("stackTrace")
    return "  ".join(words) + _trace("".join(map(str, trace)) if isinstance(trace, list) else "")


def _task(fields: dict[str, Any]) -> str:
    """Return `Succeeded  photos/one.jpg  12 ms`, with the reason where the task did not succeed."""
    key = terminal.shown(str(fields.get("key")))
    if len(key) > LONGEST_KEY:
        key = f"{key[: LONGEST_KEY - 1]}…"
    words = [str(fields["resultCode"]), key, f"{float(fields.get('milliseconds', 0)):.0f} ms"]
    if fields["resultCode"] != "Succeeded":
        words.append(str(fields.get("message", "")))
    return "  ".join(words) + _trace(str(fields.get("traceback", "")))


def _trace(text: str) -> str:
    """Return a traceback as the lines below another; of installed packages it says only so much.

    What S3 answers is raised far inside botocore: the line of the author's is what helps.
    """
    shown = PACKAGE_FRAMES.sub("  ... in installed packages\n", f"{text.rstrip()}\n").rstrip()
    return f"\n{shown}" if shown else ""


def _fields(line: str) -> dict[str, Any] | None:
    """Return the fields of a line as Lambda knows them; None: it is some other text."""
    if not line.startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_record = isinstance(fields, dict) and ("level" in fields or "resultCode" in fields)
    return fields if is_record else None
