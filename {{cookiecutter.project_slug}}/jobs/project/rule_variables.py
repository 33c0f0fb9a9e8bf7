"""The function's variables in this process: the rename rule of task.py may read them.

Without them a rule that reads its own variable would give other names here than on AWS, and what
check says of those names would say nothing of the job.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from jobs.project import config_env, parameters, samconfig, template
from jobs.project.resolver import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

DEPLOYED = "jobs.project.rule_variables.deployed"
IS_SET = "jobs.project.rule_variables.is_set"
OF_THIS_PROCESS = frozenset({"HOME", "PATH"})
"""Where the SDK finds credentials, and what makes them: many a function says HOME=/tmp."""


def of_this_project() -> dict[str, str]:
    """Return what template.yaml and samconfig.toml say, but for what only a deployment knows."""
    whole = template.load(template.PATH)
    values = parameters.stated(whole, samconfig.parameters(samconfig.PATH))
    found = template.variables(whole, template.resolver(whole, values, {}, {}))
    return {name: value for name, value in found.items() if not placeholders(value)}


def remember(variables: Mapping[str, str]) -> None:
    """Keep the variables of the deployed version for this verb: they count more than all others."""
    if context := click.get_current_context(silent=True):
        context.meta[DEPLOYED] = dict(variables)
        context.meta.pop(IS_SET, None)


def set_for_this_verb() -> None:
    """Set the variables until the verb ends, but for those that the SDK and its HTTP client read.

    The deployed ones, where they are known, replace what the shell says; those of this project,
    which count only where nothing deployed is known, do not. Outside a verb, where nothing would
    put them back, nothing is set. The files are read once for a verb.
    """
    context = click.get_current_context(silent=True)
    if context is None or IS_SET in context.meta:
        return
    context.meta[IS_SET] = True
    deployed = context.meta.get(DEPLOYED)
    told = {**os.environ, **deployed} if deployed else {**of_this_project(), **os.environ}
    told = {name: value for name, value in told.items() if not _is_of_this_process(name)}
    config_env.set_variables(context, told)


def _is_of_this_process(name: str) -> bool:
    is_proxy = name.lower().endswith("_proxy")
    return name.startswith("AWS_") or is_proxy or name in OF_THIS_PROCESS
