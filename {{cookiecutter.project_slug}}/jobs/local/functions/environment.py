"""The inside of one environment: a process that loads the handler, then runs one event at a time.

It ends when its channel closes, or with the status that the handler gives it. A fork server calls
`run`; a spawned Python runs this module, and reads from stdin what it is.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.local.functions import frames, handlers, runtime, runtime_log
from jobs.project import own_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

COLLECTIONS = (700, 10, 10)
"""Python's own thresholds, as on Lambda: with others the function takes more memory here."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What every environment of one function has in common."""

    handler: str
    """`module.function`."""
    timeout: float
    """Seconds after which an invocation is ended."""
    log_level: str
    """As AWS_LAMBDA_LOG_LEVEL."""
    source: str
    """The folder of the function's code: the current folder there, and the first of sys.path."""
    hidden: str
    """The project's folder: the function cannot import from it, as on Lambda."""


def run(channel: socket.socket, setup: Setup, temporary: str) -> int:
    """Load the handler and serve `channel`; return the exit code of this process."""
    log = runtime_log.install(setup.log_level)
    inherited = gc.get_threshold()  # of the service, which loads faster with higher ones
    _enter(setup, temporary)
    try:
        handler = handlers.find(setup.handler, Path(setup.source))
    except handlers.HandlerError as error:
        failure = {"kind": error.kind, "message": error.message, "sentence": error.sentence}
        log.runtime_error(error.kind, error.message, error.trace)
        frames.send(channel, {"error": failure})
        return 1
    if sys.platform != "win32":
        # A process that the handler forks must not answer for it, nor hide that this one ended.
        os.register_at_fork(after_in_child=channel.close)
    if gc.get_threshold() == inherited:  # else the author has set them
        gc.set_threshold(*COLLECTIONS)
    frames.send(channel, {})  # it is loaded
    while frame := frames.receive(channel):
        try:
            _invoke(handler, frame, channel, log)
        except SystemExit as error:
            return runtime.exit_code(error)
        except BaseException:  # noqa: BLE001 - the runtime dies of what is no Exception
            traceback.print_exc()
            return 1
    return 0


def _enter(setup: Setup, temporary: str) -> None:
    """Make this process look like the inside of a function."""
    own_modules.put_aside(Path(setup.source))
    sys.path[:] = [setup.source, *(path for path in sys.path if path not in {"", setup.hidden})]
    os.chdir(setup.source)
    os.environ.update(
        TMPDIR=temporary,
        LAMBDA_TASK_ROOT=setup.source,
        _HANDLER=setup.handler,
        AWS_LAMBDA_LOG_FORMAT="JSON",
        AWS_LAMBDA_LOG_LEVEL=setup.log_level,
    )


def _invoke(
    handler: runtime.Handler, frame: frames.Frame, channel: socket.socket, log: runtime_log.Log
) -> None:
    head: Mapping[str, Any] = frame.head
    log.request_id = head["id"]
    context = runtime.Context(head["id"], head["arn"], time.monotonic() + head["seconds"])
    answer = runtime.call(handler, frame.body, context)
    if answer.is_function_error:
        log.function_error(answer.payload)
    flush()
    if channel.fileno() < 0:
        os._exit(0)  # the handler forked this process: the one it came from answers
    frames.send(channel, {"is_function_error": answer.is_function_error}, answer.payload)


def flush() -> None:
    """Write what was printed; the handler may have closed the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()


def standard_streams(log: int) -> None:
    """Let stdin be empty, and stdout and stderr be `log`, for Python and for what it starts."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
    sys.stdout = _lines(1)
    sys.stderr = _lines(2)


def _lines(descriptor: int) -> io.TextIOWrapper:
    raw = os.fdopen(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True
    )


def main() -> int:
    """Be a spawned environment."""
    given = json.load(sys.stdin)
    standard_streams(os.dup(1))
    with socket.create_connection(("127.0.0.1", given["port"])) as channel:
        frames.send(channel, {"token": given["token"]})
        return run(channel, Setup(**given["setup"]), given["temporary"])


if __name__ == "__main__":
    sys.exit(main())
