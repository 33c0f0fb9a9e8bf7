"""What the stack shows and tells: the log line and its metric, alarms, dashboard, job events."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from s3batch import PermanentFailure, Task, TemporaryFailure, handler
from transformed import FUNCTION as FUNCTION_NAME
from transformed import Stack, stack

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "arn:aws:sns:us-east-1:111122223333:topic"
CODES = ["Succeeded", "TemporaryFailure", "PermanentFailure"]
FUNCTION = ["FunctionName", FUNCTION_NAME]


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
            queries = [each["MetricStat"]["Metric"] for each in properties.get("Metrics", [])[:-1]]
            for metric in queries or [properties]:
                (dimension,) = metric["Dimensions"]
                name = (metric["Namespace"], metric["MetricName"])
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


def test_every_alarm_tells_the_topic_if_there_is_one_and_is_calm_without_data(told: Stack) -> None:
    for variant, actions in ((told, [TOPIC]), (stack(), None)):
        alarms = [
            each["Properties"]
            for each in variant.resources.values()
            if each["Type"] == "AWS::CloudWatch::Alarm"
        ]
        assert [alarm.get("AlarmActions") for alarm in alarms] == [actions] * 4
        assert [alarm.get("OKActions") for alarm in alarms] == [actions] * 4
        assert {alarm["TreatMissingData"] for alarm in alarms} == {"notBreaching"}


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


@pytest.mark.parametrize(
    ("reserved", "invocations", "throttles", "rings"),
    [("0", 900, 5, True), ("0", 0, 5, True), ("50", 900, 5, False), ("50", 0, 5, True)],
)
def test_throttles_of_a_job_within_its_own_limit_are_no_alarm(
    reserved: str, invocations: int, throttles: int, *, rings: bool
) -> None:
    metrics = stack(ReservedConcurrency=reserved).resources["ThrottlesAlarm"]["Properties"]
    expression = metrics["Metrics"][-1]["Expression"]
    known = {"throttles": throttles, "invocations": invocations}
    functions = {"FILL": lambda value, _: value, "WHEN": lambda test, a, b: a if test else b}
    value = eval(expression.replace("IF(", "WHEN("), {}, {**known, **functions})  # noqa: S307

    assert (value > metrics["Threshold"]) is rings


def test_the_longest_object_is_measured_against_the_timeout() -> None:
    alarm = stack(Timeout="600").resources["DurationAlarm"]["Properties"]
    expression = alarm["Metrics"][-1]["Expression"]

    assert eval(expression, {}, {"duration": 540_000}) == 90  # noqa: S307 - of 600 seconds
    assert alarm["Threshold"] == 89


def test_the_log_of_a_deleted_stack_can_stay_and_stops_no_other_stack() -> None:
    kept, usual = stack(KeepLogs="true").resources, stack().resources
    group = kept["KeptLogGroup"]

    assert "FunctionLogGroup" not in kept
    assert "KeptLogGroup" not in usual
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"
    assert group["Properties"]["LogGroupName"] == "/aws/lambda/stack/xxxxxxxxxxxx"
    config = kept["Function"]["Properties"]["LoggingConfig"]
    assert config["LogGroup"] == kept["TaskOutcomes"]["Properties"]["LogGroupName"]


def test_the_function_has_a_name_of_its_own_only_where_one_is_given() -> None:
    """CloudFormation takes longer names of a stack than Lambda takes of a function."""
    named = stack(FunctionName="company-copier").resources["Function"]["Properties"]

    assert "FunctionName" not in stack().resources["Function"]["Properties"]
    assert named["FunctionName"] == "company-copier"


def test_the_log_group_has_a_name_that_is_known_before() -> None:
    resources = stack().resources

    assert resources["FunctionLogGroup"]["Properties"]["LogGroupName"] == "/aws/lambda/stack"
    assert str(resources["FunctionLogGroup"]["Properties"]["RetentionInDays"]) == "30"
