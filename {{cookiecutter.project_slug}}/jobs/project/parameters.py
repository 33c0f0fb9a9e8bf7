"""The parameters of template.yaml: their values, checked by the rules that it states for them."""

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping

from jobs.errors import Refused
from jobs.project import samconfig
from jobs.project.resolver import Node
from jobs.project.template import text

EXAMPLES = {
    "SourceBucket": "amzn-s3-demo-source-bucket",
    "DestinationBucket": "amzn-s3-demo-destination-bucket",
}
"""For a samconfig.toml that names no buckets. AWS keeps these names for examples."""

PLAIN_TYPES = frozenset({"String", "Number"})
"""Of lists, and of what CloudFormation looks up, the rules are about other texts than the value."""


def values(template: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every parameter: the given one, or its default.

    Raises:
        Refused: a name is unknown, a value is missing or is not allowed.
    """
    declared = template["Parameters"]
    refuse_unknown(declared, given)
    found = {**_defaults(template), **given}
    for name in declared:
        if name not in found:
            raise Refused(f"The parameter {name!r} has no value: give --parameter {name}=...")
        _check(name, declared[name], found[name])
    return {name: found[name] for name in declared}


def of_this_project(template: Node) -> dict[str, str]:
    """Return what `stated` knows of the parameters by this project's samconfig.toml, checked.

    Raises:
        Refused: a name is unknown, or a value is not allowed.
    """
    given = samconfig.parameters(samconfig.PATH)
    declared = template["Parameters"]
    refuse_unknown(declared, given)
    found = stated(template, given)
    for name in declared:
        if name in found:
            _check(name, declared[name], found[name])
    return found


def stated(template: Node, given: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of the parameters without a deployment: given, default or example.

    What no answer of Cookiecutter has replaced yet in samconfig.toml says nothing.
    """
    said = {name: value for name, value in given.items() if "{{" not in value}
    return EXAMPLES | _defaults(template) | said


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


def destinations(values: Mapping[str, str]) -> list[str]:
    """Return the buckets that the function may write to: the usual one, then the further ones."""
    arns = filter(None, values.get("FurtherDestinationBuckets", "").split(","))
    return list(dict.fromkeys([values["DestinationBucket"], *(arn.split(":")[5] for arn in arns)]))


def finite(value: str) -> float | None:
    """Return a parameter's value as a number; None: it is none, as `nan` and `inf` are none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _defaults(template: Node) -> dict[str, str]:
    rules = template["Parameters"]
    return {name: text(each["Default"]) for name, each in rules.items() if "Default" in each}


def _check(name: str, rules: Node, value: str) -> None:
    if rules.get("Type") not in PLAIN_TYPES:
        return
    allowed = [text(each) for each in rules.get("AllowedValues", [value])]
    if value not in allowed:
        raise Refused(f"The parameter {name} is {value!r}: use {' or '.join(allowed)}.")
    if rules["Type"] == "Number":
        _check_number(name, rules, value)
    if len(value) > (most := int(rules.get("MaxLength", len(value)))):
        raise Refused(f"The parameter {name} has {len(value)} characters: use {most} at most.")
    if not _matches(rules.get("AllowedPattern", "(?s:.*)"), value):
        why = rules.get("ConstraintDescription", f"must match {rules.get('AllowedPattern')}")
        raise Refused(f"The parameter {name} is {value!r}: it {why}.")


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
