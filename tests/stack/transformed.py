"""The stack as CloudFormation gets it: template.yaml through SAM's own transform, then resolved.

SAM's transform turns the function into its Lambda resources and leaves the rest; the project's own
resolver then fills in the parameters of a variant.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from conftest import TEMPLATE
from jobs.policies import names
from jobs.project.parameters import values as parameter_values
from jobs.project.resolver import Resolver
from jobs.project.template import load

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

ACCOUNT = "111122223333"
REGION = "us-east-1"
STACK = "stack"
FUNCTION = f"{STACK}-Function-{names.MADE_UP}"
SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"


@dataclass(frozen=True, slots=True)
class Stack:
    """One variant of the stack.

    Attributes:
        values: the value of every parameter.
        place: account, Region and the made-up names.
        resources: logical id -> resource whose condition holds, all functions resolved.
    """

    values: dict[str, str]
    place: names.Place
    resources: Json

    def statements(self, logical_id: str) -> list[Json]:
        """Return the statements of a managed policy, or of all policies of a role."""
        properties = self.resources[logical_id]["Properties"]
        if "PolicyDocument" in properties:
            return list(properties["PolicyDocument"]["Statement"])
        documents = [
            *(policy["PolicyDocument"] for policy in properties["Policies"]),
            *(self.resources[each]["Properties"]["PolicyDocument"] for each in self.of(logical_id)),
        ]
        return [statement for document in documents for statement in document["Statement"]]

    def of(self, role: str) -> list[str]:
        """Return the logical ids of the managed policies that name the role."""
        return [
            logical_id
            for logical_id, resource in self.resources.items()
            if f"{STACK}-{role}" in resource["Properties"].get("Roles", [])
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The function's variables."""
        properties = self.resources["Function"]["Properties"]
        return dict(properties["Environment"]["Variables"])


@cache
def template() -> Json:
    loaded: Json = load(TEMPLATE / "template.yaml")
    return loaded


def transform(values: dict[str, str]) -> Json:
    """Return what SAM makes of the template with these parameter values; still with functions."""
    source = copy.deepcopy(template())
    # `sam package` would have put an S3 address here.
    source["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://amzn-s3-demo-code/key"
    session = boto3.Session(region_name=REGION)
    translator = Translator({}, Parser(), boto_session=session)
    translated: Json = translator.translate(source, dict(values))
    return translated


def stack(**parameters: str) -> Stack:
    """Return the stack of these parameters, the others by default; see `Stack`."""
    return stack_at(REGION, STACK, **parameters)


@cache
def stack_at(region: str, name: str, **parameters: str) -> Stack:
    """Return the stack of that name in that Region."""
    given = {"SourceBucket": SOURCE, "DestinationBucket": DESTINATION, **parameters}
    values = parameter_values(template(), given)
    place = names.planned(ACCOUNT, region, name, values)
    translated = transform(values)
    resolver = _knowing_all(names.resolver(translated, values, place), translated)
    resources = {
        logical_id: resolver.value(resource)
        for logical_id, resource in translated["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }
    return Stack(values, place, resources)


# What CloudFormation makes a number of: a parameter's value is a text until then.
NUMBERS = frozenset(
    {"MemorySize", "ReservedConcurrentExecutions", "RetentionInDays", "Threshold", "Timeout"}
)


def written(variant: Stack, folder: Path) -> Path:
    """Write the resolved resources as a plain CloudFormation template, for linters."""
    resources = {
        logical_id: resource
        | {
            "Properties": {
                name: _number(name, each) for name, each in resource["Properties"].items()
            }
        }
        for logical_id, resource in variant.resources.items()
    }
    for resource in resources.values():
        resource.pop("Condition", None)
    path = folder / "resolved.json"
    document = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    path.write_text(json.dumps(document))
    return path


def _number(name: str, value: Any) -> Any:
    return int(value) if name in NUMBERS else value


def _knowing_all(resolver: Resolver, translated: Json) -> Resolver:
    """Return the resolver with a made-up name and ARN for each resource that has none yet."""
    ids = translated["Resources"]
    stack_name = resolver.names["AWS::StackName"]
    made_up = {logical_id: f"{stack_name}-{logical_id}" for logical_id in ids}
    attributes = {
        f"{logical_id}.{attribute}": "1" for logical_id in ids for attribute in ("Arn", "Version")
    }
    return Resolver(
        {**made_up, **resolver.names},
        {**attributes, **resolver.attributes},
        resolver.conditions,
    )
