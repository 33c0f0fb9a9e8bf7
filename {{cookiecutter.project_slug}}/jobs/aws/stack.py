"""Finds the deployed stack and reads its outputs and parameters.

It reads; `sam deploy` is the only one that changes a stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

NAME_LIMIT = 128  # characters (CreateStack)
NAME = re.compile(rf"[A-Za-z][A-Za-z0-9-]{{0,{NAME_LIMIT - 1}}}")


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its outputs and the values that it was deployed with, by their names."""

    name: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def output(self, key: str, option: str) -> str:
        """Return one output.

        Raises:
            Refused: the stack has none of that key; the sentence names the `option` to use instead.
        """
        if key in self.outputs:
            return self.outputs[key]
        raise Refused(
            f"The stack {self.name!r} has no output {key!r}: deploy it, or give {option}."
        )


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a stack.

    Raises:
        Refused: it has other characters, or too many.
    """
    if not NAME.fullmatch(name):
        raise Refused(
            f"{name!r} cannot name the stack: begin with a letter, and use only letters, digits "
            f"and hyphens, at most {NAME_LIMIT}."
        )


def find(cloudformation: CloudFormationClient, name: str | None) -> Stack:
    """Return the stack `name`; one call of DescribeStacks.

    Raises:
        Refused: no name is known, it cannot be one, or no such stack is deployed in this account
            and Region.
    """
    if name is None:
        raise Refused("samconfig.toml names no stack: give --stack-name.")
    check_name(name)
    try:
        stacks = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # A stack that does not exist is a ValidationError; there is no code of its own.
        if errors.code(error) != "ValidationError":
            raise
        raise Refused(
            f"No stack {name!r} is deployed in {cloudformation.meta.region_name} of this account: "
            "run sam build && sam deploy, or give --stack-name or --region."
        ) from None
    found = stacks[0]
    return Stack(
        name,
        {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])},
        {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])},
    )
