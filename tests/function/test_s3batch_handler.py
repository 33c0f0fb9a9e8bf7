"""s3batch.handler: one result for every task, whatever happens.

What every author should see of it stands in the project's own tests/test_handler.py.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from s3batch import PermanentFailure, Task, TemporaryFailure, handler, protocol


class Context:
    aws_request_id = "request-1"

    def __init__(self, milliseconds: int = 900_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def event(*keys: str) -> dict[str, Any]:
    tasks = [
        {"taskId": f"t{n}", "s3Key": key, "s3VersionId": None, "s3Bucket": "b"}
        for n, key in enumerate(keys)
    ]
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": "i",
        "job": {"id": "j"},
        "tasks": tasks,
    }


def answers(run: Callable[[Task], Any], *keys: str, **options: Any) -> list[protocol.Result]:
    context = options.pop("context", Context())
    options.setdefault("is_retryable", lambda _: False)
    response = handler.handle(event(*keys), context, run=run, **options)
    return response["results"]


class Refused(Exception):
    retryable = False


class TryAgain(Exception):
    retryable = True


def raising(error: BaseException) -> Callable[[Task], str]:
    def run(_: Task) -> str:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "is_retryable", "code", "text"),
    [
        (json.JSONDecodeError("bad", "", 0), False, "PermanentFailure", "JSONDecodeError: bad"),
        (Refused("a sentence"), True, "PermanentFailure", "a sentence"),
        (TryAgain("a sentence"), False, "TemporaryFailure", "a sentence"),
        (TemporaryFailure(), False, "TemporaryFailure", "The task failed without a reason"),
        (PermanentFailure(), False, "PermanentFailure", "The task failed without a reason"),
        (Refused(), True, "PermanentFailure", "The task failed without a reason"),
        (SystemExit(3), False, "PermanentFailure", "SystemExit: 3"),
        (ValueError("no <A at 0x7fB0>"), False, "PermanentFailure", "ValueError: no <A>"),
    ],
    ids=[
        "library",
        "carries retryable: final",
        "carries retryable: passes",
        "temporary, silent",
        "permanent, silent",
        "final, silent",
        "exit",
        "an address in memory",
    ],
)
def test_what_run_raises_decides_the_code(
    error: BaseException, is_retryable: bool, code: str, text: str
) -> None:
    [result] = answers(raising(error), "a", is_retryable=lambda _: is_retryable)
    assert result["resultCode"] == code
    assert result["resultString"].startswith(text)


def test_a_task_that_is_not_understood_does_not_touch_another() -> None:
    codes = [each["resultCode"] for each in answers(lambda task: task.key, "a", "%FF", "b")]
    assert codes == ["Succeeded", "PermanentFailure", "Succeeded"]


def test_the_deadline_is_the_monotonic_clock_plus_what_lambda_leaves() -> None:
    [result] = answers(lambda task: str(task.deadline), "a", context=Context(60_000))
    assert float(result["resultString"]) - time.monotonic() == pytest.approx(60, abs=5)


def test_each_task_writes_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    answers(lambda _: "done", "a+b")
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
    assert line.pop("milliseconds") >= 0
    assert line == {
        "level": "INFO",
        "message": "done",
        "resultCode": "Succeeded",
        "taskId": "t0",
        "jobId": "j",
        "invocationId": "i",
        "requestId": "request-1",
        "bucket": "b",
        "key": "a b",
        "versionId": None,
    }


@pytest.mark.parametrize("log", [None, object(), io.BytesIO()], ids=["none", "object", "bytes"])
def test_a_task_that_replaced_the_log_has_its_result(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: Task) -> str:
        monkeypatch.setattr(sys, "stdout", log)
        return "done"

    [result] = answers(run, "a")
    monkeypatch.undo()
    assert result["resultCode"] == "Succeeded"


def test_what_is_expected_or_passes_is_logged_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers(raising(Refused("a sentence")), "a")
    answers(raising(OSError("net")), "a", is_retryable=lambda _: True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines] == ["a sentence", "OSError: net"]
    assert not any("traceback" in line for line in lines)


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 3), ("INFO", 3), ("WARN", 2), ("ERROR", 1)])
def test_the_log_level_decides_which_outcomes_are_logged(
    level: str, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(task: Task) -> str:
        if task.key == "later":
            raise TemporaryFailure("later")
        if task.key == "never":
            raise PermanentFailure("never")
        return "done"

    answers(run, "now", "later", "never", log_level=level)
    assert len(capsys.readouterr().out.splitlines()) == lines
