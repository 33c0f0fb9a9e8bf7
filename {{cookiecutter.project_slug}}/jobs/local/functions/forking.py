"""Starts environments by forking them from a server of their own, in milliseconds each."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.local.functions import fork_server, frames
from jobs.local.functions.fork_server import END, REPLY, REQUEST, START
from jobs.local.functions.processes import Process, kill
from jobs.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobs.local.functions.environment import Setup

assert sys.platform != "win32" and sys.platform != "darwin"  # noqa: S101, PT018 - no safe fork

ENDED = "The process that starts environments has ended."


class ForkServer:
    """The client of `fork_server`."""

    is_tmp_private = False

    def __init__(self) -> None:
        """Start the server. OSError: it cannot be started."""
        self._lock = threading.Lock()
        start = _start_anew
        if _has_one_thread():
            fork_server.load()  # before there is a folder: what ends this process would leave it
            start = _fork_it
        self._folder = tempfile.mkdtemp(prefix="local-function-")
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self.pid, self._wait = start(theirs, self._folder)
            except OSError:
                self._control.close()
                shutil.rmtree(self._folder)
                raise

    def configure(self, setup: Setup, environ: Mapping[str, str]) -> None:
        """Say what every environment is."""
        try:
            frames.send(self._control, {"setup": asdict(setup), "environ": dict(environ)})
        except ConnectionError as error:
            raise OSError(ENDED) from error
        answer = frames.receive(self._control)
        if answer is None:
            raise OSError(ENDED)
        self.is_tmp_private = answer.head["is_private"]

    def start(self) -> Process:
        """Fork one."""
        ours, theirs = socket.socketpair()
        log, to_log = os.pipe()
        with theirs:
            try:
                pid = self._ask(START, 0, [theirs.fileno(), to_log])
            finally:
                os.close(to_log)
        return Process(
            pid, ours, os.fdopen(log, "rb"), lambda: kill(pid), lambda: self._ask(END, pid)
        )

    def close(self) -> None:
        """Let the server end: it kills what is left."""
        with contextlib.suppress(OSError):  # it ended before
            self._control.shutdown(socket.SHUT_RDWR)
        self._wait()
        self._control.close()
        shutil.rmtree(self._folder, ignore_errors=True)  # where the server was killed

    def _ask(self, kind: bytes, pid: int, descriptors: Sequence[int] = ()) -> int:
        with self._lock:
            socket.send_fds(self._control, [REQUEST.pack(kind, pid)], descriptors)
            reply = self._control.recv(REPLY.size, socket.MSG_WAITALL)
        if not reply:
            raise OSError(ENDED)
        code: int
        (code,) = REPLY.unpack(reply)
        return code


def _has_one_thread() -> bool:
    """Say whether this process may fork: the child has only the thread that forked it."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:  # no Linux
        return False


def _fork_it(theirs: socket.socket, folder: str) -> tuple[int, Callable[[], object]]:
    """Fork the server from this process, which has boto3 loaded; return its id and its wait."""
    pid = fork_server.forked(theirs.fileno(), Path(folder))

    def wait() -> None:
        with contextlib.suppress(ChildProcessError):  # a second time
            os.waitpid(pid, 0)

    return pid, wait


def _start_anew(theirs: socket.socket, folder: str) -> tuple[int, Callable[[], object]]:
    """Start the server as a new Python, which loads boto3 while this process goes on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.local.functions.fork_server", str(theirs.fileno()), folder],
        cwd=PROJECT,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return process.pid, process.wait
