"""Promise 1 of the handler: it never raises, and every task sent gets one result.

For any JSON that it is sent, and whatever `run` returns or raises.
"""

from __future__ import annotations

import asyncio
import enum
import json
import re
from typing import Any, NoReturn
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retryable import is_retryable
from s3batch import PermanentFailure, Task, TemporaryFailure, handler, protocol

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
KEYS = (
    st.text()
    | st.just("%FF")
    | st.just("a+b%2B%252B")
    | st.builds(lambda row: json.dumps({"origKey": "k", **row}), st.dictionaries(st.text(), JSON))
    | JSON
)
TASKS = JSON | st.fixed_dictionaries(
    {"taskId": st.text() | JSON, "s3Key": KEYS},
    optional={"s3VersionId": JSON, "s3Bucket": JSON, "s3BucketArn": st.text() | JSON},
)
REQUESTS = JSON | st.fixed_dictionaries(
    {"tasks": st.lists(TASKS, max_size=4)},
    optional={
        "invocationSchemaVersion": st.sampled_from(["1.0", "2.0"]) | JSON,
        "invocationId": JSON,
        "job": st.fixed_dictionaries({"id": JSON}, optional={"userArguments": JSON}) | JSON,
    },
)
# Unicode's Cc, Zl and Zp; and lone surrogates, which no encoding takes.
BREAKS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
CODES = {"Succeeded", "TemporaryFailure", "PermanentFailure"}


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def run(task: Task) -> str:
    """Succeeds, fails in every way, or has a bug: decided by the key."""
    match len(task.key) % 5:
        case 0:
            raise TemporaryFailure(task.key)
        case 1:
            raise PermanentFailure(task.key)
        case 2:
            raise OSError(task.key)
        case 3:
            return str(task.arguments["missing"])
    return task.key


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(REQUESTS)
@example({"invocationSchemaVersion": "2.0", "tasks": [{"taskId": "t", "s3Key": "[" * 100_000}]})
@example({"invocationSchemaVersion": "2.0", "tasks": [{"taskId": "t", "s3Key": '{"a":' * 50_000}]})
def test_any_json_gets_one_result_for_each_task(sent_request: object) -> None:
    event = json.loads(json.dumps(sent_request))
    response = handler.handle(
        event, Context(), run=run, is_retryable=lambda error: isinstance(error, OSError)
    )
    sent = event.get("tasks") if isinstance(event, dict) else None
    sent = sent if isinstance(sent, list) else []
    assert [result["taskId"] for result in response["results"]] == [
        wire.get("taskId") if isinstance(wire, dict) else None for wire in sent
    ]
    for result in response["results"]:
        assert result["resultCode"] in CODES
        assert len(result["resultString"]) <= 1024
        assert not BREAKS_A_LINE.search(result["resultString"])
    if isinstance(event, dict):
        assert response["invocationId"] == event.get("invocationId")
        assert response["invocationSchemaVersion"] == event.get("invocationSchemaVersion")
    # What the Lambda runtime does with it: awslambdaric encodes without escapes.
    json.dumps(response).encode()


class TextOfItsOwn(str):
    """A text whose own methods lie or fail."""

    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError

    def isprintable(self) -> bool:
        raise ValueError

    def __len__(self) -> int:
        raise ValueError


class Word(enum.StrEnum):
    DONE = "done"


class TextFails(Exception):
    def __str__(self) -> str:
        raise SystemExit


class TextIsNone(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value] # noqa: PLE0307 this is the fault


class AttributeFails(Exception):
    @property
    def response(self) -> NoReturn:
        raise LookupError

    @property
    def retryable(self) -> NoReturn:
        raise LookupError


class SaysSoOfItself(Exception):
    retryable = True


class AttributeExits(Exception):
    @property
    def response(self) -> NoReturn:
        raise SystemExit

    @property
    def __notes__(self) -> NoReturn:  # type: ignore[override] # this is the fault
        raise SystemExit


class SaysSoAndExits(Exception):
    @property
    def retryable(self) -> NoReturn:
        raise GeneratorExit


class NameFails(type):
    @property
    def __name__(cls) -> NoReturn:  # type: ignore[override] # this is the fault
        raise SystemExit

    @property
    def retryable(cls) -> NoReturn:
        raise SystemExit


class WithoutName(Exception, metaclass=NameFails):
    pass


class SaysItIsAText:
    @property  # type: ignore[misc] # this is the fault
    def __class__(self) -> type:
        return str


class Unhashable(Exception):
    __hash__ = None  # type: ignore[assignment] # this is the fault

    def __eq__(self, _: object) -> bool:
        raise ValueError

    def __bool__(self) -> bool:
        raise ValueError


