"""Reads template.yaml: its sections, its resources, and the variables of its function.

An author's template may hold more than ours: what is not needed here is not looked at.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # ten times faster, where PyYAML has it
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment] # the same in Python

from jobs.errors import Refused
from jobs.project import PROJECT
from jobs.project.resolver import NO_VALUE, Node, Resolver

PATH = PROJECT / "template.yaml"


class _Loader(SafeLoader):
    """Reads `!Sub x` as `{"Fn::Sub": x}`, and so on for every short form."""


def _long_form(loader: SafeLoader, suffix: str, node: yaml.Node) -> Node:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            value: Node = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
    return {name: value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value}


_Loader.add_multi_constructor("!", _long_form)
# `Version: 2012-10-17` without quotes is a text to CloudFormation, a date to YAML.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Node:
    """Return the template with every function in its long form; it may have no parameters.

    Raises:
        Refused: it is no YAML, or no template, or holds a name twice.
    """
    try:
        whole = yaml.compose(path.read_text("utf-8"), _Loader)
        _refuse_twice(path, whole)
        found = _Loader("").construct_document(whole) if whole else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        why = " ".join(str(error).split())
        raise Refused(f"{str(path)!r} is not valid YAML: {why.rstrip('.^ ')}.") from None
    if not isinstance(found, dict):
        raise Refused(f"{str(path)!r} is no CloudFormation template: it has no Resources.")
    return found | {name: _entries(path, found, name) for name in ("Parameters", "Resources")}


def _refuse_twice(path: Path, whole: yaml.Node | None) -> None:
    """Refuse a mapping that holds a name twice: YAML would take the last one without a word."""
    nodes, seen = [whole], set[int]()
    while nodes:
        node = nodes.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
            continue
        names = set[str]()
        for name, value in node.value:
            nodes.append(value)
            if str(name.value) in names:
                raise Refused(
                    f"{name.value!r} stands twice in one place of {str(path)!r}, again in line "
                    f"{name.start_mark.line + 1}: leave one of them."
                )
            names.add(str(name.value))


def _entries(path: Path, found: Node, section: str) -> Node:
    """Return a section whose entries have names and are mappings themselves."""
    entries = found.get(section) or {}
    if not isinstance(entries, dict):
        raise Refused(f"{section} in {str(path)!r} is no mapping of names: look at its indents.")
    for name, each in entries.items():
        if not isinstance(each, dict) and not str(name).startswith("Fn::"):
            raise Refused(f"{name!r} in {section} of {str(path)!r} is {each!r}: indent it further.")
    return entries


def resource(template: Node, logical_id: str) -> Node:
    """Return a resource that these tools know by its logical id.

    Raises:
        Refused: the template has no such resource.
    """
    if logical_id in template["Resources"]:
        return template["Resources"][logical_id]
    raise Refused(
        f"template.yaml has no resource {logical_id!r}, and these tools know it by that name: give "
        "the resource its name back."
    )


def resolver(
    template: Node,
    values: Mapping[str, str],
    names: Mapping[str, object],
    attributes: Mapping[str, str],
) -> Resolver:
    """Return what resolves the template with these values of its parameters.

    `names` and `attributes`: what else `Ref` and `Fn::GetAtt` give, see `Resolver`.
    """
    return Resolver(
        {**_references(template, values), "AWS::NoValue": NO_VALUE, **names},
        attributes,
        template.get("Conditions", {}),
        template.get("Mappings", {}),
    )


def _references(template: Node, values: Mapping[str, str]) -> dict[str, object]:
    """Return what `Ref` gives for each parameter; that of a list is a list.

    A parameter of the type AWS::SSM::Parameter::Value is left out: CloudFormation looks it up.
    """
    types = {name: rules.get("Type", "") for name, rules in template["Parameters"].items()}
    return {
        name: value.split(",") if "List" in types.get(name, "") else value
        for name, value in values.items()
        if not types.get(name, "").startswith("AWS::SSM::")
    }


def variables(template: Node, resolver: Resolver) -> dict[str, str]:
    """Return the function's environment variables: the one list of its settings.

    What only a deployment knows is a placeholder; see `resolver.placeholders`.
    """
    every_function = template.get("Globals", {}).get("Function", {})
    function = resource(template, "Function")["Properties"]
    found: dict[str, str] = {}
    for properties in (every_function, function):
        given = resolver.value(properties.get("Environment", {}).get("Variables", {}))
        found |= {name: text(value) for name, value in given.items()}
    return found


def text(value: object) -> str:
    """Return a value as CloudFormation gives it to Lambda, where every variable is a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
