"""What a deployment would give the function: its variables, timeout and buckets.

From template.yaml and samconfig.toml of this project, as `sam deploy` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.local.engine.engine import ACCOUNT
from jobs.project import samconfig, template
from jobs.project.resolver import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    resolver = template.resolver(whole, values, NAMES, {})
    every_function = whole.get("Globals", {}).get("Function", {})
    function = {**every_function, **template.resource(whole, "Function")["Properties"]}
    level = resolver.value(function.get("LoggingConfig", {}).get("ApplicationLogLevel", "INFO"))
    return Deployed(
        handler=str(function["Handler"]),
        timeout=float(resolver.value(function.get("Timeout", 3))),
        log_level=str(level),
        variables=template.variables(whole, resolver),
        source=values["SourceBucket"],
        destinations=tuple(template.destinations(values)),
    )


def _parameters(whole: Mapping[str, Any]) -> dict[str, str]:
    """Return the value of every parameter; without value and default: an example, or its name."""
    given = samconfig.parameters(samconfig.PATH)
    rules = whole["Parameters"]
    template.refuse_unknown(rules, given)
    stated = template.stated(whole, given)
    known = {name: stated[name] for name in rules if name in stated}
    template.parameters({"Parameters": {name: rules[name] for name in known}}, known)
    return {name: name for name in rules} | stated
