"""s3batch.protocol: one task of a request to a Task, results to a response.

What every author should see of it stands in the project's own tests/test_protocol.py.
"""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from s3batch import PermanentFailure, protocol


def request(**task: Any) -> dict[str, Any]:
    wire = {"taskId": "t", "s3Key": "k", "s3VersionId": None, "s3Bucket": "b", **task}
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": "i",
        "job": {"id": "j"},
        "tasks": [wire],
    }


def parsed(event: dict[str, Any]) -> protocol.Task:
    return protocol.task(event, event["tasks"][0], 1.5)


def refusal(event: dict[str, Any]) -> str:
    with pytest.raises(PermanentFailure) as failure:
        parsed(event)
    return str(failure.value)


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("a%252Bb.txt", "a%2Bb.txt"),
        ("%F0%9F%97%BB", "🗻"),
        ("a//b", "a//b"),
        ("a%2Fb", "a/b"),
        ("%7B%7D", "{}"),
        ("%7B%22newKey%22%3A+1%7D", '{"newKey": 1}'),
    ],
)
def test_a_key_is_decoded_once(encoded: str, key: str) -> None:
    task = parsed(request(s3Key=encoded))
    assert task.key == key
    assert dict(task.arguments) == {}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:us-east-1:123456789012:my-bucket",
        "arn:aws-cn:s3:::my-bucket",
        "arn:aws-us-gov:s3:::my-bucket",
    ],
)
def test_schema_1_0_names_the_bucket_by_its_arn(arn: str) -> None:
    event = request(s3BucketArn=arn)
    event["invocationSchemaVersion"] = "1.0"
    del event["tasks"][0]["s3Bucket"]
    assert parsed(event).bucket == "my-bucket"


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "my-bucket",
        "arn:aws:s3:::",
        "arn:aws:sqs:::queue",
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/name",
        7,
    ],
)
def test_what_is_not_the_arn_of_a_bucket_is_refused_by_name(arn: object) -> None:
    event = request(s3BucketArn=arn)
    del event["tasks"][0]["s3Bucket"]
    assert repr(arn) in refusal(event)


def test_a_task_that_names_two_buckets_is_refused_and_one_bucket_twice_is_not() -> None:
    """Each schema documents one of the two fields."""
    assert parsed(request(s3BucketArn="arn:aws:s3:::b")).bucket == "b"
    text = refusal(request(s3BucketArn="arn:aws:s3:::another"))
    assert text == "The task's s3Bucket is 'b', its ARN 'arn:aws:s3:::another'."


def test_a_task_without_a_version_field_has_no_version() -> None:
    event = request()
    del event["tasks"][0]["s3VersionId"]
    assert parsed(event).version_id is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("s3Key", ""),
        ("s3Key", "a%C3"),
        ("s3VersionId", ""),
        ("s3VersionId", 1),
        ("s3Bucket", None),
        ("taskId", {"a": 1}),
    ],
)
def test_a_field_that_is_not_understood_is_refused_by_name_and_value(
    field: str, value: object
) -> None:
    text = refusal(request(**{field: value}))
    assert field in text
    assert repr(value) in text


@pytest.mark.parametrize("version", [None, "3.0", 1.0, ["1.0"]])
def test_an_unknown_schema_version_is_refused_and_says_so(version: object) -> None:
    event = request()
    event["invocationSchemaVersion"] = version
    assert f"schema version {version!r} is not understood" in refusal(event)


def test_an_argument_of_a_row_is_any_json() -> None:
    row = {"origKey": "a", "mine": [1, None]}
    assert parsed(request(s3Key=quote_plus(json.dumps(row)))).arguments.maps == [row, {}]


def test_a_key_that_json_cannot_be_read_deep_enough_for_stays_a_key() -> None:
    key = '{"a":' + "[" * 1_000
    assert parsed(request(s3Key=quote_plus(key))).key == key


@pytest.mark.parametrize("arguments", [None, {}])
def test_user_arguments_are_optional(arguments: object) -> None:
    event = request()
    event["job"]["userArguments"] = arguments
    assert dict(parsed(event).arguments) == {}


def test_user_arguments_that_are_no_object_are_refused() -> None:
    event = request()
    event["job"]["userArguments"] = ["a"]
    assert "['a']" in refusal(event)


@pytest.mark.parametrize("row", ['{"origKey": 1}', '{"origKey": ""}'])
def test_a_row_whose_orig_key_is_no_text_is_refused(row: str) -> None:
    assert "origKey" in refusal(request(s3Key=quote_plus(row)))


def test_a_row_that_gives_a_name_twice_is_refused() -> None:
    row = '{"origKey": "a", "newKey": "b", "newKey": "c"}'
    assert "'newKey' twice" in refusal(request(s3Key=quote_plus(row)))


@pytest.mark.parametrize("event", [None, [], "text", 1, {}, {"tasks": {}}, {"tasks": None}])
def test_a_request_without_tasks_has_none(event: object) -> None:
    assert protocol.wire_tasks(event) == []


@pytest.mark.parametrize("wire", [None, [], "text", 1])
def test_a_task_that_is_no_object_is_refused(wire: object) -> None:
    with pytest.raises(PermanentFailure, match="not a JSON object"):
        protocol.task(request(), wire, 0)


def test_a_response_echoes_and_states_treat_missing_keys_as() -> None:
    results = [protocol.result({"taskId": "t"}, "Succeeded", "done")]
    assert protocol.response(request(), results) == {
        "invocationSchemaVersion": "2.0",
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": "i",
        "results": [{"taskId": "t", "resultCode": "Succeeded", "resultString": "done"}],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\tb\nc\rd\0e", "a b c d e"),
        ("a\u2028b\x85c", "a b c"),
        ("lone \ud800 surrogate", "lone   surrogate"),
        ("é 日本 🗻", "é 日本 🗻"),
        ("no-break\u00a0space, \u200djoiner", "no-break\u00a0space, \u200djoiner"),
    ],
)
def test_a_result_string_is_one_line(text: str, line: str) -> None:
    assert protocol.one_line(text) == line


@pytest.mark.parametrize("length", [1024, 1025, 100_000])
def test_a_result_string_keeps_both_ends_within_1024_characters(length: int) -> None:
    line = protocol.one_line("a" + "x" * (length - 2) + "z")
    assert len(line) <= 1024
    assert line[0] + line[-1] == "az"
    assert ("..." in line) == (length > 1024)
