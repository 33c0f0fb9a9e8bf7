"""Ordinary edits that authors make in a generated project, each as people write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWN_TASK = """
import os

import boto3
import jinja2

from s3batch import PermanentFailure
from texts import shorten

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def run(task):
    if not task.key.endswith(".txt"):
        raise PermanentFailure("not a text: " + task.key)
    text = s3.get_object(Bucket=task.bucket, Key=task.key)["Body"].read().decode()
    page = jinja2.Template("<p>{{ text }}</p>").render(text=shorten(text))
    s3.put_object(Bucket=task.bucket, Key=task.key + ".html", Body=page)
    table.put_item(Item={"key": task.key, "length": len(page)})
    return f"Wrote {len(page)} characters"
"""
OWN_MODULE = """
def shorten(text, most=80):
    return text if len(text) <= most else text[:most] + "..."
"""
OWN_TEST = """
import task as work
from support import requests, response, task


def test_a_page_is_written(s3):
    s3.put_object(Bucket="amzn-s3-demo-source-bucket", Key="a.txt", Body=b"hello")
    assert work.run(task("a.txt")) == "Wrote 12 characters"


def test_an_event_is_answered_within_a_test():
    assert response(requests()[0]) == response(requests()[0])
"""


def replace(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text, f"{before!r} is no longer in {path.name}: edit this test"
    path.write_text(text.replace(before, after, 1), "utf-8")


def take_example(project: Path, place: str, file: str = "template.yaml") -> None:
    """Take the # away from the example at a marked place."""
    path = project / file
    text = path.read_text("utf-8")
    [block] = re.findall(rf"^ *# >>> your own {place}.*\n(?: *#.*\n)+", text, re.MULTILINE)
    lines = block.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if re.search(r"# (- \w|\w+[:.(])", line))
    bare = [re.sub("# ", "", line, count=1) for line in lines[first:]]
    path.write_text(text.replace(block, "".join(lines[:first] + bare)), "utf-8")


def own_task(project: Path) -> None:
    (project / "src" / "task.py").write_text(OWN_TASK.lstrip())
    package = project / "src" / "texts"
    package.mkdir()
    (package / "__init__.py").write_text('from .shorten import shorten\n\n__all__ = ["shorten"]\n')
    (package / "shorten.py").write_text(OWN_MODULE.lstrip())
    (project / "tests" / "test_aa_task.py").write_text(OWN_TEST.lstrip())
    with (project / "src" / "requirements.txt").open("a") as requirements:
        requirements.write("Jinja2>=3\n")
    replace(project / "events/env.json", '"Function": {\n', '"Function": {\n"TABLE_NAME": "table",')


def own_table(project: Path) -> None:
    for place in ("resources", "permissions", "variables"):
        take_example(project, place)
    take_example(project, "resources", "tests/conftest.py")


def statement(project: Path, action: str, resource: str) -> None:
    policy = f"""
        - PolicyName: {action.partition(":")[0]}
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              Effect: Allow
              Action: {action}
              Resource: {resource}
"""
    ours = "        - PolicyName: logs\n"
    replace(project / "template.yaml", ours, policy.lstrip("\n") + ours)


def resource(project: Path, text: str) -> None:
    replace(project / "template.yaml", "\nOutputs:\n", f"{text}\nOutputs:\n")


def own_queue(project: Path) -> None:
    resource(project, "\n  Queue:\n    Type: AWS::SQS::Queue\n")
    statement(project, "sqs:SendMessage", "!GetAtt Queue.Arn")


def action_on_everything(project: Path) -> None:
    statement(project, "cloudwatch:PutMetricData", '"*"')


def imported_value(project: Path) -> None:
    statement(project, "sns:Publish", '!ImportValue "shared-topic-arn"')


def own_bucket(project: Path) -> None:
    resource(project, "\n  Results:\n    Type: AWS::S3::Bucket\n")
    statement(project, "s3:PutObject", '!Sub "${Results.Arn}/*"')


def own_parameter(project: Path) -> None:
    parameter = "Parameters:\n  Size:\n    Type: Number\n    Default: 10\n    MaxValue: 99\n"
    replace(project / "template.yaml", "Parameters:\n", parameter)
    variables = "        Variables:\n"
    replace(project / "template.yaml", variables, f"{variables}          SIZE: !Ref Size\n")


def own_alarm(project: Path) -> None:
    alarm = """
  SlowAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Duration
      Dimensions: [{ Name: FunctionName, Value: !Ref Function }]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 60000
      ComparisonOperator: GreaterThanThreshold
"""
    resource(project, alarm)


def other_threshold(project: Path) -> None:
    path = project / "template.yaml"
    text = path.read_text("utf-8")
    changed = re.sub(r"( Threshold: )[0-9]+", r"\g<1>3", text, count=1)
    assert changed != text
    path.write_text(changed, "utf-8")


def other_timeout(project: Path) -> None:
    replace(project / "samconfig.toml", 'Timeout="900"', 'Timeout="60"')
    replace(project / "samconfig.toml", 'MemorySize="512"', 'MemorySize="2048"')


def managed_policy(project: Path) -> None:
    arn = "!Sub arn:${AWS::Partition}:iam::aws:policy/AmazonRekognitionReadOnlyAccess"
    inline = "      Policies:\n        - PolicyName: objects"
    attached = f"      ManagedPolicyArns:\n        - {arn}\n{inline}"
    replace(project / "template.yaml", inline, attached)


def loop_of_resources(project: Path) -> None:
    ours = "Transform: AWS::Serverless-2016-10-31"
    both = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]"
    replace(project / "template.yaml", ours, both)
    loop = """
  Fn::ForEach::Queues:
    - Name
    - [Small, Large]
    - Queue${Name}:
        Type: AWS::SQS::Queue
"""
    resource(project, loop)


STACK_EDITS = [
    own_table,
    own_queue,
    action_on_everything,
    imported_value,
    own_bucket,
    own_parameter,
    own_alarm,
    other_threshold,
    other_timeout,
    managed_policy,
    loop_of_resources,
]
