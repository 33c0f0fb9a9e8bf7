"""What the local service sends to a function, and how it takes the answer."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

import pytest

from jobs.formats import manifest
from jobs.local.engine import lambda_contract
from jobs.local.engine.choices import Choices
from jobs.local.engine.lambda_contract import Outcome, Task
from jobs.local.functions.invoke import Answer

STRICT = Choices()
TASK = Task(3, 0, 0, "source", "a%20b%2Bc%2Cd", None)
INVOKE: dict[str, Any] = {"FunctionArn": "arn", "InvocationSchemaVersion": "2.0"}
SENT = lambda_contract.event(TASK, "job-1", INVOKE, "invocation-1", STRICT)
INVALID = "Invalid JSON returned in Lambda payload"


def answer(**changes: Any) -> Answer:
    response = {
        "invocationSchemaVersion": "2.0",
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": "invocation-1",
        "results": [result()],
    } | changes
    given = {name: value for name, value in response.items() if value is not None}
    return Answer(json.dumps(given).encode())


def result(**changes: Any) -> dict[str, Any]:
    whole = {
        "taskId": lambda_contract.task_id(TASK),
        "resultCode": "Succeeded",
        "resultString": "ok",
    }
    return whole | changes


def outcome(given: Answer, choices: Choices = STRICT) -> Outcome:
    return lambda_contract.outcome(given, SENT, TASK, choices)


def test_schema_1_0_names_the_bucket_by_its_arn_and_carries_no_arguments() -> None:
    event = lambda_contract.event(TASK, "job-1", {"FunctionArn": "arn"}, "invocation-1", STRICT)

    assert event == {
        "invocationSchemaVersion": "1.0",
        "invocationId": "invocation-1",
        "job": {"id": "job-1"},
        "tasks": [
            {
                "taskId": lambda_contract.task_id(TASK),
                "s3Key": "a+b%2Bc%2Cd",
                "s3VersionId": None,
                "s3BucketArn": "arn:aws:s3:::source",
            }
        ],
    }


def test_schema_2_0_names_the_bucket_and_carries_the_user_arguments() -> None:
    invoke = {**INVOKE, "UserArguments": {"operation": "copy"}}

    event = lambda_contract.event(
        TASK._replace(version_id="null"), "job-1", invoke, "invocation-1", STRICT
    )

    assert event["job"] == {"id": "job-1", "userArguments": {"operation": "copy"}}
    assert event["tasks"] == [
        {
            "taskId": lambda_contract.task_id(TASK),
            "s3Key": "a+b%2Bc%2Cd",
            "s3VersionId": "null",
            "s3Bucket": "source",
        }
    ]


@pytest.mark.parametrize(
    "key", ["a b", "a+b", "%2B", "100%", "é/東京 🪣", "a//b", "a,b", '"', "a\nb"]
)
def test_a_key_is_decoded_from_the_manifest_and_encoded_for_a_form(key: str) -> None:
    event: Any = lambda_contract.event(
        TASK._replace(key=manifest.encode(key)), "job-1", INVOKE, "invocation-1", STRICT
    )

    sent = event["tasks"][0]["s3Key"]
    assert unquote_plus(sent) == key
    assert " " not in sent
    assert "%20" not in sent.replace("%2520", "")


def test_an_answer_of_the_right_shape_is_taken_as_it_is() -> None:
    assert outcome(answer()) == Outcome("Succeeded", "ok")
    assert outcome(
        answer(results=[result(resultCode="TemporaryFailure", resultString="busy")])
    ) == (Outcome("TemporaryFailure", "busy"))


@pytest.mark.parametrize(
    ("treat", "code"),
    [
        ("Succeeded", "Succeeded"),
        ("PermanentFailure", "PermanentFailure"),
        (None, "TemporaryFailure"),  # the documented default; a misspelt name is the same
    ],
)
def test_a_task_without_a_result_is_treated_as_the_response_says(
    treat: str | None, code: str
) -> None:
    assert outcome(answer(results=[], treatMissingKeysAs=treat)).code == code


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(Answer(b"<html>"), "not JSON", id="html"),
        pytest.param(Answer(b""), "not JSON", id="nothing"),
        pytest.param(Answer(b"null"), "no list of results", id="null"),
        pytest.param(answer(results={"taskId": 1}), "no list of results", id="no list"),
        pytest.param(answer(results=["x"]), "no taskId: 'x'", id="result is a string"),
        pytest.param(
            answer(results=[result(resultCode="succeeded")]),
            "resultCode is not one of Succeeded, TemporaryFailure, PermanentFailure: 'succeeded'",
            id="case",
        ),
        pytest.param(
            answer(results=[result(resultString={"a": 1})]), "not a string", id="object as string"
        ),
        pytest.param(answer(treatMissingKeysAs="Skip"), "PermanentFailure: 'Skip'", id="treat"),
        pytest.param(
            answer(invocationId="other"),
            "invocationId is not as it was sent: 'other'",
            id="other id",
        ),
        pytest.param(
            answer(invocationId=None), "invocationId is not as it was sent: None", id="no id"
        ),
        pytest.param(
            answer(invocationSchemaVersion="1.0"),
            "invocationSchemaVersion is not as it was sent: '1.0'",
            id="schema",
        ),
        pytest.param(
            answer(results=[result(taskId="x")]),
            "taskId was not sent, or is answered twice: 'x'",
            id="unknown task",
        ),
        pytest.param(answer(results=[result(), result()]), "answered twice", id="twice"),
    ],
)
def test_a_response_that_breaks_the_contract_fails_the_task_and_says_why(
    given: Answer, problem: str
) -> None:
    taken = outcome(given)

    assert (taken.code, taken.message, taken.http_status) == ("PermanentFailure", INVALID, 200)
    [(kind, example)] = taken.problems
    assert re.search(r" \(--choice (strict_echo|strict_task_ids|invalid_response)=", kind)
    assert problem in f"{kind.partition(' (--choice')[0]}: {example}"


def test_lenient_choices_take_what_strict_ones_refuse() -> None:
    lenient = Choices(strict_echo=False, strict_task_ids=False)

    assert (
        outcome(answer(invocationId="other", invocationSchemaVersion=None), lenient).message == "ok"
    )
    assert (
        outcome(answer(results=[result(taskId="x"), result(), result()]), lenient).message == "ok"
    )


def test_a_function_error_is_reported_with_its_payload() -> None:
    taken = outcome(Answer(b'{"errorMessage":"boom"}', is_function_error=True))

    message = 'Lambda returned function error: {"errorMessage":"boom"}'
    assert taken == Outcome("PermanentFailure", message, is_function_error=True)


def test_a_long_result_string_is_cut_and_the_author_is_told() -> None:
    taken = outcome(answer(results=[result(resultString="x" * 1025)]))

    assert taken.message == "x" * 1024
    kind = "A resultString was cut (--choice message_limit=1024)"
    assert taken.problems == ((kind, "one of 1025 characters"),)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_have_is_invalid_as_it_is_after_lambda(name: str) -> None:
    """Lambda's Python runtime writes NaN as Python's json does, and no reader of JSON takes it."""
    whole = answer().payload.replace(b'"ok"', name.encode())
    assert name.encode() in whole
    assert outcome(Answer(whole)).message == INVALID


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "A task has no result: it is TemporaryFailure, as treatMissingKeysAs is by default"),
        ({"treatMissingKeysAs": "Succeeded"}, "it is Succeeded, as treatMissingKeysAs says"),
        ({"treatMissingKeyAs": "Succeeded"}, "write treatMissingKeysAs"),
    ],
)
def test_a_task_without_a_result_and_the_slip_of_a_tutorial_are_told(
    given: dict[str, str], said: str
) -> None:
    taken = outcome(answer(results=[], **({"treatMissingKeysAs": None} | given)))
    assert said in "; ".join(problem.kind for problem in taken.problems)
