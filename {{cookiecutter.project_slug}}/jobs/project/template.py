"""Reads template.yaml: its parameters with their rules, and the variables of its function.

An author's template may hold more than ours: what is not needed here is not looked at.
"""

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping
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

EXAMPLES = {
    "SourceBucket": "amzn-s3-demo-source-bucket",
    "DestinationBucket": "amzn-s3-demo-destination-bucket",
}
"""For a samconfig.toml that names no buckets. AWS keeps these names for examples."""


PLAIN_TYPES = frozenset({"String", "Number"})
"""Of lists, and of what CloudFormation looks up, the rules are about other texts than the value."""


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


def parameters(template: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every parameter: the given one, or its default.

    Raises:
        Refused: a name is unknown, a value is missing or is not allowed.
    """
    declared = template["Parameters"]
    refuse_unknown(declared, given)
    return {name: _checked(name, rules, given) for name, rules in declared.items()}


def stated(template: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of the parameters without a deployment: given, default or example.

    What no answer of Cookiecutter has replaced yet in samconfig.toml says nothing.
    """
    rules = template["Parameters"]
    defaults = {name: _text(each["Default"]) for name, each in rules.items() if "Default" in each}
    return EXAMPLES | defaults | {name: text for name, text in given.items() if "{{" not in text}


def refuse_unknown(
    declared: Collection[str], given: Iterable[str], place: str = "samconfig.toml"
) -> None:
    """Raise Refused for a given parameter that is not declared.

    `sam deploy` leaves it out without a word, so that what was meant has its default. `place` is
    where it was given.
    """
    for name in sorted(set(given) - set(declared)):
        like = difflib.get_close_matches(name, declared, 1)
        cure = f"write {like[0]!r} in" if like else "take it out of"
        raise Refused(f"template.yaml has no parameter {name!r}: {cure} {place}.")


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


def destinations(values: Mapping[str, str]) -> list[str]:
    """Return the buckets that the function may write to: the usual one, then the further ones."""
    arns = filter(None, values.get("FurtherDestinationBuckets", "").split(","))
    return list(dict.fromkeys([values["DestinationBucket"], *(arn.split(":")[5] for arn in arns)]))


def variables(template: Node, resolver: Resolver) -> dict[str, str]:
    """Return the function's environment variables: the one list of its settings.

    What only a deployment knows is a placeholder; see `resolver.placeholders`.
    """
    every_function = template.get("Globals", {}).get("Function", {})
    function = resource(template, "Function")["Properties"]
    found: dict[str, str] = {}
    for properties in (every_function, function):
        given = resolver.value(properties.get("Environment", {}).get("Variables", {}))
        found |= {name: _text(value) for name, value in given.items()}
    return found


def _text(value: object) -> str:
    """Return a value as CloudFormation gives it to Lambda, where every variable is a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def finite(value: str) -> float | None:
    """Return a parameter's value as a number; None: it is none, as `nan` and `inf` are none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _checked(name: str, rules: Node, given: Mapping[str, str]) -> str:
    if name not in given and "Default" not in rules:
        raise Refused(f"The parameter {name!r} has no value: give --parameter {name}=...")
    value = given.get(name, _text(rules.get("Default")))
    if rules.get("Type") not in PLAIN_TYPES:
        return value
    allowed = [_text(each) for each in rules.get("AllowedValues", [value])]
    if value not in allowed:
        raise Refused(f"The parameter {name} is {value!r}: use {' or '.join(allowed)}.")
    if rules["Type"] == "Number":
        _check_number(name, rules, value)
    if len(value) > (most := int(rules.get("MaxLength", len(value)))):
        raise Refused(f"The parameter {name} has {len(value)} characters: use {most} at most.")
    if not _matches(rules.get("AllowedPattern", "(?s:.*)"), value):
        why = rules.get("ConstraintDescription", f"must match {rules.get('AllowedPattern')}")
        raise Refused(f"The parameter {name} is {value!r}: it {why}.")
    return value


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:  # of Java alone, as \p{Alnum}: CloudFormation will say
        return True


def _check_number(name: str, rules: Node, value: str) -> None:
    number = finite(value)
    if number is None:
        raise Refused(f"The parameter {name} is {value!r}: it must be a number.")
    if number < float(rules.get("MinValue", number)):
        raise Refused(f"The parameter {name} is {value!r}: use {rules['MinValue']} at least.")
    if number > float(rules.get("MaxValue", number)):
        raise Refused(f"The parameter {name} is {value!r}: use {rules['MaxValue']} at most.")
