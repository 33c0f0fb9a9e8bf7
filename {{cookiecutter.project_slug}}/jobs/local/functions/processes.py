"""What a started environment is to the service: a process with a channel and a log."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from jobs.local.functions.environment import Setup

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started."""

    pid: int
    channel: socket.socket
    log: IO[bytes]
    """What it writes to stdout and stderr."""
    kill: Callable[[], None]
    """Kill it and what it started; harmless when it has ended."""
    wait: Callable[[], int]
    """Wait for the end of a process whose channel is closed, and return its exit code; negative:
    the signal. To be called once."""


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
