"""What a deployment would give the function: its variables, timeout and buckets.

From template.yaml and samconfig.toml of this project, as `sam deploy` takes them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from jobs import errors, terminal
from jobs.errors import Refused
from jobs.local.engine.engine import ACCOUNT
from jobs.project import parameters, template
from jobs.project.resolver import placeholders

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS = "jobs"
"""The bucket of manifests and reports, whose name AWS would make up."""

NAMES = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "local",
    "AWS::URLSuffix": "amazonaws.com",
    "JobsBucket": JOBS,
}
"""What `Ref` gives here, beside the parameters."""

KINDS = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic"}
"""The author's own resources that are made here: variables name them most often, and moto makes
them at once."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The function as it would be deployed."""

    handler: str
    timeout: float
    """Seconds."""
    log_level: str
    """Of `logging`, as Lambda names it."""
    variables: dict[str, str]
    source: str
    """The source bucket."""
    destinations: tuple[str, ...]
    """The buckets that it may write to, the usual one first."""

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that are made in an S3 of our own: the author need not make any."""
        return tuple(dict.fromkeys((self.source, *self.destinations, JOBS)))

    @property
    def own_variables(self) -> dict[str, str]:
        """All but the SDK's variables, which point at the local S3 here."""
        return {name: v for name, v in self.variables.items() if not name.startswith("AWS_")}

    @property
    def unknown(self) -> list[str]:
        """The names of variables whose value only a deployment knows."""
        return [name for name, value in self.variables.items() if placeholders(value)]


def read() -> Deployed:
    """Return what the project's files say. Raises Refused: sam could not use them."""
    whole = template.load(template.PATH)
    # without value, default and example: its name
    names = {name: name for name in whole["Parameters"]}
    values = names | parameters.of_this_project(whole)
    resolver = template.resolver(whole, values, NAMES, {})
    every_function = whole.get("Globals", {}).get("Function", {})
    function = {**every_function, **template.resource(whole, "Function")["Properties"]}
    level = resolver.value(function.get("LoggingConfig", {}).get("ApplicationLogLevel", "INFO"))
    return Deployed(
        handler=str(function.get("Handler", "")),  # an image, or another Lambda, needs none here
        timeout=_seconds(str(resolver.value(function.get("Timeout", 3)))),
        log_level=str(level),
        variables=template.variables(whole, resolver),
        source=values["SourceBucket"],
        destinations=tuple(parameters.destinations(values)),
    )


def _seconds(text: str) -> float:
    seconds = parameters.finite(text)
    if seconds is None:
        raise Refused(
            f"The Timeout of Function in template.yaml is {text!r}, which is not known here: write"
            " the seconds, or name a parameter."
        )
    return seconds


def with_own_resources(project: Deployed, wait: Callable[[], object]) -> Deployed:
    """Return the project with variables that name the author's own resources, made here.

    Without them, a task that works with one could be tried only after a deployment. moto's
    CloudFormation makes them as template.yaml describes them, and knows what `Ref` and `Fn::GetAtt`
    of each give. What moto cannot make is said, and stays unknown. Call it in a process whose AWS
    is the local one: it calls boto3, after `wait`, where there are any.
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
    try:
        values = _create(resources, named)
    except (ClientError, ResponseParserError) as error:  # the second: moto's own failure
        is_said = isinstance(error, ClientError)
        why = errors.sentence(error) if is_said else "moto fails at their properties."
        terminal.say(f"{', '.join(resources)} of template.yaml cannot be made here: {why}")
        return project
    variables = dict(project.variables)
    for name, text in variables.items():
        for each, value in values.items():
            text = text.replace(each, value)  # noqa: PLW2901 - one after the other
        variables[name] = text
    got = {name: [values[each] for each in named if named[each][0] == name] for name in resources}
    made = ", ".join(f"{name} ({', '.join(got[name])})" for name in sorted(got))
    terminal.say(f"Made here, as template.yaml says: {made}.")
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
    once = Config(retries={"total_max_attempts": 1})
    cloudformation = boto3.client("cloudformation", config=once)
    cloudformation.create_stack(StackName="own-resources", TemplateBody=body)
    [stack] = cloudformation.describe_stacks()["Stacks"]
    found = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    return {each: found[f"Output{number}"] for number, each in enumerate(named)}
