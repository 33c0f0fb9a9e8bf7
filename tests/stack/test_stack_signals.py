"""What the stack shows and tells: the log line and its metric, alarms, dashboard, job events."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from s3batch import PermanentFailure, Task, TemporaryFailure, handler
from transformed import Stack, stack

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "arn:aws:sns:us-east-1:111122223333:topic"
CODES = ["Succeeded", "TemporaryFailure", "PermanentFailure"]
FUNCTION = ["FunctionName", "stack"]


@pytest.fixture(scope="module")
def told() -> Stack:
    return stack(AlarmTopicArn=TOPIC)


def filtered(told: Stack) -> Any:
    return told.resources["TaskOutcomes"]["Properties"]


def work(task: Task) -> str:
    failures = {"TemporaryFailure": TemporaryFailure, "PermanentFailure": PermanentFailure}
    if task.key in failures:
        raise failures[task.key](task.key)
    return "done"


@pytest.mark.parametrize("code", CODES)
def test_the_handlers_line_holds_what_the_metric_filter_reads(
    code: str, told: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    task = {"taskId": "1", "s3Key": code, "s3VersionId": None, "s3Bucket": "bucket"}
    event = {"invocationSchemaVersion": "2.0", "invocationId": "i", "job": {"id": "j"}}
    context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000, aws_request_id="r")
    handler.handle({**event, "tasks": [task]}, context, run=work, is_retryable=lambda _: False)
    line = json.loads(capsys.readouterr().out)

    (transformation,) = filtered(told)["MetricTransformations"]
    (dimension,) = transformation["Dimensions"]
    assert filtered(told)["FilterPattern"] == '{ $.resultCode = "*" }'
    assert dimension == {"Key": "ResultCode", "Value": "$.resultCode"}
    assert line["resultCode"] == code
    # Lambda sorts lines by these two (Lambda Developer Guide, monitoring-cloudwatchlogs-log-level).
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)", line["timestamp"])
    assert line["level"] in {"DEBUG", "INFO", "WARN", "ERROR"}


def metrics(told: Stack) -> Iterator[tuple[str, ...]]:
    """Yield namespace, name and dimensions of every metric that an alarm or a widget names."""
    for resource in told.resources.values():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            (dimension,) = properties["Dimensions"]
            name = (properties["Namespace"], properties["MetricName"])
            yield (*name, dimension["Name"], dimension["Value"])
    body = json.loads(told.resources["Dashboard"]["Properties"]["DashboardBody"])
    for widget in body["widgets"]:
        for metric in widget["properties"]["metrics"]:
            yield tuple(each for each in metric if isinstance(each, str))


def test_alarms_and_dashboard_name_metrics_that_exist(told: Stack) -> None:
    (transformation,) = filtered(told)["MetricTransformations"]
    own = (transformation["MetricNamespace"], transformation["MetricName"], "ResultCode")
    known = {(*own, code) for code in CODES} | {
        ("AWS/Lambda", name, *FUNCTION)
        for name in ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles")
    }

    assert set(metrics(told)) == known


def test_every_alarm_tells_the_topic_and_none_without_one(told: Stack) -> None:
    for variant, actions in ((told, [TOPIC]), (stack(), None)):
        alarms = [
            each["Properties"]
            for each in variant.resources.values()
            if each["Type"] == "AWS::CloudWatch::Alarm"
        ]
        assert [alarm.get("AlarmActions") for alarm in alarms] == [actions] * 4


# Shaped as in the S3 User Guide, batch-ops-examples-event-bridge-cloud-trail.
EVENT: dict[str, Any] = {
    "source": "aws.s3",
    "detail-type": "AWS Service Event via CloudTrail",
    "region": "us-east-1",
    "detail": {
        "eventSource": "s3.amazonaws.com",
        "eventName": "JobStatusChanged",
        "serviceEventDetails": {
            "jobId": "00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c",
            "jobArn": "arn:aws:s3:us-east-1:111122223333:job/00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c",
            "status": "Complete",
            "failureCodes": [],
            "statusChangeReason": [],
        },
    },
}


def is_matched(pattern: Any, event: Any) -> bool:
    """Lists of texts only, as the rule has them (EventBridge User Guide, eb-event-patterns)."""
    if isinstance(pattern, dict):
        return all(name in event and is_matched(pattern[name], event[name]) for name in pattern)
    return event in pattern


@pytest.mark.parametrize(
    ("status", "is_news"),
    [
        ("Complete", True),
        ("Failed", True),
        ("Suspended", True),
        ("Active", False),
        ("Ready", False),
    ],
)
def test_the_rule_tells_of_states_that_want_a_person(
    status: str, *, is_news: bool, told: Stack
) -> None:
    details = {**EVENT["detail"]["serviceEventDetails"], "status": status}
    event = {**EVENT, "detail": {**EVENT["detail"], "serviceEventDetails": details}}
    pattern = told.resources["JobStateRule"]["Properties"]["EventPattern"]

    assert is_matched(pattern, event) is is_news


def test_the_message_is_filled_from_the_event(told: Stack) -> None:
    (target,) = told.resources["JobStateRule"]["Properties"]["Targets"]
    message = json.loads(target["InputTransformer"]["InputTemplate"])
    for name, path in target["InputTransformer"]["InputPathsMap"].items():
        value: Any = EVENT
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        message = message.replace(f"<{name}>", value)

    assert target["Arn"] == TOPIC
    assert message == (
        "S3 Batch Operations job 00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c in us-east-1 is now Complete."
    )


def test_without_a_topic_there_is_no_rule() -> None:
    assert "JobStateRule" not in stack().resources


def test_reserved_concurrency_is_set_only_when_it_is_asked_for() -> None:
    name = "ReservedConcurrentExecutions"

    assert name not in stack().resources["Function"]["Properties"]
    assert str(stack(ReservedConcurrency="50").resources["Function"]["Properties"][name]) == "50"


def test_the_function_and_its_log_group_have_names_that_are_known_before() -> None:
    resources = stack().resources

    assert resources["Function"]["Properties"]["FunctionName"] == "stack"
    assert resources["FunctionLogGroup"]["Properties"]["LogGroupName"] == "/aws/lambda/stack"
    assert resources["FunctionLogGroup"]["Properties"]["RetentionInDays"] == 30
