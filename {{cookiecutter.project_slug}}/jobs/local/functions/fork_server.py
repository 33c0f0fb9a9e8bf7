"""The process that environments are forked from: boto3 is loaded once, and it has one thread.

It is itself forked from the service where that has one thread still, or started anew by

    python -m jobs.local.functions.fork_server CONTROL FOLDER

CONTROL is the descriptor of a socket. The service that holds its other end sends a `Setup` and the
variables of the function, then asks for one thing after the other. When that end closes, in
whatever way the service ended, every environment is killed, and FOLDER, which holds
their folders, is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import shutil
import signal
import socket
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from jobs.local.functions import environment, frames, private_tmp
from jobs.local.functions.frames import REPLY, REQUEST, START

assert sys.platform != "win32"  # noqa: S101 - no fork there

NEEDED = ("boto3", "boto3.s3.inject", "botocore.httpsession")
"""What every S3 client loads. No client is made: that would read the user's AWS settings."""

STDERR = 2

LAST_WORDS = 1.0
"""Seconds that a process whose channel is closed has to end by itself."""


class Server:
    """Forks environments and reaps them."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        """Serve the other end of `control`; `folder` is for the folders of the environments."""
        self._control = control
        self._folder = folder
        self._children: dict[int, int] = {}  # process id -> number
        first = frames.receive(control)
        if first is None:
            raise SystemExit
        self._setup = environment.Setup(**first.head["setup"])
        os.environ.clear()
        os.environ.update(first.head["environ"])
        self._is_private = self._can_be_private()
        frames.send(control, {"is_private": self._is_private})

    def serve(self) -> None:
        """Do what is asked until the service is gone; then kill what is left."""
        try:
            while (asked := socket.recv_fds(self._control, REQUEST.size, 2))[0]:
                kind, number = REQUEST.unpack(asked[0])
                done = self._start(number, asked[1]) if kind == START else self._end(number)
                self._control.sendall(REPLY.pack(done))
        except ConnectionError:
            pass  # the service is gone
        for pid in tuple(self._children):
            _kill_group(pid)
            os.waitpid(pid, 0)

    def _start(self, number: int, descriptors: list[int]) -> int:
        pid = os.fork()
        if not pid:
            self._become(number, *descriptors)
        self._children[pid] = number
        for descriptor in descriptors:
            os.close(descriptor)
        return pid

    def _become(self, number: int, channel: int, log: int) -> NoReturn:
        """Be an environment, in the forked process."""
        code = 1
        try:
            os.setsid()  # Ctrl-C in the terminal is for the service; what it starts ends with it
            private_tmp.die_with_parent()
            self._control.close()
            environment.standard_streams(log)
            os.close(log)
            os.set_inheritable(channel, False)  # noqa: FBT003 - os has no name for it
            folder = self._folder / str(number)
            folder.mkdir()
            temporary = str(folder)
            if self._is_private:
                private_tmp.enter(temporary, self._visible())
                temporary = private_tmp.TMP
            code = environment.run(socket.socket(fileno=channel), self._setup, temporary)
        except BaseException:  # noqa: BLE001 - this process must never go on as the server
            sys.excepthook(*sys.exc_info())
        finally:
            environment.flush()
            os._exit(code)

    def _end(self, pid: int) -> int:
        """Wait for a process that is ending, kill what it started, and return its exit code."""
        deadline = time.monotonic() + LAST_WORDS
        ended, status = os.waitpid(pid, os.WNOHANG)
        while not ended and time.monotonic() < deadline:
            time.sleep(0.002)
            ended, status = os.waitpid(pid, os.WNOHANG)
        _kill_group(pid)
        if not ended:
            _, status = os.waitpid(pid, 0)
        shutil.rmtree(self._folder / str(self._children.pop(pid)), ignore_errors=True)
        return os.waitstatus_to_exitcode(status)

    def _can_be_private(self) -> bool:
        """Try in a process of its own whether an environment can have its own /tmp."""
        pid = os.fork()
        if not pid:
            code = 1
            try:
                (self._folder / "tried").mkdir()
                private_tmp.enter(str(self._folder / "tried"), self._visible())
                code = 0
            except OSError:
                pass
            finally:
                os._exit(code)
        return os.waitpid(pid, 0)[1] == 0

    def _visible(self) -> list[str]:
        """Return the folders that an environment reads from."""
        return [self._setup.source, sys.prefix, sys.base_prefix, *filter(None, sys.path)]


def _kill_group(pid: int) -> None:
    # macOS: PermissionError for the group of a process that has ended
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def load() -> None:
    """Load what every S3 client needs."""
    for name in NEEDED:
        import_module(name)


def forked(descriptor: int, folder: Path) -> int:
    """Fork this process, which has one thread and what `load` loads; return the server's id."""
    environment.flush()  # else the child has it to write, too
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()  # Ctrl-C in the terminal is for the service
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # where the service was started with a closed stdin or stdout, the socket has its number
        control = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, STDERR + 1)
        for each in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
            if each > STDERR and each != control:
                with contextlib.suppress(OSError):  # that of the listing itself
                    os.close(each)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        serve(control, folder)
        code = 0
    except SystemExit:  # the service ended before it said what to start
        code = 0
    except BaseException:  # noqa: BLE001 - this process must never go on as the service
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def serve(descriptor: int, folder: Path) -> None:
    """Serve the socket of this descriptor until its other end closes."""
    try:
        load()
        gc.freeze()  # collections in the environments leave the pages that are shared alone
        with socket.socket(fileno=descriptor) as control:
            Server(control, folder).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
