"""Fills in template.yaml: parameters, conditions and CloudFormation's intrinsic functions.

It knows the functions that the template uses and raises on any other; names that only a deployment
knows are given by the caller. What a function does: AWS CloudFormation User Guide,
intrinsic-function-reference.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jobs.errors import Refused

# A node of the template: text, number, list or dict, nested. CloudFormation gives it its shape.
Node = Any

NO_VALUE = object()
"""What `AWS::NoValue` becomes: the entry that holds it is left out."""


class _Loader(yaml.SafeLoader):
    """Reads `!Sub x` as `{"Fn::Sub": x}`, and so on for every short form."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Node:
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


def load(path: Path) -> Node:
    """Return the template with every function in its long form."""
    return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader


def parameters(template: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every parameter: the given one, or its default.

    Raises:
        Refused: a name is unknown, a value is missing or is not allowed.
    """
    declared = template["Parameters"]
    if unknown := sorted(given.keys() - declared.keys()):
        raise Refused(
            f"template.yaml has no parameter {unknown[0]!r}: it has {', '.join(sorted(declared))}."
        )
    return {name: _checked(name, rules, given) for name, rules in declared.items()}


def destinations(values: Mapping[str, str]) -> list[str]:
    """Return the buckets that the function may write to: the usual one, then the further ones."""
    arns = filter(None, values.get("FurtherDestinationBuckets", "").split(","))
    return list(dict.fromkeys([values["DestinationBucket"], *(arn.split(":")[5] for arn in arns)]))


def _checked(name: str, rules: Node, given: Mapping[str, str]) -> str:
    if name not in given and "Default" not in rules:
        raise Refused(f"The parameter {name!r} has no value: give --parameter {name}=...")
    value = given.get(name, str(rules.get("Default")))
    allowed = rules.get("AllowedValues", [value])
    if value not in allowed:
        raise Refused(f"The parameter {name} is {value!r}: use {' or '.join(allowed)}.")
    if rules["Type"] == "Number" and not value.isdecimal():
        raise Refused(f"The parameter {name} is {value!r}: it must be a whole number.")
    if len(value) > (most := rules.get("MaxLength", len(value))):
        raise Refused(f"The parameter {name} has {len(value)} characters: use {most} at most.")
    if not re.fullmatch(rules.get("AllowedPattern", "(?s:.*)"), value):
        raise Refused(f"The parameter {name} is {value!r}: it {rules['ConstraintDescription']}.")
    return value


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves nodes of one template.

    Attributes:
        names: what `Ref` gives: parameters, `AWS::...` and resources.
        attributes: what `Fn::GetAtt` gives, for instance `JobsBucket.Arn` to an ARN.
        conditions: the template's Conditions, unresolved.
    """

    names: Mapping[str, object]
    attributes: Mapping[str, str]
    conditions: Mapping[str, Node] = field(default_factory=dict)

    def value(self, node: Node) -> Node:
        """Return `node` with every function replaced by what it gives.

        Raises:
            KeyError: a name, or a function, that is not known here.
        """
        match node:
            case dict() if len(node) == 1 and re.match("Ref$|Fn::", next(iter(node))):
                ((name, argument),) = node.items()
                return self._functions()[name](argument)
            case dict():
                resolved = {key: self.value(each) for key, each in node.items()}
                return {key: each for key, each in resolved.items() if each is not NO_VALUE}
            case list():
                return [each for each in map(self.value, node) if each is not NO_VALUE]
        return node

    def holds(self, condition: str) -> bool:
        """Return True when the template's condition of that name holds."""
        return bool(self.value(self.conditions[condition]))

    def _functions(self) -> Mapping[str, Callable[[Node], Node]]:
        return {
            "Ref": self.names.__getitem__,
            "Fn::GetAtt": lambda node: self.attributes[".".join(node)],
            "Fn::Sub": self._sub,
            "Fn::Join": lambda node: node[0].join(self.value(node[1])),
            "Fn::Split": lambda node: self.value(node[1]).split(node[0]),
            "Fn::Select": lambda node: self.value(node[1])[int(node[0])],
            "Fn::If": lambda node: self.value(node[1 if self.holds(node[0]) else 2]),
            "Fn::Equals": lambda node: len({str(self.value(each)) for each in node}) == 1,
            "Fn::Not": lambda node: not self.value(node[0]),
        }

    def _sub(self, node: Node) -> str:
        text, local = node if isinstance(node, list) else (node, {})

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            if name in local:
                return str(self.value(local[name]))
            return str(self.names[name] if name in self.names else self.attributes[name])

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", filled, text)
