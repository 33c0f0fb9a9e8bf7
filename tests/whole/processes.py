"""The processes that a program started, and whether they are gone."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PATIENCE = 60.0  # seconds


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
