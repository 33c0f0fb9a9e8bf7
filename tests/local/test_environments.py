"""Environments: what a function meets in one, how it ends, and that nothing is left behind."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from function_runs import ARN, TEMPLATE, Function, running
from jobs.local import function_log
from jobs.local.functions import forking
from jobs.local.functions.changed_files import LOOK_SECONDS
from jobs.local.functions.forking import ForkServer
from jobs.local.functions.invoke import Answer, LostError
from jobs.local.functions.private_tmp import TMP
from jobs.local.functions.processes import InitError
from jobs.local.functions.spawning import Spawner

if TYPE_CHECKING:
    from collections.abc import Callable

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


def skip_without_own_tmp(function: Function) -> None:
    if not function._starter.is_tmp_private:
        pytest.skip("this system gives a process no /tmp of its own")


@pytest.mark.parametrize("kind", [ForkServer, Spawner])
def test_an_invocation_sees_what_it_would_on_lambda(
    source: Path, kind: type[ForkServer | Spawner]
) -> None:
    with running(source, "inside", starter=kind()) as function:
        first, second = function.answer("a"), function.answer("b")

    assert first["folder"] == first["path"] == str(source)
    assert (first["seen"], first["arn"], first["pid"]) == ("yes", ARN, second["pid"])
    assert (first["calls"], second["calls"]) == (1, 2)  # a warm one keeps what it has
    assert 0 < first["left"] <= 60_000
    gone(first["pid"])
    assert not Path(first["tmp"]).exists() or first["tmp"] == TMP


@pytest.mark.parametrize("kind", [ForkServer, Spawner])
def test_the_function_has_its_own_module_where_the_service_uses_one_of_that_name(
    source: Path, kind: type[ForkServer | Spawner]
) -> None:
    for name in ("jobs", "boto3"):
        (source / f"{name}.py").write_text(f"OWN = '{name} of the author'\n")
    own = "import boto3, jobs\n\ndef own(event, context):\n    return [boto3.OWN, jobs.OWN]\n"
    (source / "handlers.py").write_text(own)
    with running(source, "own", starter=kind()) as function:
        assert function.answer() == ["boto3 of the author", "jobs of the author"]


def test_the_function_collects_garbage_as_often_as_on_lambda(source: Path) -> None:
    before = gc.get_threshold()
    gc.set_threshold(50_000)  # as the service does
    try:
        with running(source, "collections") as function:
            assert function.answer() == 700
    finally:
        gc.set_threshold(*before)


def test_one_scratch_file_gives_no_object_the_content_of_another(source: Path) -> None:
    """The handler that gave 34 of 40 objects another's content while all shared one process."""
    keys = [f"object {number}" for number in range(40)]
    with running(source, "scratch") as function, ThreadPoolExecutor(8) as pool:
        skip_without_own_tmp(function)
        assert list(pool.map(function.answer, keys)) == keys


def test_an_environment_that_empties_its_tmp_reaches_nothing_of_the_author(source: Path) -> None:
    before = sorted(source.parent.iterdir())
    assert str(source).startswith(f"{TMP}/")
    with running(source, "empty_tmp") as function:
        skip_without_own_tmp(function)
        function.answer()
        # Only where src/ is seen, and where this Python is, should it be in /tmp too.
        needed = [source, Path(sys.prefix), TEMPLATE]
        seen = {path.relative_to(TMP).parts[0] for path in needed if path.is_relative_to(TMP)}
        assert set(function.answer()) <= seen
    assert sorted(source.parent.iterdir()) == before
    assert (source / "handlers.py").read_text() == HANDLERS


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


def test_a_process_that_the_handler_forks_does_not_answer_in_its_place(source: Path) -> None:
    with running(source, "forks") as function:
        assert [function.answer() for _ in range(3)] == ["parent"] * 3
    assert "Traceback" not in "".join(function.lines)


def test_a_handler_may_close_stdout(source: Path) -> None:
    with running(source, "closes_stdout") as function:
        assert [function.answer(text) for text in ("close", "", "close", "")] == [True] * 4
        assert function.error("fail")["errorType"] == "KeyError"
    assert "Traceback" not in "".join(function.lines)


def test_events_and_responses_of_megabytes_pass(source: Path) -> None:
    text = "é" * 1_000_000
    with running(source, "large") as function:
        assert function.answer(text) == text * 2


def test_changed_code_makes_new_environments_and_is_said(source: Path) -> None:
    with running(source, "inside") as function:
        old = function.answer()
        (source / "version.py").write_text("NUMBER = 'two'\n")
        time.sleep(LOOK_SECONDS)
        new = function.answer()

        assert (old["version"], new["version"]) == (1, "two")
        gone(old["pid"])
        assert function.said == ["src/version.py changed: the function starts anew."]

        (source / "version.py").write_text("NUMBER = = 3\n")
        time.sleep(LOOK_SECONDS)
        assert function.error()["errorType"] == "Runtime.UserCodeSyntaxError"
        assert "src/version.py, line 1: SyntaxError" in function.said[-1]


def test_a_function_that_cannot_be_loaded_is_told_before_any_invocation(source: Path) -> None:
    with running(source, "nothing") as function, pytest.raises(InitError, match="'nothing'"):
        function.warm()


def test_logging_is_written_as_by_lambda_s_runtime(source: Path) -> None:
    with running(source, "logs") as function:
        function.error("this")
    printed, said, caught, error = function.lines
    written = [json.loads(line) for line in (said, caught, error)]

    assert printed == "printed\n"
    assert written[0] | {"timestamp": "", "requestId": ""} == {
        "timestamp": "",
        "level": "INFO",
        "message": "said this",
        "logger": "mine",
        "requestId": "",
        "more": 1,
    }
    assert (written[1]["errorType"], written[1]["message"]) == ("ZeroDivisionError", "caught")
    assert "1 / 0" in written[1]["stackTrace"][0]
    assert (written[2]["level"], written[2]["errorType"]) == ("ERROR", "KeyError")
    assert len({each["requestId"] for each in written}) == 1


def test_a_record_has_the_fields_of_the_real_runtime(source: Path) -> None:
    formatter = pytest.importorskip("awslambdaric.lambda_runtime_log_utils").JsonFormatter()
    record = logging.makeLogRecord(
        {"name": "mine", "levelno": 20, "levelname": "INFO", "msg": "said this", "more": 1}
    )
    record.aws_request_id = "id"
    with running(source, "logs") as function:
        function.error("this")
    assert json.loads(function.lines[1]).keys() == json.loads(formatter.format(record)).keys()


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
