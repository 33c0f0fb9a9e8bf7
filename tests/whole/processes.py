"""The processes that a test started: their ports, their children, and whether they are gone."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path

PATIENCE = 60.0  # seconds
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once the process listens there."""
    limit = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((HOST, port)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}: {process.args!r}")


def descendants(process: subprocess.Popen[str]) -> list[int]:
    """Return the ids of the processes that `process` and its children started, and that live."""
    table = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in table.stdout.splitlines()]
    found: list[int] = []
    left = [process.pid]
    while left:
        above = left.pop()
        below = [
            int(pid) for pid, parent, state in rows if int(parent) == above and "Z" not in state
        ]
        found += below
        left += below
    return found


def wait_for_descendants(process: subprocess.Popen[str], count: int) -> list[int]:
    """Return the descendants of a process once there are so many."""
    limit = time.monotonic() + PATIENCE
    while len(found := descendants(process)) < count:
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < limit, f"there are {len(found)} processes, not {count}"
        time.sleep(0.02)
    return found


def wait_until_gone(*pids: int) -> None:
    limit = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < limit, "a process is left behind"
        time.sleep(0.02)
