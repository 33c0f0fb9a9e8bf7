"""What is shown of the lines that the function writes."""

from __future__ import annotations

import json

import pytest

from jobs.local import (
    function_log,
)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("printed", "printed"),
        ("{not json", "{not json"),
        ('{"a": 1}', '{"a": 1}'),
        ('no end: {"timestamp": "t", "level": "INFO", "message": "m"}', "no end: \nINFO  m"),
        ('{"mine": {"timestamp": "t", "level": "INFO"}}',) * 2,
        ('{"level": "INFO", "logger": "mine", "message": "said"}', "INFO  said"),
        ('{"level": "INFO", "logger": "botocore.credentials", "message": "Found"}', None),
        ('{"level": "WARNING", "logger": "botocore.x", "message": "w"}', "WARNING  w"),
    ],
)
def test_a_line_of_the_log_is_shown_for_a_person(line: str, shown: str | None) -> None:
    assert function_log.short(line) == shown


def logged(**fields: object) -> str | None:
    return function_log.short(json.dumps(fields))


def test_a_task_is_one_short_line_with_what_went_wrong() -> None:
    task = {"level": "INFO", "resultCode": "Succeeded", "key": "a\x1b b", "milliseconds": 12.3}
    assert logged(**task, message="Copied") == r"Succeeded  a\x1b b  12 ms"
    assert logged(**task | {"key": "k" * 900}) == f"Succeeded  {'k' * 59}…  12 ms"
    failed = task | {"resultCode": "PermanentFailure", "key": "k", "message": "KeyError: 1"}
    trace = "Traceback:\n  line\n"
    assert logged(**failed, traceback=trace) == (
        "PermanentFailure  k  12 ms  KeyError: 1\nTraceback:\n  line"
    )


TRACE = """\
Traceback (most recent call last):
  File "/p/src/task.py", line 2, in run
    S3.get_object(Bucket=task.bucket)
    ~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^
  File "{packages}botocore{slash}client.py", line 602, in _api_call
    return self._make_api_call(operation_name, kwargs)
           ~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^
  File "{packages}botocore{slash}client.py", line 9, in _make_api_call
    raise error_class(parsed_response, operation_name)
botocore.errorfactory.NoSuchKey: not there
"""


@pytest.mark.parametrize(
    ("packages", "slash"),
    [("/v/lib/python3.13/site-packages/", "/"), ("C:\\v\\Lib\\site-packages\\", "\\")],
)
def test_a_traceback_shows_the_author_s_lines_and_not_those_of_packages(
    packages: str, slash: str
) -> None:
    trace = TRACE.format(packages=packages, slash=slash)
    line = {"resultCode": "PermanentFailure", "key": "k", "milliseconds": 1, "message": "m"}
    assert str(logged(**line, traceback=trace)).splitlines()[1:] == [
        *trace.splitlines()[:4],
        "  ... in installed packages",
        "botocore.errorfactory.NoSuchKey: not there",
    ]


def test_a_record_with_an_exception_shows_its_traceback() -> None:
    record = {"level": "ERROR", "message": "caught", "errorType": "E", "errorMessage": "m"}
    assert logged(**record, stackTrace=["  one\n", "  two\n"]) == (
        "ERROR  caught  E: m\n  one\n  two"
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_the_log_can_be_had_as_on_lambda(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    line = '{"level": "INFO", "logger": "mine", "message": "said"}\n'
    function_log.writer(as_json=as_json)(line.encode())
    assert capsys.readouterr().err == (line if as_json else "INFO  said\n")


def test_what_a_handler_in_this_process_writes_is_shortened_but_a_prompt_passes_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stdout = function_log.Stdout(function_log.writer())
    print("(Pdb) ", end="", file=stdout)
    assert capsys.readouterr().err == "(Pdb) "
    line = {"resultCode": "Succeeded", "key": "a", "milliseconds": 1.2}
    print(json.dumps(line), file=stdout)
    print("plain", file=stdout)
    assert capsys.readouterr().err == "Succeeded  a  1 ms\nplain\n"
