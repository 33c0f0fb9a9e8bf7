"""Finds the deployed stack and reads its outputs.

It reads; `sam deploy` is the only one that changes a stack.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

SAMCONFIG = Path(__file__).resolve().parents[1] / "samconfig.toml"
# Where sam itself looks, the command's own section first.
SECTIONS = ("deploy", "global")


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack.

    Attributes:
        name: as CloudFormation knows it.
        outputs: output key to value, for instance `JobRoleArn` to an ARN.
    """

    name: str
    outputs: Mapping[str, str]

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


def configured(samconfig: Path, setting: str, environment: str = "default") -> str | None:
    """Return a setting of `sam deploy` such as `stack_name` or `region`; None: it is not set.

    A file that is still a template, with a value that no answer has replaced, sets nothing.

    Raises:
        Refused: the file is not TOML.
    """
    try:
        sections = tomllib.loads(samconfig.read_text("utf-8")).get(environment, {})
    except FileNotFoundError:
        return None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{str(samconfig)!r} is not valid TOML: {error}.") from None
    for section in SECTIONS:
        value = sections.get(section, {}).get("parameters", {}).get(setting)
        if isinstance(value, str) and value and "{{" not in value:
            return value
    return None


def find(cloudformation: CloudFormationClient, name: str | None) -> Stack:
    """Return the stack `name` with its outputs; one call of DescribeStacks.

    Raises:
        Refused: no name is known, or no such stack is deployed in this account and Region.
    """
    if name is None:
        raise Refused("samconfig.toml names no stack: give --stack-name.")
    try:
        stacks = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # A stack that does not exist is a ValidationError; there is no code of its own.
        if errors.code(error) != "ValidationError":
            raise
        raise Refused(
            f"No stack {name!r} is deployed in {cloudformation.meta.region_name} of this account: "
            "run sam deploy, or give --stack-name or --region."
        ) from None
    outputs = stacks[0].get("Outputs", [])
    return Stack(name, {each["OutputKey"]: each["OutputValue"] for each in outputs})
