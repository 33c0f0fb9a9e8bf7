from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from jobs import stack
from jobs.errors import Refused
from jobs.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber

    from jobs.clients import Clients


def test_the_outputs_are_read(clients: Clients, cloudformation_stub: Stubber) -> None:
    described = {
        "StackName": "copier",
        "CreationTime": "2026-11-23T00:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": "JobRoleArn", "OutputValue": "arn:aws:iam::1:role/r"}],
    }
    cloudformation_stub.add_response(
        "describe_stacks", {"Stacks": [described]}, {"StackName": "copier"}
    )
    found = stack.find(clients.cloudformation, "copier")
    assert found.output("JobRoleArn", "--role-arn") == "arn:aws:iam::1:role/r"


def test_an_output_that_is_missing_names_the_option_to_use_instead() -> None:
    with pytest.raises(Refused, match=r"'copier' has no output 'JobRoleArn': .* give --role-arn"):
        Stack("copier", {}).output("JobRoleArn", "--role-arn")


def test_a_stack_that_is_not_deployed_is_refused(
    clients: Clients, cloudformation_stub: Stubber
) -> None:
    cloudformation_stub.add_client_error(
        "describe_stacks", "ValidationError", "Stack with id copier ..."
    )
    with pytest.raises(Refused, match="No stack 'copier' is deployed in us-east-1"):
        stack.find(clients.cloudformation, "copier")


def test_another_answer_of_aws_is_passed_on(clients: Clients, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_client_error("describe_stacks", "AccessDenied")
    with pytest.raises(ClientError):
        stack.find(clients.cloudformation, "copier")


def test_without_a_name_no_stack_is_asked_for(
    clients: Clients, cloudformation_stub: Stubber
) -> None:
    assert cloudformation_stub
    with pytest.raises(Refused, match=r"samconfig.toml names no stack: give --stack-name"):
        stack.find(clients.cloudformation, None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[default.global.parameters]\nstack_name = "a"\n', "a"),
        ('[default.deploy.parameters]\nstack_name = "b"\n', "b"),
        (
            '[default]\nglobal.parameters.stack_name = "a"\ndeploy.parameters.stack_name = "b"\n',
            "b",
        ),
        ('[default.global.parameters]\nstack_name = "{{ cookiecutter.project_slug }}"\n', None),
        ('[prod.global.parameters]\nstack_name = "a"\n', None),
        ("version = 0.1\n", None),
        ("", None),
    ],
    ids=["global", "deploy", "both", "unrendered", "another environment", "no name", "empty"],
)
def test_the_name_is_found_where_sam_finds_it(tmp_path: Path, text: str, name: str | None) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(text)
    assert stack.configured(path, "stack_name") == name


def test_no_samconfig_sets_nothing(tmp_path: Path) -> None:
    assert stack.configured(tmp_path / "samconfig.toml", "stack_name") is None


def test_a_samconfig_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text("stack_name =")
    with pytest.raises(Refused, match=r"samconfig.toml' is not valid TOML"):
        stack.configured(path, "stack_name")
