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
import struct
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.local.functions import environment, frames, private_tmp
from jobs.local.functions.processes import LAST_WORDS, kill

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = struct.Struct("!cI")
"""START and 0, with the descriptors of a channel and a log; or END and a process id."""
REPLY = struct.Struct("!i")
"""To START: the process id. To END: the exit code; negative: the signal that ended the process."""
START, END = b"S", b"E"

assert sys.platform != "win32" and sys.platform != "darwin"  # noqa: S101, PT018 - no safe fork

NEEDED = ("boto3", "boto3.s3.inject", "botocore.httpsession")
"""What every S3 client loads. No client is made: that would read the user's AWS settings."""

STDERR = 2


class Server:
    """Forks environments and reaps them."""

    def __init__(self, control: socket.socket, folder: Path, asked: dict[str, Any]) -> None:
        """Serve the other end of `control`; `folder` is for the folders of the environments."""
        self._control = control
        self._folder = folder
        self._children = set[int]()
        self._setup = environment.Setup(**asked["setup"])
        os.environ.clear()
        os.environ.update(asked["environ"])
        self._is_private = os.waitpid(_fork(self._try_private), 0)[1] == 0
        frames.send(control, {"is_private": self._is_private})

    def serve(self) -> None:
        """Do what is asked until the service is gone; then kill what is left."""
        try:
            while (asked := socket.recv_fds(self._control, REQUEST.size, 2))[0]:
                kind, pid = REQUEST.unpack(asked[0])
                done = self._start(asked[1]) if kind == START else self._end(pid)
                self._control.sendall(REPLY.pack(done))
        except ConnectionError:
            pass  # the service is gone
        for pid in self._children:
            kill(pid)
            os.waitpid(pid, 0)

    def _start(self, descriptors: list[int]) -> int:
        pid = _fork(lambda: self._become(*descriptors))
        self._children.add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        return pid

    def _become(self, channel: int, log: int) -> int:
        """Be an environment, in the forked process."""
        os.setsid()  # Ctrl-C in the terminal is for the service; what it starts ends with it
        private_tmp.die_with_parent()
        self._control.close()
        environment.standard_streams(log)
        os.close(log)
        os.set_inheritable(channel, False)  # noqa: FBT003 - os has no name for it
        temporary = self._temporary(is_private=self._is_private)
        return environment.run(socket.socket(fileno=channel), self._setup, temporary)

    def _end(self, pid: int) -> int:
        """Wait for a process that is ending, kill what it started, and return its exit code."""
        deadline = time.monotonic() + LAST_WORDS
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT  # until it is waited for, its id stays its own
        while not os.waitid(os.P_PID, pid, look) and time.monotonic() < deadline:
            time.sleep(0.002)
        kill(pid)
        _, status = os.waitpid(pid, 0)
        self._children.remove(pid)
        shutil.rmtree(self._folder / str(pid), ignore_errors=True)
        return os.waitstatus_to_exitcode(status)

    def _try_private(self) -> int:
        """Try in a process of its own whether an environment can have its own /tmp."""
        try:
            self._temporary(is_private=True)
        except OSError:
            return 1
        return 0

    def _temporary(self, *, is_private: bool) -> str:
        """Make this process a folder, in the place of /tmp if that is to be private; return it."""
        folder = self._folder / str(os.getpid())
        folder.mkdir(exist_ok=True)
        if not is_private:
            return str(folder)
        read = [self._setup.source, sys.prefix, sys.base_prefix, *filter(None, sys.path)]
        private_tmp.enter(str(folder), visible=read)
        return private_tmp.TMP


def load() -> None:
    """Load what every S3 client needs."""
    for name in NEEDED:
        import_module(name)


def forked(descriptor: int, folder: Path) -> int:
    """Fork this process, which has one thread and what `load` loads; return the server's id."""
    return _fork(lambda: _become_server(descriptor, folder))


def _fork(body: Callable[[], int]) -> int:
    """Fork, and return the process id; the child ends with what `body` returns."""
    environment.flush()  # else the child has it to write, too
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = body()
    except BaseException:  # noqa: BLE001 - the child must never go on as what it was forked from
        sys.excepthook(*sys.exc_info())
    finally:
        environment.flush()
        os._exit(code)


def _become_server(descriptor: int, folder: Path) -> int:
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
    return 0


def serve(descriptor: int, folder: Path) -> None:
    """Serve the socket of this descriptor until its other end closes."""
    try:
        load()
        gc.freeze()  # collections in the environments leave the pages that are shared alone
        with socket.socket(fileno=descriptor) as control:
            if first := frames.receive(control):  # else the service ended before it said anything
                Server(control, folder, first.head).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
