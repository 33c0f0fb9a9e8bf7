"""Where a verb works: the stack, or what is given in its place; and how it is told again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import click
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from jobs import where
from jobs.errors import Refused
from jobs.project import samconfig
from jobs.submit import deployment
from jobs.where import Where

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.aws.clients import Clients

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"


GIVEN = Where(
    region="us-east-1",
    function_arn=f"{FUNCTION}:1",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/r",
    jobs_bucket="jobs",
)


def test_where_all_is_given_no_stack_is_asked(clients: Clients) -> None:
    assert deployment.of_stack(clients, GIVEN).jobs_bucket == "jobs"
    assert deployment.of_stack(clients, replace(GIVEN, stack_name="copies")).stack == "copies"
    assert where.place(replace(GIVEN, jobs_bucket=None)).function == FUNCTION


@pytest.mark.parametrize(
    ("lacking", "name", "option"),
    [
        ("function_arn", "JOBS_FUNCTION_ARN", "--function-arn"),
        ("role_arn", "JOBS_ROLE_ARN", "--role-arn"),
        ("jobs_bucket", "JOBS_BUCKET", "--jobs-bucket"),
    ],
)
def test_the_local_service_has_no_stack_and_aws_is_not_asked_for_one(
    clients: Clients, lacking: str, name: str, option: str
) -> None:
    local = boto3.client("s3control", "us-east-1", endpoint_url="http://s3-control.local")
    clients = replace(clients, s3control=local)
    with pytest.raises(Refused) as refused:
        deployment.of_stack(clients, replace(GIVEN, **{lacking: None}))
    assert str(refused.value) == (
        f"{name} is not set, and the local service has no stack: paste its export lines, or give "
        f"{option}."
    )


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (GIVEN.role_arn, "JOBS_FUNCTION_ARN is not set, and the local service has no stack"),
        (None, "No stack 'copies' is deployed"),
    ],
    ids=["the lines of local", "an emulated AWS"],
)
def test_a_cloudformation_of_this_machine_without_the_stack_says_what_is_missing(
    clients: Clients, role: str | None, said: str
) -> None:
    local: Any = {
        name: boto3.client(name, "us-east-1", endpoint_url="http://localhost:1")
        for name in ("s3control", "cloudformation")
    }
    given = replace(GIVEN, function_arn=None, role_arn=role, stack_name="copies")
    stub = Stubber(local["cloudformation"])
    stub.add_client_error("describe_stacks", "ValidationError")
    with stub, pytest.raises(Refused, match=said):
        deployment.of_stack(replace(clients, **local), given)


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ([], {}, ""),
        (
            ["--stack-name", "a b", "--region", "eu-west-1"],
            {},
            " --stack-name 'a b' --region eu-we",
        ),
        ([], {"JOBS_ROLE_ARN": "arn"}, ""),
        (["--role-arn", "arn"], {"JOBS_ROLE_ARN": "other"}, " --role-arn arn"),
    ],
    ids=["nothing", "typed", "a variable", "typed over a variable"],
)
def test_what_is_to_be_typed_next_finds_the_same_place(
    words: list[str], environment: dict[str, str], expected: str
) -> None:
    @click.command
    @where.options
    def verb(**_: object) -> None:
        click.echo(where.command("watch 7c1fa2b0"))

    told = CliRunner(env=environment).invoke(verb, words).stdout
    assert told.startswith(f"python -m jobs watch 7c1fa2b0{expected}")
    assert ("--" in told) == bool(expected)


def test_check_is_told_the_environment_and_the_region_but_no_stack() -> None:
    @click.command
    @where.options
    def verb(**_: object) -> None:
        click.echo(where.command("check m.csv"))

    words = ["--stack-name", "s", "--config-env", "prod", "--region", "eu-west-1"]
    words += ["--jobs-bucket", "jobs"]
    told = CliRunner().invoke(verb, words).stdout
    assert told == "python -m jobs check m.csv --config-env prod --region eu-west-1\n"


def test_outside_of_a_verb_nothing_was_typed() -> None:
    assert where.command("list") == "python -m jobs list"


def test_the_environment_chooses_the_stack_of_samconfig(
    clients: Clients,
    cloudformation_stub: Stubber,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(
        '[default.deploy.parameters]\nstack_name = "plain"\n'
        '[prod.deploy.parameters]\nstack_name = "big"\n'
    )
    monkeypatch.setattr(samconfig, "PATH", path)
    outputs = [
        {"OutputKey": "FunctionAliasArn", "OutputValue": f"{FUNCTION}:live"},
        {"OutputKey": "JobRoleArn", "OutputValue": f"arn:aws:iam::{ACCOUNT}:role/r"},
        {"OutputKey": "JobsBucketName", "OutputValue": "jobs"},
        {"OutputKey": "SourceBucketName", "OutputValue": "photos"},
    ]
    stack = {
        "StackName": "x",
        "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": outputs,
    }
    for name in ("plain", "big"):
        answer = {"Stacks": [stack]}
        cloudformation_stub.add_response("describe_stacks", answer, {"StackName": name})
    assert deployment.of_stack(clients, Where()).stack == "plain"
    monkeypatch.setenv("SAM_CONFIG_ENV", "prod")
    assert deployment.of_stack(clients, Where()).stack == "big"
    monkeypatch.setenv("SAM_CONFIG_ENV", "test")
    with pytest.raises(Refused, match="environment 'test': give --config-env one of default, prod"):
        deployment.of_stack(clients, Where())
