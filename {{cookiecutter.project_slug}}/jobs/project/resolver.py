"""CloudFormation's intrinsic functions: what they make of parameters, conditions and names.

What only a deployment knows (a resource's generated name, an export of another stack) and every
function that is not known here becomes a placeholder, such as `<!GetAtt Table.Arn>`: an author's
template may hold anything that CloudFormation takes. What a function does: AWS CloudFormation User
Guide, intrinsic-function-reference.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# A node of the template: text, number, list or dict, nested. CloudFormation gives it its shape.
Node = Any

NO_VALUE = object()
"""What `AWS::NoValue` becomes: the entry that holds it is left out."""

PLACEHOLDER = re.compile("<![^<>]+>")
"""Neither an ARN nor the name of a resource can hold these brackets."""


def placeholders(text: str) -> list[str]:
    """Return the placeholders in `text`, each once, in their order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves nodes of one template.

    Attributes:
        names: what `Ref` gives: parameters, `AWS::...` and resources.
        attributes: what `Fn::GetAtt` gives, for instance `JobsBucket.Arn` to an ARN.
        conditions: the template's Conditions, unresolved.
        mappings: the template's Mappings.
    """

    names: Mapping[str, object]
    attributes: Mapping[str, str]
    conditions: Mapping[str, Node] = field(default_factory=dict)
    mappings: Mapping[str, Node] = field(default_factory=dict)

    def value(self, node: Node) -> Node:
        """Return `node` with every function replaced by what it gives, or by a placeholder."""
        match node:
            case dict() if len(node) == 1 and re.match("(Ref|Condition)$|Fn::", next(iter(node))):
                ((name, argument),) = node.items()
                if name == "Condition" and not isinstance(argument, str):
                    return {name: self.value(argument)}  # the element of an IAM statement
                try:
                    return self._functions()[name](argument)
                except (AttributeError, LookupError, TypeError, ValueError):
                    is_name = name == "Fn::ImportValue"  # it may be made of parameters
                    return _placeholder(name, self.value(argument) if is_name else argument)
            case dict():
                resolved = {key: self.value(each) for key, each in node.items()}
                return {key: each for key, each in resolved.items() if each is not NO_VALUE}
            case list():
                return [each for each in map(self.value, node) if each is not NO_VALUE]
        return node

    def holds(self, condition: str) -> bool:
        """Return True when the template's condition of that name holds.

        Raises:
            KeyError: the template has no such condition.
        """
        return self.value(self.conditions[condition]) is True

    def _functions(self) -> Mapping[str, Callable[[Node], Node]]:
        return {
            "Ref": self.names.__getitem__,
            "Condition": self.holds,
            "Fn::GetAtt": lambda node: self.attributes[".".join(node)],
            "Fn::Sub": self._sub,
            "Fn::Join": lambda node: node[0].join(self._list(node[1])),
            "Fn::Split": lambda node: self._known(node[1]).split(node[0]),
            "Fn::Select": lambda node: self._list(node[1])[int(self.value(node[0]))],
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": lambda node: self.value(node[1 if self.holds(node[0]) else 2]),
            "Fn::Equals": lambda node: len({str(self.value(each)) for each in node}) == 1,
            "Fn::Not": lambda node: not self.value(node[0]),
            "Fn::And": lambda node: all(map(self.value, node)),
            "Fn::Or": lambda node: any(map(self.value, node)),
        }

    def _list(self, node: Node) -> list[Node]:
        found = self.value(node)
        if not isinstance(found, list):
            raise TypeError(f"no list: {found!r}")
        return found

    def _known(self, node: Node) -> str:
        """Return a text without a placeholder: what is cut out of one would mean nothing."""
        found = self.value(node)
        if placeholders(found):
            raise ValueError(f"not known: {found!r}")
        return str(found)

    def _find_in_map(self, node: Node) -> Node:
        name, top, second = map(self.value, node[:3])
        return self.mappings[name][top][second]

    def _sub(self, node: Node) -> str:
        text, local = node if isinstance(node, list) else (node, {})

        def filled(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):  # ${!Literal} is the text ${Literal}
                return f"${{{name[1:]}}}"
            if name in local:
                return str(self.value(local[name]))
            if name in self.names:
                return str(self.names[name])
            function = "Fn::GetAtt" if "." in name else "Ref"
            return str(self.value({function: name.split(".", 1) if "." in name else name}))

        return re.sub(r"\$\{([^{}]+)\}", filled, text)


def _placeholder(function: str, argument: Node) -> str:
    """Return for instance `<!GetAtt Table.Arn>`."""
    match argument:
        case str():
            words = argument
        case list() if all(isinstance(each, str) for each in argument):
            words = (".".join if function == "Fn::GetAtt" else " ".join)(argument)
        case _:
            words = json.dumps(argument, default=str)
    return "<!" + re.sub("[<>]", "", f"{function.removeprefix('Fn::')} {words}") + ">"
