"""The option --config-env of every verb: the environment of samconfig.toml, as for sam."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from jobs.project.samconfig import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def option(*, expose: bool = True) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option, which counts for whatever reads samconfig.toml while the verb runs.

    With `expose` the command gets its value, too.
    """
    return click.option(
        "--config-env",
        metavar="NAME",
        envvar=ENVIRONMENT_VARIABLE,
        show_envvar=True,
        is_eager=True,
        callback=_choose,
        expose_value=expose,
        help="The environment of samconfig.toml, as for sam.",
    )


def _choose(context: click.Context, _option: click.Parameter, chosen: str | None) -> str | None:
    """Set the variable until the verb ends: whoever reads the file need not be told."""
    if chosen:
        set_variables(context, {ENVIRONMENT_VARIABLE: chosen})
    return chosen


def set_variables(context: click.Context, variables: Mapping[str, str]) -> None:
    """Set variables of this process until the verb ends."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)

    def restore() -> None:
        for name, text in before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text

    context.call_on_close(restore)
