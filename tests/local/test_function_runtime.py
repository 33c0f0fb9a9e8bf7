"""What Lambda's runtime does with a handler: its events, responses and errors, in this process."""

from __future__ import annotations

import json
import signal
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from conftest import TEMPLATE
from job_runs import ARN, EVENT, PAYLOAD
from jobs.local.functions import handlers, runtime
from jobs.local.functions.in_process import in_process
from jobs.local.functions.invoke import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SRC = TEMPLATE / "src"


def call(handler: Callable[..., Any], **options: Any) -> Answer:
    return in_process(handler, **options)(ARN, PAYLOAD)


def error(answer: Answer) -> dict[str, Any]:
    assert answer.is_function_error
    whole: dict[str, Any] = json.loads(answer.payload)
    return whole


def test_events_and_responses_pass_through_json() -> None:
    seen: list[Any] = []

    def handler(event: Any, _context: object) -> dict[str, Any]:
        seen.append(event)
        return {"results": ("a tuple", "é")}

    answer = call(handler)

    assert seen == [EVENT]
    assert answer == Answer('{"results": ["a tuple", "é"]}'.encode())


def test_bytes_and_decimals_are_answered_as_by_the_real_runtime() -> None:
    assert call(lambda *_: b'{"results": []}') == Answer(b'{"results": []}')
    marshaller = pytest.importorskip("awslambdaric.lambda_runtime_marshaller").LambdaMarshaller()
    response = {"size": Decimal("1.5"), "text": "é"}
    real, _ = marshaller.marshal_response(response)
    assert json.loads(call(lambda *_: response).payload) == json.loads(real)


def test_a_handler_sees_the_context_that_lambda_gives() -> None:
    def handler(_event: object, context: Any) -> list[Any]:
        return [
            context.function_name,
            context.function_version,
            context.invoked_function_arn,
            context.get_remaining_time_in_millis(),
            context.aws_request_id,
        ]

    name, version, arn, left, request_id = json.loads(call(handler, timeout=30.0).payload)

    assert (name, version, arn) == ("copy", "7", ARN)
    assert 0 < left <= 30_000
    assert len(request_id) == 36


@pytest.mark.parametrize(
    ("arn", "name", "version"),
    [
        (ARN, "copy", "7"),
        (ARN.removesuffix(":7"), "copy", "$LATEST"),
        (ARN.removesuffix("7") + "live", "copy", "live"),
        ("function:copy:live", "copy", "live"),
        ("copy", "copy", "$LATEST"),
        ("my-function:7", "my-function", "7"),
        (ARN.replace(":copy:", ":my-function:"), "my-function", "7"),
    ],
)
def test_a_function_is_named_by_its_arn_in_every_form(arn: str, name: str, version: str) -> None:
    assert runtime.split_function(arn) == (name, version)


def test_an_exception_is_a_function_error_as_the_python_runtime_writes_it() -> None:
    def handler(*_: object) -> None:
        raise KeyError("tasks")

    written = error(call(handler))

    assert written["errorType"] == "KeyError"
    assert written["errorMessage"] == "'tasks'"
    assert list(written) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert 'raise KeyError("tasks")' in written["stackTrace"][-1]


def test_the_error_has_the_fields_of_the_real_runtime() -> None:
    bootstrap = pytest.importorskip("awslambdaric.bootstrap")

    def handler(*_: object) -> None:
        raise ValueError("x")

    real = bootstrap.make_error("x", "ValueError", [], "id")
    assert list(error(call(handler))) == list(real)


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt()])
def test_a_handler_in_this_process_that_would_leave_it_fails_its_task_only(
    raised: BaseException,
) -> None:
    def handler(*_: object) -> None:
        raise raised

    assert error(call(handler))["errorType"] == "Runtime.ExitError"


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (3, "Runtime exited with error: exit status 3"),
        (0, "Runtime exited without providing a reason"),
        (-signal.SIGKILL, "Runtime exited with error: signal: killed"),
        (-signal.SIGSEGV, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_the_end_of_a_runtime_is_worded_as_lambda_does(status: int, how: str) -> None:
    """As the runtime emulator of AWS writes it, which is Go's wording of the wait status."""
    assert error(runtime.exited("id", status)) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: id Error: {how}",
    }


def test_a_response_that_is_no_json_is_a_marshal_error() -> None:
    written = error(call(lambda *_: {"results": {1, 2}}))

    assert written["errorType"] == "Runtime.MarshalError"
    assert "set is not JSON serializable" in written["errorMessage"]


@pytest.mark.parametrize("over", [0, 1])
def test_a_response_over_six_megabytes_is_not_passed_on(over: int) -> None:
    text = "x" * (6 * 1024 * 1024 + 100 - len('""') + over)

    answer = call(lambda *_: text)

    if not over:
        assert (len(answer.payload), answer.is_function_error) == (6_291_556, False)
        return
    assert error(answer) == {
        "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload"
        " size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_a_call_in_this_process_that_took_too_long_is_answered_as_a_timeout() -> None:
    def handler(*_: object) -> str:
        time.sleep(0.03)
        return "done, but too late"

    written = error(call(handler, timeout=0.01))

    assert list(written) == ["errorMessage"]
    assert written["errorMessage"].endswith(" Task timed out after 0.01 seconds")


@pytest.mark.parametrize(
    ("dotted", "said", "kind"),
    [
        ("handler", "names no module: write it as app.", "Runtime.MalformedHandlerName"),
        ("json.other", "has no function 'other'", "Runtime.HandlerNotFound"),
        ("json.__name__", "has no function '__name__'", "Runtime.HandlerNotFound"),
        (
            "nowhere_to_be_found.handler",
            "ModuleNotFoundError: No module named 'nowhere_to_be_found'. If that is a package",
            "Runtime.ImportModuleError",
        ),
    ],
)
def test_a_handler_that_is_not_there_is_named_at_once(dotted: str, said: str, kind: str) -> None:
    with pytest.raises(handlers.HandlerError) as refused:
        handlers.find(dotted, SRC)
    assert said in refused.value.sentence
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("line", "said", "kind"),
    [
        ("def handler(:", "SyntaxError", "Runtime.UserCodeSyntaxError"),
        ("import no_such_package", "ModuleNotFoundError", "Runtime.ImportModuleError"),
        ("1 / 0", "ZeroDivisionError", "ZeroDivisionError"),
    ],
)
def test_a_failed_import_names_the_author_s_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str, kind: str
) -> None:
    source = tmp_path / "src"
    source.mkdir()
    module = f"broken_{kind.rpartition('.')[2].lower()}"
    (source / f"{module}.py").write_text(f"import json\n\n{line}\n")
    monkeypatch.syspath_prepend(str(source))

    with pytest.raises(handlers.HandlerError) as refused:
        handlers.find(f"{module}.handler", source)

    assert f"cannot be imported: src/{module}.py, line 3: {said}: " in refused.value.sentence
    assert refused.value.kind == kind
