"""The function's variables in this process: the rename rule of task.py may read them.

Without them a rule that reads its own variable would give other names here than on AWS, and what
check says of those names would say nothing of the job.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from jobs.project import samconfig, template
from jobs.project.resolver import NO_VALUE, Resolver, placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping


def of_this_project() -> dict[str, str]:
    """Return what template.yaml and samconfig.toml say, but for what only a deployment knows."""
    whole = template.load(template.PATH)
    rules = whole["Parameters"]
    values = {name: str(each["Default"]) for name, each in rules.items() if "Default" in each}
    given = samconfig.parameters(samconfig.PATH)
    values = template.EXAMPLES | values | {k: v for k, v in given.items() if "{{" not in v}
    names = {**template.references(whole, values), "AWS::NoValue": NO_VALUE}
    resolver = Resolver(names, {}, whole.get("Conditions", {}), whole.get("Mappings", {}))
    found = template.variables(whole, resolver)
    return {name: value for name, value in found.items() if not placeholders(value)}


def tell(variables: Mapping[str, str], *, over: bool) -> None:
    """Set the variables until the verb ends; those of the SDK and of proxies are this process's.

    Args:
        variables: names to values.
        over: replace what the shell says, too.
    """
    told = {
        name: value
        for name, value in variables.items()
        if not (name.startswith("AWS_") or name.lower().endswith("_proxy"))
        and (over or name not in os.environ)
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    if context := click.get_current_context(silent=True):
        context.call_on_close(lambda: _restore(before))


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
