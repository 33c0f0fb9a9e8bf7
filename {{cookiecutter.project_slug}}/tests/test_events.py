"""The requests in events/: each gets a valid response, and the expected one where there is one.

After the work in src/task.py changed, `python events/record.py` writes the responses anew.
"""

import json

import pytest

import support

CODES = ("Succeeded", "TemporaryFailure", "PermanentFailure")


@pytest.fixture(scope="module")
def responses():
    return {path: support.response(path) for path in support.requests()}


@pytest.mark.parametrize("path", support.requests(), ids=lambda path: path.stem)
def test_every_request_gets_one_result_for_each_of_its_tasks(path, responses):
    request, response = support.sent(path), responses[path]

    assert response["invocationSchemaVersion"] == request["invocationSchemaVersion"]
    assert response["invocationId"] == request["invocationId"]
    assert response["treatMissingKeysAs"] in CODES
    sent = [each["taskId"] for each in request["tasks"]]
    assert [result["taskId"] for result in response["results"]] == sent
    assert {result["resultCode"] for result in response["results"]} <= set(CODES)


@pytest.mark.parametrize("path", support.requests(), ids=lambda path: path.stem)
def test_every_response_is_the_recorded_one(path, responses):
    recorded = support.expected(path)
    if not recorded.exists():
        pytest.skip(f"no {recorded.name}: python events/record.py writes it")
    assert responses[path] == json.loads(recorded.read_text("utf-8"))
