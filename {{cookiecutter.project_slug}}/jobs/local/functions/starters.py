"""Starts the processes of environments: forked from a server of their own, or spawned.

Forking takes milliseconds; where there is no safe fork, a new Python takes half a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from jobs.local.functions import frames
from jobs.local.functions.frames import END, REPLY, REQUEST, START

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobs.local.functions.environment import Setup

PROJECT = Path(__file__).resolve().parents[3]
SPAWN_SECONDS = 30.0
HAS_SAFE_FORK = hasattr(os, "fork") and sys.platform != "darwin"
# Ctrl-C in the terminal is for the service; what an environment starts ends with it.
if sys.platform == "win32":
    OWN_GROUP: Any = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    OWN_GROUP: Any = {"start_new_session": True}
LAST_WORDS = 1.0
"""Seconds that a process whose channel is closed has to end by itself."""
ENDED = "The process that starts environments has ended."


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


class ForkServer:
    """The client of `fork_server`."""

    is_tmp_private = False

    def __init__(self) -> None:
        """Start the server."""
        self._lock = threading.Lock()
        self._started = 0
        self._folder = tempfile.mkdtemp(prefix="local-function-")
        self._control, theirs = socket.socketpair()
        with theirs:
            start = _forked if _has_one_thread() else _spawned
            self.pid, self._wait = start(theirs.fileno(), self._folder)

    def configure(self, setup: Setup, environ: Mapping[str, str]) -> None:
        """Say what every environment is."""
        head = {"setup": setup.to_json(), "environ": dict(environ)}
        try:
            frames.send(self._control, head)
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
                pid = self._ask(START, None, [theirs.fileno(), to_log])
            finally:
                os.close(to_log)
        return Process(
            pid, ours, os.fdopen(log, "rb"), lambda: _kill(pid), lambda: self._ask(END, pid)
        )

    def close(self) -> None:
        """Let the server end: it kills what is left."""
        with contextlib.suppress(OSError):  # it ended before
            self._control.shutdown(socket.SHUT_RDWR)
        self._wait()
        self._control.close()
        shutil.rmtree(self._folder, ignore_errors=True)  # where the server was killed

    def _ask(self, kind: bytes, number: int | None, descriptors: list[int] | None = None) -> int:
        if sys.platform == "win32":
            raise OSError("no fork here")
        with self._lock:
            if number is None:
                number = self._started = self._started + 1
            socket.send_fds(self._control, [REQUEST.pack(kind, number)], descriptors or [])
            reply = self._control.recv(REPLY.size, socket.MSG_WAITALL)
        if not reply:
            raise OSError(ENDED)
        code: int
        (code,) = REPLY.unpack(reply)
        return code


class Spawner:
    """Starts each environment as a new Python."""

    is_tmp_private = False

    def __init__(self) -> None:
        """Make the folder of their temporary files."""
        self._folder = Path(tempfile.mkdtemp(prefix="local-function-"))
        self._running: set[subprocess.Popen[bytes]] = set()
        self._given: dict[str, Any] = {}
        self._environ: dict[str, str] = {}

    def configure(self, setup: Setup, environ: Mapping[str, str]) -> None:
        """Say what every environment is."""
        self._given = {"setup": setup.to_json()}
        self._environ = dict(environ)

    def start(self) -> Process:
        """Start one; it connects to a port of this process and sends the token it was given."""
        temporary, token = tempfile.mkdtemp(dir=self._folder), secrets.token_hex()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(SPAWN_SECONDS)
            port = listener.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, "-m", "jobs.local.functions.environment"],
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                **OWN_GROUP,
            )
            self._running.add(process)
            given = {**self._given, "temporary": temporary, "port": port, "token": token}
            channel = _connected(process, given, listener)
        assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
        return Process(
            process.pid,
            channel,
            process.stdout,
            lambda: _kill_tree(process),
            lambda: self._wait(process),
        )

    def close(self) -> None:
        """Kill what runs and remove the folders."""
        for process in tuple(self._running):
            _kill_tree(process)
            self._wait(process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            code = process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            _kill_tree(process)
            code = process.wait()
        self._running.discard(process)
        return code


def starter() -> Starter:
    """Return what this system can do; the process of a fork server starts at once.

    Not a fork on macOS: its system libraries start threads, which a child does not have
    (docs.python.org, multiprocessing, "Contexts and start methods").
    """
    return ForkServer() if HAS_SAFE_FORK else Spawner()


def _has_one_thread() -> bool:
    """Say whether this process may fork: the child has only the thread that forked it."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:  # no Linux
        return False


def _forked(descriptor: int, folder: str) -> tuple[int, Callable[[], object]]:
    """Fork the server from this process, which has boto3 loaded; return its id and its wait."""
    from jobs.local.functions import fork_server  # noqa: PLC0415 - not on Windows

    pid = fork_server.forked(descriptor, Path(folder))

    def wait() -> None:
        with contextlib.suppress(ChildProcessError):  # a second time
            os.waitpid(pid, 0)

    return pid, wait


def _spawned(descriptor: int, folder: str) -> tuple[int, Callable[[], object]]:
    """Start the server anew: it loads boto3 while this process goes on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.local.functions.fork_server", str(descriptor), folder],
        cwd=PROJECT,
        pass_fds=[descriptor],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return process.pid, process.wait


def _connected(
    process: subprocess.Popen[bytes], given: Mapping[str, Any], listener: socket.socket
) -> socket.socket:
    """Send `given` to a process and return the connection that it then makes."""
    assert process.stdin is not None  # noqa: S101 - a pipe, as asked for
    with process.stdin as stdin:
        stdin.write(json.dumps(given).encode())
    channel, _ = listener.accept()
    first = frames.receive(channel)
    if first is None or first.head.get("token") != given["token"]:
        raise OSError("Another program than the environment came to its port.")
    return channel


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has not been waited for, and what it started."""
    if process.returncode is None:
        _kill(process.pid)


def _kill(pid: int) -> None:
    if sys.platform == "win32":
        command = ["taskkill", "/f", "/t", "/pid", str(pid)]
        subprocess.run(command, capture_output=True, check=False)
        return
    for kill in (os.killpg, os.kill):  # before its setsid a process is in no group of its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
            return
