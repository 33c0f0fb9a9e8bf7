"""s3batch.handler: what your `run` returns or raises becomes one result for each task."""

import json

import pytest

from s3batch import PermanentFailure, TemporaryFailure, handler
from support import Context, event


def results(run, *keys, is_retryable=lambda error: False, context=None):
    return handler.handle(event(*keys), context or Context(), run, is_retryable)["results"]


def raising(error):
    def run(task):
        raise error

    return run


def test_a_text_is_a_success_and_stands_in_the_report():
    assert results(lambda task: f"did {task.key}", "a b") == [
        {"taskId": "task-1", "resultCode": "Succeeded", "resultString": "did a b"}
    ]


@pytest.mark.parametrize("returned", [None, True, 1, b"done", {"done": 1}, ("done",)])
def test_anything_but_a_text_is_a_failure_that_names_its_type(returned):
    [result] = results(lambda task: returned, "a")

    assert result["resultCode"] == "PermanentFailure"
    assert type(returned).__name__ in result["resultString"]


@pytest.mark.parametrize(
    ("error", "may_pass", "code", "text"),
    [
        (TemporaryFailure("later"), False, "TemporaryFailure", "later"),
        (PermanentFailure("never"), True, "PermanentFailure", "never"),
        (OSError("net"), True, "TemporaryFailure", "OSError: net"),
        (KeyError("x"), False, "PermanentFailure", "KeyError: 'x'"),
    ],
    ids=["temporary", "permanent", "may pass", "a bug"],
)
def test_what_run_raises_decides_the_code(error, may_pass, code, text):
    [result] = results(raising(error), "a", is_retryable=lambda _: may_pass)

    assert result["resultCode"] == code
    assert result["resultString"].startswith(text)


def test_one_bad_task_does_not_touch_another():
    def run(task):
        if task.key == "bad":
            raise ValueError(task.key)
        return task.key

    codes = [result["resultCode"] for result in results(run, "a", "bad", "b")]
    assert codes == ["Succeeded", "PermanentFailure", "Succeeded"]


def test_a_task_is_not_started_when_the_time_is_nearly_over():
    [result] = results(raising(AssertionError("started")), "a", context=Context(seconds=4))

    assert result["resultCode"] == "TemporaryFailure"


def test_each_task_writes_one_json_line(capsys):
    results(lambda task: "done", "a b")

    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["level"], line["message"], line["key"]) == ("INFO", "done", "a b")
    assert (line["resultCode"], line["jobId"], line["taskId"]) == ("Succeeded", "job-1", "task-1")


def test_a_bug_is_logged_with_its_traceback(capsys):
    results(raising(KeyError("x")), "a")

    assert "test_handler.py" in json.loads(capsys.readouterr().out)["traceback"]
