"""The author's own tables and queues are made here, and the function's variables name them."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.parsers import ResponseParserError
from moto import mock_aws

from jobs.errors import Refused
from jobs.local import deployed
from jobs.project import template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.local.deployed import Deployed

STACK = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: key, AttributeType: S }]
      KeySchema: [{ AttributeName: key, KeyType: HASH }]
  Queue:
    Type: AWS::SQS::Queue
  Named:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-named"
  Cluster:
    Type: AWS::ECS::Cluster
"""


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "template.yaml").write_text(STACK)
    with mock_aws():
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        project = deployed.read()
        monkeypatch.setattr(template, "PATH", tmp_path / "template.yaml")
        monkeypatch.setattr(deployed, "read", lambda: project)
        yield


def made(**variables: str) -> dict[str, str]:
    project = replace(deployed.read(), variables=variables)
    return deployed.with_own_resources(project, lambda: None).variables


@pytest.mark.usefixtures("aws")
def test_a_variable_names_the_table_and_the_queue_that_are_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = made(TABLE="<!Ref Table>", QUEUE="<!GetAtt Queue.Arn>", BOTH="a<!Ref Table>b", MINE="x")
    [table] = boto3.client("dynamodb").list_tables()["TableNames"]
    [queue] = boto3.client("sqs").list_queues()["QueueUrls"]
    assert found["TABLE"] == table
    assert found["QUEUE"].endswith(f":{queue.rpartition('/')[2]}")
    assert (found["BOTH"], found["MINE"]) == (f"a{table}b", "x")
    made_here = f"Made here, as template.yaml says: Queue ({found['QUEUE']}), Table ({table}).\n"
    assert capsys.readouterr().err == made_here


@pytest.mark.usefixtures("aws")
def test_what_is_not_known_here_stays_known_to_a_deployment_only() -> None:
    given = {
        "CLUSTER": "<!Ref Cluster>",  # no kind that is made here
        "NAMED": "<!Ref Named>",  # its own name is made of others
        "OTHER": "<!ImportValue shared-topic>",
        "GONE": "<!Ref Gone>",
    }
    assert made(**given) == given


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (None, "CreateStack answered ValidationError: "),
        (ResponseParserError("<html>"), "moto fails"),
    ],
    ids=["refused", "a fault of moto"],
)
def test_what_cannot_be_made_is_said_and_stays_unknown(
    failure: Exception | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(**_: object) -> None:
        raise failure or AssertionError

    if failure:
        monkeypatch.setattr(boto3, "client", lambda *_, **__: SimpleNamespace(create_stack=fail))
    assert made(NAME="<!GetAtt Table.Nope>") == {"NAME": "<!GetAtt Table.Nope>"}
    assert f"Table of template.yaml cannot be made here: {said}" in capsys.readouterr().err


def read_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: str) -> Deployed:
    """Return what is read where another `line` is in the place of a property of the function."""
    text, count = re.subn(
        rf"^      {name}: .*$", line, template.PATH.read_text("utf-8"), flags=re.MULTILINE
    )
    assert count == 1
    (tmp_path / "template.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(template, "PATH", tmp_path / "template.yaml")
    return deployed.read()


def test_a_timeout_that_only_a_deployment_knows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="'<!ImportValue x>', which is not known here"):
        read_with(tmp_path, monkeypatch, "Timeout", "      Timeout: !ImportValue x")


def test_a_function_without_a_handler_may_run_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_with(tmp_path, monkeypatch, "Handler", "").handler == ""
