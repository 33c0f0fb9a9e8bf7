"""The process of an environment, as the service sees it: loads the function, answers, ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from jobs.local.functions import frames, runtime
from jobs.local.functions.invoke import Answer, new_id

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from jobs.local.functions.environment import Setup

INIT_SECONDS = 10.0
"""How long a handler may load at least, as on Lambda; the function's timeout, if longer."""

LAST_WORDS = 1.0
"""Seconds that a process whose channel is closed has to end by itself."""


class InitError(Exception):
    """An environment could not load the function."""

    def __init__(self, answer: Answer, sentence: str) -> None:
        """Keep the answer to the invocation, and the sentence for the author."""
        super().__init__(sentence)
        self.answer = answer


@dataclass(slots=True, eq=False)
class Process:
    """A process that was started. It handles one invocation at a time."""

    pid: int
    channel: socket.socket
    log: IO[bytes]
    """What it writes to stdout and stderr."""
    kill: Callable[[], None]
    """Kill it and what it started; harmless when it has ended."""
    wait: Callable[[], int]
    """Wait for the end of a process whose channel is closed, and return its exit code. To be called
    once, by `end`. OSError: the fork server has ended, and has killed it."""
    exit_code: int | None = None
    """None: it may be used again. Negative: the signal that ended it."""

    def load(self, timeout: float) -> None:
        """Wait until it has loaded the function. Raises InitError: it has not, and has ended.

        `timeout` in seconds, as everywhere here: that of the function.
        """
        limit = max(INIT_SECONDS, timeout)
        self.channel.settimeout(limit)
        try:
            frame = frames.receive(self.channel)
        except TimeoutError:
            self.kill()
            self.end()
            raise InitError(
                runtime.timed_out(new_id(), limit),
                f"The function was not loaded after {limit:.0f} seconds: look at what its modules"
                " do while they are imported.",
            ) from None
        if frame is None:
            answer = runtime.exited(new_id(), self.end())
            raise InitError(answer, f"The function could not start: {runtime.message(answer)}.")
        if error := frame.head.get("error"):
            self.end()
            answer = runtime.failed(error["message"], error["kind"], new_id(), [])
            raise InitError(answer, error["sentence"])

    def invoke(self, arn: str, payload: bytes, timeout: float) -> Answer:
        """Return the answer to an event; where the timeout passes, the process is ended."""
        request_id = new_id()
        self.channel.settimeout(timeout)
        try:
            head = {"id": request_id, "arn": arn, "seconds": timeout}
            frames.send(self.channel, head, payload)
            frame = frames.receive(self.channel)
        except TimeoutError:
            self.kill()
            self.end()
            return runtime.timed_out(request_id, timeout)
        except ConnectionError:
            frame = None
        if frame is None:
            return runtime.exited(request_id, self.end())
        return Answer(frame.body, frame.head["is_function_error"])

    def end(self) -> int:
        """Let it end, if it has not; return its exit code."""
        if self.exit_code is None:
            self.channel.close()
            try:
                self.exit_code = self.wait()
            except OSError:
                self.exit_code = -9
        return self.exit_code


class Starter(Protocol):
    """A way to start environments."""

    is_tmp_private: bool

    def configure(self, setup: Setup, environ: Mapping[str, str]) -> None:
        """Say what every environment is: its function, and the variables of it. Once."""

    def start(self) -> Process:
        """Start one. OSError: it cannot be started."""

    def close(self) -> None:
        """End all that were started, and remove their folders."""


def kill(pid: int) -> None:
    """Kill a process and what it started; harmless when it has ended."""
    if sys.platform == "win32":
        command = ["taskkill", "/f", "/t", "/pid", str(pid)]
        subprocess.run(command, capture_output=True, check=False)
        return
    for send in (os.killpg, os.kill):  # before its setsid a process is in no group of its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)
            return
