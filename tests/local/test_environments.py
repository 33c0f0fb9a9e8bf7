"""Environments: what a function meets in one."""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from function_runs import ARN, HANDLERS, TEMPLATE, Function, gone, running, source
from jobs.local.functions.changed_files import LOOK_SECONDS
from jobs.local.functions.forking import ForkServer
from jobs.local.functions.private_tmp import TMP
from jobs.local.functions.processes import InitError
from jobs.local.functions.spawning import Spawner

__all__ = ["source"]


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
        for name in ("version.py~", ".version.py.swp", "version.pyc"):  # of editors, and of Python
            (source / name).write_text("NUMBER = 'not yet'\n")
        time.sleep(LOOK_SECONDS)
        assert function.answer()["pid"] == old["pid"]
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
