"""Section by section, what is known of S3 Batch Operations and how the local service does it.

Each test names the fact: (D) documented by AWS, (O) observed on real jobs, (I) inferred, (choice)
undocumented, a parameter of `jobs.local.engine.choices`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from job_runs import (
    JOBS,
    QUICK,
    Event,
    Recorder,
    answering,
    failing_from,
    report_keys,
    request,
    response,
    rows,
    run,
    s3,
)
from jobs.local.functions.invoke import Answer, LostError, NotInvokedError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.local.engine.choices import Choices

__all__ = ["s3"]

VERSIONED = ["Bucket", "Key", "VersionId"]


# decode manifest key, re-encode into event; Key in report = raw manifest text (O)
def test_a_key_is_percent_encoded_in_the_manifest_a_form_in_the_event_and_raw_in_the_report(
    s3: S3Client,
) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a%20b%2Bc/pct%2520literal.txt\n"))

    assert function.events[0]["tasks"][0]["s3Key"] == "a+b%2Bc/pct%2520literal.txt"
    assert results[0].key == "a%20b%2Bc/pct%2520literal.txt"


def test_a_bare_plus_is_a_space_unless_chosen_otherwise(s3: S3Client) -> None:  # (choice)
    sent = []
    for choices in (QUICK, replace(QUICK, bare_plus_is_space=False)):
        function = Recorder()
        run(s3, function, request(s3, "source,a+b\n"), choices)
        sent.append(function.events[0]["tasks"][0]["s3Key"])

    assert sent == ["a+b", "a%2Bb"]


def test_whether_the_event_encodes_a_slash_is_chosen(s3: S3Client) -> None:  # (choice)
    function = Recorder()

    run(s3, function, request(s3, "source,a/b\n"), replace(QUICK, event_safe=""))

    assert function.events[0]["tasks"][0]["s3Key"] == "a%2Fb"


# VersionId null in event when absent; echo in report; \N for an empty field (O)
def test_versions_are_echoed_and_an_empty_one_fails_its_task_only(s3: S3Client) -> None:
    function = Recorder()

    job, results = run(
        s3, function, request(s3, "source,a,v1\nsource,b,null\nsource,c,\n", VERSIONED)
    )

    assert sorted(event["tasks"][0]["s3VersionId"] for event in function.events) == ["null", "v1"]
    assert job["Status"] == "Complete"
    assert [row.version_id for row in results] == ["v1", "null", r"\N"]
    missing = results[2]
    assert (missing.http_status, missing.code) == ("400", "InvalidRequest")  # (D)
    assert missing.message == "Task failed due to missing VersionId"


def test_without_a_version_column_the_event_has_null_and_the_report_nothing(s3: S3Client) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a\n"))

    assert function.events[0]["tasks"][0]["s3VersionId"] is None
    assert results[0].version_id == ""


# one task per invocation; the same key may appear twice (O, D)
def test_each_row_is_an_invocation_of_its_own_even_if_a_key_comes_twice(s3: S3Client) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a\nsource,a\n"))

    assert [len(event["tasks"]) for event in function.events] == [1, 1]
    assert len({event["tasks"][0]["taskId"] for event in function.events}) == 2
    assert len({event["invocationId"] for event in function.events}) == 2
    assert len(results) == 2


def test_the_order_of_tasks_can_be_made_unlike_the_manifests(s3: S3Client) -> None:  # (D, choice)
    function = Recorder()

    run(s3, function, request(s3, rows(200)), replace(QUICK, concurrency=1, shuffle_window=100))

    order = [event["tasks"][0]["s3Key"] for event in function.events]
    assert sorted(order) == sorted(f"k{n}" for n in range(200))
    assert order != [f"k{n}" for n in range(200)]


# missing taskId -> treatMissingKeysAs, default TemporaryFailure (D)
def test_an_unanswered_task_is_redriven_by_default(s3: S3Client) -> None:
    invocations: list[Event] = []

    def forget(event: Event) -> bytes:
        invocations.append(event)
        answer = json.loads(response(event, results=[]))
        del answer["treatMissingKeysAs"]
        return json.dumps(answer).encode()

    _, results = run(s3, answering(forget), request(s3, rows(1)))

    assert len(invocations) == 1 + QUICK.redrives
    assert len({event["tasks"][0]["taskId"] for event in invocations}) == 1
    assert (results[0].status, results[0].code) == ("failed", "TemporaryFailure")


def test_an_unanswered_task_succeeds_if_the_response_says_so(s3: S3Client) -> None:
    def forget(event: Event) -> bytes:
        return response(event, results=[], treatMissingKeysAs="Succeeded")

    assert run(s3, answering(forget), request(s3, rows(1)))[1][0].status == "succeeded"


# function error/timeout -> failed,200,PermanentFailure,"Lambda returned function error: ..." (D)
def test_a_timeout_gives_the_bytes_of_the_row_in_the_user_guide(s3: S3Client) -> None:
    payload = (
        b'{"errorMessage":"2019-04-05T17:35:21.155Z 2845ca0d Task timed out after 3.00 seconds"}'
    )

    job, _ = run(s3, lambda *_: Answer(payload, is_function_error=True), request(s3, rows(1)))

    (key,) = [key for key in report_keys(s3, job) if key.endswith(".csv")]
    assert s3.get_object(Bucket=JOBS, Key=key)["Body"].read() == (
        b'source,k0,,failed,200,PermanentFailure,"Lambda returned function error:'
        b' {""errorMessage"":""2019-04-05T17:35:21.155Z 2845ca0d'
        b' Task timed out after 3.00 seconds""}"\r\n'
    )


@pytest.mark.parametrize(("redrives", "calls"), [(0, 1), (2, 3)])
def test_a_function_error_is_tried_again_only_if_chosen(  # (choice)
    s3: S3Client, redrives: int, calls: int
) -> None:
    made: list[Event] = []

    def fail(event: Event) -> Answer:
        made.append(event)
        return Answer(b'{"errorMessage":"boom"}', is_function_error=True)

    choices = replace(QUICK, function_error_redrives=redrives)
    _, results = run(s3, answering(fail), request(s3, rows(1)), choices)

    assert len(made) == calls
    assert results[0].code == "PermanentFailure"


# not JSON -> Invalid JSON returned in Lambda payload: message fixed, codes a choice (D)
@pytest.mark.parametrize("code", ["PermanentFailure", "TemporaryFailure"])
def test_an_answer_that_is_not_json_has_the_documented_message(s3: S3Client, code: Any) -> None:
    choices = replace(QUICK, invalid_response=code)

    _, results = run(s3, lambda *_: Answer(b"<html>"), request(s3, rows(1)), choices)

    assert (results[0].code, results[0].message) == (
        code,
        "Invalid JSON returned in Lambda payload",
    )


# redrive count and delay (choice)
@pytest.mark.parametrize("redrives", [0, 1, 5])
def test_a_temporary_failure_is_redriven_as_often_as_chosen(s3: S3Client, redrives: int) -> None:
    messages: list[str] = []

    def busy(event: Event) -> bytes:
        messages.append(f"try {len(messages) + 1}")
        return response(event, "TemporaryFailure", messages[-1])

    choices = replace(QUICK, redrives=redrives, last_redrive_code="Redriven")
    _, results = run(s3, answering(busy), request(s3, rows(1)), choices)

    assert len(messages) == 1 + redrives
    # the message of the final redrive is in the report (D); its code is a choice
    assert (results[0].code, results[0].message) == ("Redriven", f"try {1 + redrives}")


def test_a_redrive_comes_after_the_other_tasks(s3: S3Client) -> None:
    order: list[str] = []

    def decide(event: Event) -> bytes:
        key = event["tasks"][0]["s3Key"]
        order.append(key)
        return response(
            event, "TemporaryFailure" if order.count(key) == 1 == len(order) else "Succeeded"
        )

    run(s3, answering(decide), request(s3, rows(3)), replace(QUICK, concurrency=1))

    assert order == ["k0", "k1", "k2", "k0"]


# 429 handling (choice)
def test_a_throttled_invocation_is_repeated_and_counts_as_no_redrive(s3: S3Client) -> None:
    calls: list[bytes] = []

    def throttle(_arn: str, payload: bytes) -> Answer:
        calls.append(payload)
        if len(calls) <= QUICK.throttle_retries:
            raise ThrottledError("TooManyRequestsException", "Rate Exceeded.", 429)
        return Answer(response(json.loads(payload)))

    _, results = run(s3, throttle, request(s3, rows(1)), replace(QUICK, redrives=0))

    assert results[0].status == "succeeded"
    assert len(calls) == QUICK.throttle_retries + 1


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500)]
)
def test_an_invocation_that_lambda_never_takes_ends_as_a_row_with_its_answer(
    s3: S3Client, code: str, status: int
) -> None:
    calls: list[object] = []

    def throttle(*call: object) -> Answer:
        calls.append(call)
        raise ThrottledError(code, "Not now.", status)

    choices = replace(QUICK, redrives=1, throttle_retries=1)
    _, results = run(s3, throttle, request(s3, rows(1)), choices)

    assert len(calls) == 4
    assert results[0][3:] == ("failed", str(status), code, "Not now.")


@pytest.mark.parametrize(("code", "calls"), [("TemporaryFailure", 2), ("PermanentFailure", 1)])
def test_a_lost_answer_is_redriven_or_fails_as_chosen(  # (choice)
    s3: S3Client, code: Any, calls: int
) -> None:
    made: list[object] = []

    def lose(*call: object) -> Answer:
        made.append(call)
        raise LostError("ReadTimeoutError", "Read timeout.", 504)

    choices = replace(QUICK, redrives=1, lost_answer=code)
    _, results = run(s3, lose, request(s3, rows(1)), choices)

    assert len(made) == calls
    assert results[0][3:] == ("failed", "504", "ReadTimeoutError", "Read timeout.")


# Job role lacks lambda:InvokeFunction: tasks fail, not CreateJob (I)
def test_a_refused_invocation_fails_its_task_with_the_code_of_lambda(s3: S3Client) -> None:
    def deny(*_: object) -> Answer:
        raise NotInvokedError("AccessDeniedException", "not authorized", 403)

    job, results = run(s3, deny, request(s3, rows(1)))

    assert job["Status"] == "Complete"
    assert results[0][3:] == ("failed", "403", "AccessDeniedException", "not authorized")


# threshold: run >= 1000 and failed/run > 0.5 -> Failing -> Failed, report still written (D)
@pytest.mark.parametrize(
    ("total", "start", "status", "ran"),
    [
        pytest.param(999, 0, "Complete", 999, id="below 1,000 tasks all may fail"),
        pytest.param(1000, 500, "Complete", 1000, id="50 % is not above 50 %"),
        pytest.param(1200, 499, "Failed", 1000, id="501 of 1,000"),
        pytest.param(1200, 500, "Failed", 1001, id="501 of 1,001"),
        pytest.param(1000, 499, "Failed", 1000, id="found at the very last task"),
    ],
)
def test_a_job_fails_once_more_than_half_of_1000_tasks_failed(
    s3: S3Client, total: int, start: int, status: str, ran: int
) -> None:
    job, results = run(
        s3, failing_from(start), request(s3, rows(total)), replace(QUICK, concurrency=1)
    )

    assert job["Status"] == status
    assert bool(job["FailureReasons"]) == (status == "Failed")
    assert len(results) == ran


def test_the_threshold_counts_final_outcomes_unless_chosen_otherwise(s3: S3Client) -> None:
    def busy_once(seen: set[str]) -> Any:
        def decide(event: Event) -> bytes:
            key = event["tasks"][0]["s3Key"]
            code = "Succeeded" if key in seen else "TemporaryFailure"
            seen.add(key)
            return response(event, code)

        return answering(decide)

    final = run(s3, busy_once(set()), request(s3, rows(1000)))[0]
    counted: Choices = replace(QUICK, threshold_counts="all")
    every = run(s3, busy_once(set()), request(s3, rows(1000)), counted)[0]

    assert (final["Status"], every["Status"]) == ("Complete", "Failed")


# cut resultString at 1,024 (choice)
def test_a_result_string_is_cut_where_chosen(s3: S3Client) -> None:
    long = answering(lambda event: response(event, text="x" * 2000))

    assert len(run(s3, long, request(s3, rows(1)))[1][0].message) == 1024
    chosen = replace(QUICK, message_limit=2000)
    assert len(run(s3, long, request(s3, rows(1)), chosen)[1][0].message) == 2000
