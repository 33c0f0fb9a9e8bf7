"""What a deployment would give the function: its variables, timeout and buckets.

From template.yaml and samconfig.toml of this project, as `sam deploy` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.local.engine.engine import ACCOUNT
from jobs.project import samconfig, template
from jobs.project.resolver import NO_VALUE, Resolver, placeholders
from jobs.project.template import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

JOBS = "jobs"
"""The bucket of manifests and reports, whose name AWS would make up."""


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
    values = _parameters(whole)
    resolver = _resolver(whole, values)
    every_function = whole.get("Globals", {}).get("Function", {})
    function = {**every_function, **template.resource(whole, "Function")["Properties"]}
    level = resolver.value(function.get("LoggingConfig", {}).get("ApplicationLogLevel", "INFO"))
    return Deployed(
        handler=str(function["Handler"]),
        timeout=float(resolver.value(function.get("Timeout", 3))),
        log_level=str(level),
        variables=template.variables(whole, resolver),
        source=values.get("SourceBucket", EXAMPLES["SourceBucket"]),
        destinations=tuple(template.destinations(EXAMPLES | values)),
    )


def _parameters(whole: Mapping[str, Any]) -> dict[str, str]:
    """Return the value of every parameter; without value and default: an example, or its name."""
    given = samconfig.parameters(samconfig.PATH)
    # The template itself, before it is generated, has answers that nobody has given yet.
    given = {name: value for name, value in given.items() if "{{" not in value}
    declared = whole["Parameters"]
    without = {name for name in declared.keys() - given.keys() if "Default" not in declared[name]}
    known = {name: rules for name, rules in declared.items() if name not in without}
    made_up = {name: EXAMPLES.get(name, name) for name in without}
    return made_up | template.parameters({**whole, "Parameters": known}, given)


def _resolver(whole: Mapping[str, Any], values: Mapping[str, str]) -> Resolver:
    names: dict[str, object] = {
        **template.references(whole, values),
        "AWS::AccountId": ACCOUNT,
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::StackName": "local",
        "AWS::URLSuffix": "amazonaws.com",
        "JobsBucket": JOBS,
    }
    return Resolver(names, {}, whole.get("Conditions", {}), whole.get("Mappings", {}))
