"""Notices before a job that what was edited here is not what the job would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jobs.errors import Refused
from jobs.project import PROJECT, build

if TYPE_CHECKING:
    from jobs.submit.versions import Version


def check(version: Version, *, refuse: bool) -> None:
    """Say on stderr what was edited and is not deployed, if anything.

    Args:
        version: the one that the job runs, of this project's stack.
        refuse: raise instead, as for a job that would delete.

    Raises:
        Refused: something was, and `refuse` is set.
    """
    if not version.code_sha256:
        return
    if said := build.outdated(PROJECT, version.code_sha256, version.modified):
        if refuse:
            raise Refused(f"{said} Or rename with the code that is deployed: give --yes.")
        click.echo(said, err=True)
