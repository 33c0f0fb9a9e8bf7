"""How environments end, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from function_runs import ARN, TEMPLATE, gone, running, source, wait
from jobs.local import function_log
from jobs.local.functions import forking
from jobs.local.functions.forking import ForkServer
from jobs.local.functions.invoke import Answer, LostError
from jobs.local.functions.spawning import Spawner

__all__ = ["source"]


@pytest.mark.parametrize("kind", [ForkServer, Spawner])
def test_the_timeout_ends_the_process_and_what_it_started(
    source: Path, kind: type[ForkServer | Spawner]
) -> None:
    started: list[int] = []
    for timeout in (0.3, 3.0, 30.0):  # a busy machine starts nothing in the shortest
        with running(source, "forever", starter=kind(), timeout=timeout) as function:
            written = function.error()
            started = [int(line) for line in function.lines if line[0] != "{"]

            assert list(written) == ["errorMessage"]
            assert written["errorMessage"].endswith(f" Task timed out after {timeout:.2f} seconds")
            gone(*started)
        if started:
            break
    assert started


@pytest.mark.parametrize(
    ("handler", "how"),
    [
        ("leave", "exit status 3"),
        ("forks_and_leaves", "exit status 4"),
        ("exits", "exit status 1"),
        ("crash", "signal: segmentation fault"),
        ("killed", "signal: killed"),
    ],
)
def test_a_process_that_ends_is_a_function_error_and_the_next_gets_a_new_one(
    source: Path, handler: str, how: str
) -> None:
    with running(source, handler) as function:
        for _ in range(2):
            written = function.error()
            assert written["errorType"] == "Runtime.ExitError"
            assert written["errorMessage"].endswith(f"Runtime exited with error: {how}")


def test_the_log_names_the_object_of_an_invocation_that_ended_its_process(source: Path) -> None:
    """Nothing else would: the function wrote no line, and Lambda's own has no key."""
    with running(source, "leave") as function:
        function.error({"tasks": [{"s3Key": "a+b%2Bc.txt"}]})
    [line] = [text for text in function.lines if "resultCode" in text]
    assert str(function_log.short(line)).startswith("FunctionError  a b+c.txt  ")
    assert line.count("exit status 3") == 1


def test_closing_ends_invocations_that_run(source: Path) -> None:
    with running(source, "forever") as function:
        ended: list[BaseException] = []

        def invoke() -> None:
            try:
                function(ARN, b"null")
            except LostError as error:
                ended.append(error)

        thread = threading.Thread(target=invoke)
        thread.start()
        wait(lambda: function.lines, "the function never ran")
        function.close()
        thread.join(60)
    assert "The local service ended meanwhile" in str(ended[0])
    gone(int(function.lines[0]))


def test_an_idle_environment_that_was_killed_is_an_error_of_one_invocation_at_most(
    source: Path,
) -> None:
    with running(source, "inside") as function:
        os.kill(function.answer()["pid"], signal.SIGKILL)
        answers = [function(ARN, b"null") for _ in range(2)]
    assert not answers[-1].is_function_error
    assert isinstance(answers[0], Answer)


SERVICE = """
import json, os, sys, threading, time
sys.path[:0] = [{template!r}, {tests!r}]
from pathlib import Path
from function_runs import running
with running(Path({source!r}), "forever") as function:
    def invoke():
        function("function:f:1", b"null")
    threading.Thread(target=invoke, daemon=True).start()
    while not function.lines:
        time.sleep(0.01)
    pids = [int(function.lines[0])] + [each.process.pid for each in function._all]
    print(json.dumps([*pids, function._starter.pid]), flush=True)
    time.sleep(300)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_behind_when_the_service_is_killed(
    source: Path, number: signal.Signals
) -> None:
    tests = Path(__file__).parent
    words = SERVICE.format(template=str(TEMPLATE), tests=str(tests), source=str(source))
    with subprocess.Popen(
        [sys.executable, "-c", words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(source.parent)},
    ) as service:
        assert service.stdout is not None
        pids = json.loads(service.stdout.readline())
        folders = list(source.parent.glob("local-function-*"))
        service.send_signal(number)
    gone(*pids)
    assert len(pids) == 3
    assert folders
    wait(lambda: not any(folder.exists() for folder in folders), "a folder is left behind")
    shutil.rmtree(source)  # nothing is mounted in it


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_folder_is_left_behind_when_the_service_is_killed_while_it_starts(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = (
        "import time; from jobs.local.functions.forking import ForkServer\n"
        "server = ForkServer(); print(server.pid, flush=True); time.sleep(300)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TEMPLATE), "TMPDIR": str(tmp_path)},
    ) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        assert len(list(tmp_path.iterdir())) == 1
        service.send_signal(number)
    gone(pid)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("step", "error"), [("load", KeyboardInterrupt()), ("forked", BlockingIOError())]
)
def test_no_folder_is_left_behind_when_the_server_cannot_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(forking, "_has_one_thread", lambda: True)
    monkeypatch.setattr(f"jobs.local.functions.fork_server.{step}", fail)
    with pytest.raises(type(error)):
        ForkServer()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("closed", ["<&- >&-", "<&- >&- 2>&-"])
def test_a_service_without_the_standard_streams_can_fork(tmp_path: Path, closed: str) -> None:
    words = (
        "from pathlib import Path; from jobs.local.functions.environment import Setup\n"
        "from jobs.local.functions.forking import ForkServer\n"
        f"setup = Setup('app.handler', 1.0, 'INFO', {str(tmp_path)!r}, {str(tmp_path)!r})\n"
        "server = ForkServer(); server.configure(setup, {}); server.close()\n"
        f"Path({str(tmp_path / 'done')!r}).touch()"
    )
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, words]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(TEMPLATE)}, check=True)
    assert (tmp_path / "done").exists()