def answered(code: object, status: object) -> ClientError:
    meta: Any = {"HTTPStatusCode": status}
    answer: Any = {"Error": {"Code": code, "Message": None}, "ResponseMetadata": meta}
    return ClientError(answer, "CopyObject")


TEXTS = st.text() | st.builds(TextOfItsOwn, st.text()) | st.just(Word.DONE)
OTHER_VALUES = (
    SCALARS.filter(lambda value: not isinstance(value, str))
    | st.binary()
    | st.lists(st.text(), max_size=2)
    | st.tuples(st.text(), st.text())
    | st.dictionaries(st.text(), st.text(), max_size=2)
    | st.sampled_from([object(), int, print, NotImplemented, ..., SaysItIsAText(), Mock(spec=str)])
)
EXCEPTIONS = (
    st.builds(
        lambda kind, text: kind(text),
        st.sampled_from(
            [
                AttributeExits,
                AttributeFails,
                BaseException,
                GeneratorExit,
                KeyError,
                MemoryError,
                OSError,
                PermanentFailure,
                RecursionError,
                SaysSoAndExits,
                SaysSoOfItself,
                StopIteration,
                SystemExit,
                TemporaryFailure,
                TextFails,
                TextIsNone,
                Unhashable,
                WithoutName,
                asyncio.CancelledError,
            ]
        ),
        JSON,
    )
    | st.builds(answered, st.text() | st.none() | st.integers(), st.integers() | st.none())
    | st.just(EndpointConnectionError(endpoint_url="https://s3"))
    | st.just(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"))
)
GROUPS = st.lists(EXCEPTIONS, min_size=1, max_size=3).map(
    lambda all_: BaseExceptionGroup("g", all_)
)


def answers_to(*acts: Any) -> list[protocol.Result]:
    """Send one task for each act: what it returns is returned, an exception is raised."""
    work = iter(acts)

    def run(_: Task) -> str:
        act = next(work)
        if isinstance(act, BaseException):
            raise act
        result: str = act
        return result

    tasks = [{"taskId": f"t{n}", "s3Key": "k", "s3Bucket": "b"} for n, _ in enumerate(acts)]
    event = {"invocationSchemaVersion": "2.0", "invocationId": "i", "tasks": tasks}
    response = handler.handle(event, Context(), run=run, is_retryable=is_retryable)
    json.dumps(response).encode()
    assert [result["taskId"] for result in response["results"]] == [one["taskId"] for one in tasks]
    return response["results"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS | OTHER_VALUES | EXCEPTIONS | GROUPS, max_size=4))
def test_whatever_run_does_each_task_gets_one_result(acts: list[Any]) -> None:
    for act, result in zip(acts, answers_to(*acts), strict=True):
        assert not BREAKS_A_LINE.search(result["resultString"])
        if issubclass(type(act), str):
            assert result["resultCode"] == "Succeeded"
        elif isinstance(act, BaseException):
            assert result["resultCode"] in CODES - {"Succeeded"}
            assert result["resultString"]
        else:
            assert result["resultCode"] == "PermanentFailure"
            assert f"the type {type(act).__name__}," in result["resultString"]


def test_a_text_of_a_class_of_its_own_is_reported_as_it_is() -> None:
    texts = [result["resultString"] for result in answers_to(TextOfItsOwn("a"), Word.DONE)]
    assert texts == ["a", "done"]


def test_what_holds_a_whole_file_is_cut_in_the_report_and_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = "\ud800" * 3_000_000
    results = answers_to(whole, ValueError(whole))
    assert [len(result["resultString"]) for result in results] == [1023, 1023]
    assert len(capsys.readouterr().out) < 1_000_000


def test_an_exception_without_a_text_is_named() -> None:
    texts = [result["resultString"] for result in answers_to(TextFails(), TextIsNone())]
    assert texts == ["TextFails", "TextIsNone"]


def test_a_person_who_stops_the_process_stops_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        answers_to(KeyboardInterrupt())


def test_a_task_that_changes_the_jobs_arguments_changes_them_for_itself_alone() -> None:
    seen = []

    def run(task: Task) -> str:
        row, job = task.arguments.maps
        seen.append(dict(job))
        row["more"] = job["more"] = "mine"
        return ""

    tasks = [{"taskId": f"t{n}", "s3Key": "k", "s3Bucket": "b"} for n in range(2)]
    job = {"id": "j", "userArguments": {"size": "1"}}
    event = {"invocationSchemaVersion": "2.0", "job": job, "tasks": tasks}
    handler.handle(event, Context(), run=run, is_retryable=is_retryable)
    assert seen == [{"size": "1"}, {"size": "1"}]
