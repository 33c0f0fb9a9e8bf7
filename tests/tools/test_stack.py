from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from jobs.aws import stack
from jobs.aws.stack import Stack
from jobs.errors import Refused

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients


def test_the_outputs_and_parameters_are_read(
    clients: Clients, cloudformation_stub: Stubber
) -> None:
    described = {
        "StackName": "copier",
        "CreationTime": "2026-11-23T00:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": "JobRoleArn", "OutputValue": "arn:aws:iam::1:role/r"}],
        "Parameters": [{"ParameterKey": "Operation", "ParameterValue": "rename"}],
    }
    cloudformation_stub.add_response(
        "describe_stacks", {"Stacks": [described]}, {"StackName": "copier"}
    )
    found = stack.find(clients.cloudformation, "copier")
    assert found.output("JobRoleArn", "--role-arn") == "arn:aws:iam::1:role/r"
    assert found.parameters == {"Operation": "rename"}


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


@pytest.mark.parametrize("name", ["*", "", "1st", "my_stack", "a" * 129, "arn:aws:x", "copier\n"])
def test_what_can_not_name_a_stack_is_refused_before_aws_is_asked(
    clients: Clients, cloudformation_stub: Stubber, name: str
) -> None:
    assert cloudformation_stub
    with pytest.raises(Refused, match="cannot name the stack: begin with a letter"):
        stack.find(clients.cloudformation, name)


def test_a_stack_has_the_longest_name_that_cloudformation_takes() -> None:
    stack.check_name("a" * 128)
