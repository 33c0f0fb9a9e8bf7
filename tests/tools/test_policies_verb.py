"""`python -m jobs policies` as a verb: where it looks, and how it prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobs.errors import Refused
from jobs.policies import command, names
from jobs.project import samconfig
from policy_documents import ACCOUNT, BUCKETS, OTHER, documents

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

PLACE = ("--account", ACCOUNT, "--region", "us-east-1", "--stack-name", "demo")


def run(*arguments: str) -> Any:
    given = {**BUCKETS, "Operation": "copy", "Runtime": "python3.13", "Architecture": "x86_64"}
    overrides = [text for each in given.items() for text in ("--parameter", "=".join(each))]
    return CliRunner().invoke(command.command, [*arguments, *overrides])


def test_the_verb_prints_titles_and_documents() -> None:
    result = run(*PLACE)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("# FunctionRole: trust - trust policy of arn:aws:iam::")
    assert '"Service": "batchoperations.s3.amazonaws.com"' in result.output


def test_the_verb_prints_json_for_programs() -> None:
    printed = json.loads(run(*PLACE, "--json").output)

    assert {each["title"] for each in printed} == documents().keys()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--account", "1234", "--region", "us-east-1"), "'1234' is not an account id"),
        (("--account", ACCOUNT, "--region", "us-east-1"), "--stack-name is needed too"),
        ((*PLACE, "--parameter", "Foo=1"), r"no parameter 'Foo': take it out of --parameter\."),
        ((*PLACE[:4], "--stack-name", "*"), r"'\*' cannot name the stack: begin with a letter"),
        ((*PLACE[:4], "--stack-name", "a" * 129), "at most 128"),
    ],
)
def test_a_place_that_is_not_known_is_refused(
    arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samconfig, "setting", lambda *_: None)

    with pytest.raises(Refused, match=sentence):
        raise run(*arguments).exception


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("Operatoin=copy", "no parameter 'Operatoin': write 'Operation' in --parameter."),
        ("Zzz=1", "no parameter 'Zzz': take it out of --parameter."),
    ],
)
def test_a_parameter_that_the_template_lacks_is_looked_for_where_it_was_given(
    given: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        raise run(*PLACE, "--parameter", given).exception


@pytest.fixture
def deployed(
    clients: Clients, cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answer for the stack demo, which renames into a bucket of another account."""
    outputs = {
        "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:demo",
        "FunctionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/f",
        "JobRoleArn": f"arn:aws:iam::{ACCOUNT}:role/j",
        "JobsBucketName": "demo-jobsbucket-1",
    }
    parameters = {"SourceBucket": "real-source", "DestinationBucket": "real-target"}
    parameters |= {"Operation": "rename", "DestinationOwner": OTHER}
    described = {
        "StackName": "demo",
        "CreationTime": datetime(2026, 11, 23, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": each} for key, each in outputs.items()],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": each} for key, each in parameters.items()
        ],
    }
    monkeypatch.setattr(command, "connect", lambda _region: clients)
    asked = {"StackName": "demo"}
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [described]}, asked)


@pytest.mark.usefixtures("deployed")
def test_without_an_account_the_deployed_stack_is_asked_for_names_and_parameters() -> None:
    result = CliRunner().invoke(command.command, ["--stack-name", "demo", "--json"])

    assert result.exit_code == 0, result.output
    assert "arn:aws:s3:::demo-jobsbucket-1/manifests/*" in result.output
    assert "arn:aws:s3:::real-source/*" in result.output
    assert "DeleteRenamedSources" in result.output
    assert f"added by account {OTHER}" in result.output
    assert names.MADE_UP not in result.output
    assert "NOT FINAL" not in result.output


@pytest.mark.usefixtures("deployed")
def test_a_parameter_that_is_given_goes_before_the_deployed_one() -> None:
    given = ["--stack-name", "demo", "--parameter", "Operation=copy"]
    result = CliRunner().invoke(command.command, given)

    assert "arn:aws:s3:::real-source/*" in result.output
    assert "DeleteRenamedSources" not in result.output


def test_what_holds_names_that_aws_will_make_up_says_so() -> None:
    found = documents()
    known = "is known after the first deployment: print this again then."

    both = "NOT FINAL: the name of the function and of the jobs bucket"
    assert found["JobRole: job"].note == f"{both} {known}"
    assert found["SubmitterPolicy"].note == f"{both} and of the job role {known}"
    assert found["JobsBucketPolicy"].note
    assert not found["FunctionRole: objects"].note
    assert f"\n# {found['JobRole: job'].note}\n{{" in run(*PLACE).output
    printed = {each["title"]: each["note"] for each in json.loads(run(*PLACE, "--json").output)}
    assert printed == {title: each.note for title, each in found.items()}


def test_policies_are_those_of_the_environment_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stack, its Region and its parameters; afterwards nothing is chosen any more."""
    path = tmp_path / "samconfig.toml"
    path.write_text(
        '[default.global.parameters]\nstack_name = "plain"\nregion = "us-east-1"\n'
        "parameter_overrides = ['SourceBucket=\"one\"', 'DestinationBucket=\"two\"']\n"
        '[prod.global.parameters]\nstack_name = "big"\nregion = "eu-west-1"\n'
        "parameter_overrides = ['SourceBucket=\"three\"', 'DestinationBucket=\"four\"']\n"
    )
    monkeypatch.setattr(samconfig, "PATH", path)
    runner = CliRunner()
    for words, environ in (
        (["--config-env", "prod"], None),
        ([], {"SAM_CONFIG_ENV": "prod"}),
    ):
        shown = runner.invoke(command.command, ["--account", ACCOUNT, *words], env=environ).output
        assert f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:big" in shown
        assert "arn:aws:s3:::three/*" in shown
    assert "function:plain" in runner.invoke(command.command, ["--account", ACCOUNT]).output
