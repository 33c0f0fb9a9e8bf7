"""Runs handlers in environments of their own, for the tests of these."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.local.functions.environment import Setup
from jobs.local.functions.environments import Environments
from jobs.local.functions.forking import ForkServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobs.local.functions.processes import Starter

TEMPLATE = Path(__file__).resolve().parents[2] / "{{cookiecutter.project_slug}}"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:copy:7"
HANDLERS = """
import ctypes
import gc
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import version

CALLS = []
BUSY = threading.Lock()


def scratch(event, context):
    # right on Lambda, where an environment has its /tmp and one invocation at a time
    assert BUSY.acquire(blocking=False), "two invocations at once"
    file = Path("/tmp/scratch")
    file.write_text(event)
    time.sleep(0.02)
    found = file.read_text()
    BUSY.release()
    return found


def inside(event, context):
    CALLS.append(event)
    return {
        "pid": os.getpid(), "calls": len(CALLS), "folder": os.getcwd(), "tmp": os.environ["TMPDIR"],
        "path": sys.path[0], "seen": os.environ.get("SEEN"), "version": version.NUMBER,
        "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn,
    }


def collections(event, context):
    return gc.get_threshold()[0]


def empty_tmp(event, context):
    subprocess.run("rm -rf /tmp/*", shell=True, check=False, stderr=subprocess.DEVNULL)
    return sorted(os.listdir("/tmp"))


def forever(event, context):
    child = subprocess.Popen(["sleep", "300"])
    print(child.pid, flush=True)
    while True:
        pass


def leave(event, context):
    os._exit(3)


def crash(event, context):
    ctypes.string_at(0)


def killed(event, context):
    os.kill(os.getpid(), 9)


def exits(event, context):
    sys.exit("a text")


def forks_and_leaves(event, context):
    if not os.fork():
        time.sleep(300)
    os._exit(4)


def forks(event, context):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return "parent" if child else "child"


def closes_stdout(event, context):
    if event == "close":
        sys.stdout.close()
    if event == "fail":
        raise KeyError("why")
    return os.path.isdir(tempfile.gettempdir())


def large(event, context):
    return event * 2


def logs(event, context):
    print("printed")
    logging.getLogger("mine").info("said %s", event, extra={"more": 1})
    logging.getLogger("mine").debug("too much")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("caught")
    raise KeyError("tasks")
"""


class Function(Environments):
    """Environments that can be called with plain values, and remember what was said and logged."""

    def __init__(self, starter: Starter, setup: Setup) -> None:
        self.lines: list[str] = []
        self.said: list[str] = []
        super().__init__(
            starter,
            setup,
            lambda line: self.lines.append(line.decode()),
            self.said.append,
        )

    def answer(self, value: object = None) -> Any:
        answer = self(ARN, json.dumps(value).encode())
        assert not answer.is_function_error, answer
        return json.loads(answer.payload)

    def error(self, value: object = None) -> dict[str, Any]:
        answer = self(ARN, json.dumps(value).encode())
        assert answer.is_function_error
        whole: dict[str, Any] = json.loads(answer.payload)
        return whole


@contextmanager
def running(
    source: Path, handler: str, timeout: float = 60.0, starter: Starter | None = None
) -> Iterator[Function]:
    used = starter or ForkServer()
    setup = Setup(f"handlers.{handler}", timeout, "INFO", str(source), str(TEMPLATE))
    used.configure(setup, {**os.environ, "SEEN": "yes"})
    function = Function(used, setup)
    try:
        yield function
    finally:
        function.close()


def living(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(*pids: int) -> None:
    wait(lambda: not any(map(living, pids)), "a process is left behind")


def wait(is_so: Callable[[], object], otherwise: str) -> None:
    """Return once `is_so`; fail after a minute."""
    limit = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < limit, otherwise
        time.sleep(0.01)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "handlers.py").write_text(HANDLERS)
    (folder / "version.py").write_text("NUMBER = 1\n")
    return folder
