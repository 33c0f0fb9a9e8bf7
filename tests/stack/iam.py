"""Decides as IAM does whether statements allow a request: only what this stack's policies use.

Everything else raises: an element, operator or policy variable that is not understood must never
count as harmless. How IAM decides: IAM User Guide, reference_policies_evaluation-logic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Statement = dict[str, Any]

KNOWN_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})


@dataclass(frozen=True, slots=True)
class Request:
    """What a principal asks for: one action on one ARN, with the condition keys that AWS sends."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


def is_allowed(statements: Sequence[Statement], request: Request) -> bool:
    """Return True when some statement allows the request and none denies it."""
    effects = {statement["Effect"] for statement in _applying(statements, request)}
    if not effects <= {"Allow", "Deny"}:
        raise NotImplementedError(f"effects {sorted(effects)}")
    return effects == {"Allow"}


def _applying(statements: Sequence[Statement], request: Request) -> Iterator[Statement]:
    for statement in statements:
        if unknown := statement.keys() - KNOWN_ELEMENTS:
            raise NotImplementedError(f"{sorted(unknown)} in {statement}")
        conditions_hold = _conditions_hold(statement.get("Condition", {}), request.context)
        if (
            any(
                _matches(each.lower(), request.action.lower())
                for each in listed(statement["Action"])
            )
            and any(_matches(each, request.resource) for each in listed(statement["Resource"]))
            and conditions_hold
        ):
            yield statement


def listed(value: str | list[str]) -> list[str]:
    """Return a policy's value, which may be one text or a list, as a list."""
    return [value] if isinstance(value, str) else value


def _matches(pattern: str, value: str) -> bool:
    return bool(_compiled(pattern).fullmatch(value))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` is any text, `?` one character (IAM User Guide, reference_policies_elements_resource)."""
    if "${" in pattern:
        raise NotImplementedError(f"a policy variable in {pattern!r}")
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(each, re.escape(each)) for each in pattern), re.DOTALL)


# All of these are false when the request has no such key (IAM User Guide,
# reference_policies_elements_condition_operators).
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnLike": _matches,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "StringEquals": lambda wanted, value: wanted == value,
    "StringLike": _matches,
}


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> bool:
    """All operators and keys must hold; of a key's values one is enough."""
    if unknown := conditions.keys() - OPERATORS.keys():
        raise NotImplementedError(f"condition operators {sorted(unknown)}")
    return all(
        key in given and any(OPERATORS[operator](each, given[key]) for each in listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )
