"""What a role of the stack may do: every place where template.yaml can say so.

These are the role's own policies, policies of the stack that name the role, and managed policies.
"""

from collections.abc import Iterator
from typing import Any

from jobs.project.resolver import Resolver
from jobs.project.template import resource

Json = dict[str, Any]

ATTACHED = frozenset({"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"})


def policies(template: Json, resolver: Resolver, role: str) -> Iterator[tuple[str, Json]]:
    """Yield name and document of each policy of the role with this logical id."""
    properties = resolver.value(resource(template, role)["Properties"])
    for policy in properties.get("Policies", []):
        yield policy["PolicyName"], policy["PolicyDocument"]
    managed = properties.get("ManagedPolicyArns", [])
    for logical_id, found in _attachable(template, resolver):
        its = resolver.value(found["Properties"])
        named = [*its.get("Roles", []), its.get("RoleName")]
        if f"<!Ref {role}>" in named or f"<!Ref {logical_id}>" in managed:
            yield logical_id, its["PolicyDocument"]


def managed_elsewhere(template: Json, resolver: Resolver, role: str) -> list[str]:
    """Return the ARNs of the role's managed policies that this stack does not make."""
    properties = resolver.value(resource(template, role)["Properties"])
    own = {f"<!Ref {logical_id}>" for logical_id, _ in _attachable(template, resolver)}
    return [arn for arn in properties.get("ManagedPolicyArns", []) if arn not in own]


def allowed(template: Json, resolver: Resolver, role: str) -> list[Json]:
    """Return the role's statements that allow something."""
    found = [document["Statement"] for _, document in policies(template, resolver, role)]
    statements = [
        statement
        for each in found
        for statement in (each if isinstance(each, list) else [each])  # a single one needs no list
    ]
    return [each for each in statements if each["Effect"] == "Allow"]


def loops(template: Json) -> list[str]:
    """Return the names of the template's loops (Fn::ForEach): what they make is not known here."""
    return [name for name, made in template["Resources"].items() if isinstance(made, list)]


def _attachable(template: Json, resolver: Resolver) -> Iterator[tuple[str, Json]]:
    """Yield the policies that are resources of their own and that this deployment makes.

    A role that is made elsewhere needs them too, so each is looked at as if the stack made it.
    """
    made_here = {"FunctionRoleArn": "", "JobRoleArn": ""}
    names = {**resolver.names, **made_here}
    as_made = Resolver(names, resolver.attributes, resolver.conditions, resolver.mappings)
    for logical_id, found in template["Resources"].items():
        if not isinstance(found, dict) or found["Type"] not in ATTACHED:  # a loop is a list
            continue
        condition = found.get("Condition")
        if condition is None or as_made.holds(condition):
            yield logical_id, found
