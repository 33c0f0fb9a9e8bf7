"""The option --config-env of every verb: the environment of samconfig.toml, as for sam."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from jobs.project.samconfig import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable


def option(*, expose: bool = True) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option, which counts for whatever reads samconfig.toml while the verb runs.

    Args:
        expose: the command gets its value, too.
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
    before = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen and chosen != before:
        os.environ[ENVIRONMENT_VARIABLE] = chosen
        context.call_on_close(lambda: _restore(before))
    return chosen


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(ENVIRONMENT_VARIABLE, None)
    else:
        os.environ[ENVIRONMENT_VARIABLE] = before
