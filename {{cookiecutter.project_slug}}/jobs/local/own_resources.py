"""Makes the author's own tables, queues and topics here, as template.yaml describes them.

Without this, a task that works with one could be tried only after a deployment. moto's
CloudFormation makes them, and knows what `Ref` and `Fn::GetAtt` of each give.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3

from jobs import terminal
from jobs.project import template
from jobs.project.resolver import placeholders

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.local.deployed import Deployed

KINDS = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic"}
"""What a variable of the function names most often, and moto makes at once."""
STACK = "own-resources"


def made(project: Deployed, wait: Callable[[], object]) -> Deployed:
    """Return the project with variables that name what was made here; the rest is left as it is.

    Call it in a process whose AWS is the local one: it makes the resources through boto3, after
    `wait`, where there are any.
    """
    wanted = dict.fromkeys(
        each for text in project.variables.values() for each in placeholders(text)
    )
    if not wanted:
        return project
    whole = template.load(template.PATH)["Resources"]
    named = {each: found for each in wanted if (found := _reference(each, whole))}
    if not named:
        return project
    wait()
    resources = {name: whole[name] for name, _ in named.values()}
    values = _create(resources, named)
    variables = dict(project.variables)
    for name, text in variables.items():
        for each, value in values.items():
            text = text.replace(each, value)  # noqa: PLW2901 - one after the other
        variables[name] = text
    terminal.say(f"Made here, as template.yaml says: {', '.join(sorted(resources))}.")
    return replace(project, variables=variables)


def _reference(placeholder: str, resources: dict[str, Any]) -> tuple[str, str] | None:
    """Return the resource and the attribute (empty: `Ref`) that a placeholder means, if made here.

    A resource whose own properties need what only a deployment knows is not made.
    """
    function, _, words = placeholder.strip("<!>").partition(" ")
    name, _, attribute = words.partition(".")
    resource = resources.get(name, {})
    is_known = function in {"Ref", "GetAtt"} and resource.get("Type") in KINDS
    if not is_known or "Fn::" in (text := json.dumps(resource)) or '"Ref"' in text:
        return None
    return name, attribute


def _create(resources: dict[str, Any], named: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Make the resources; return what each placeholder stands for."""
    outputs = {
        f"Output{number}": {
            "Value": {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}
        }
        for number, (name, attribute) in enumerate(named.values())
    }
    body = json.dumps({"Resources": resources, "Outputs": outputs})
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=body)
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    found = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    return {each: found[f"Output{number}"] for number, each in enumerate(named)}
