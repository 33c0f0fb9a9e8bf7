"""Promise 1 of the handler, for any JSON: it never raises, and every task sent gets one result."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from s3batch import PermanentFailure, Task, TemporaryFailure, handler

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


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
        assert result["resultString"].isprintable()
    if isinstance(event, dict):
        assert response["invocationId"] == event.get("invocationId")
        assert response["invocationSchemaVersion"] == event.get("invocationSchemaVersion")
    # What the Lambda runtime does with it: awslambdaric encodes without escapes.
    json.dumps(response).encode()
