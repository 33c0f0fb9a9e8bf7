"""The verb `retry`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from jobs import which_job
from jobs.again import options, rows, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(options.Wish):
    """What was asked; the options' help says more."""

    cause: tuple[str, ...]


@click.command("retry", short_help="Make a manifest of the rows that failed, and run it.")
@click.argument("job", default=which_job.LAST)
@click.option(
    "--cause",
    metavar="ID",
    multiple=True,
    help="Only the rows of this cause, as report names it: C1. Repeatable.",
)
@options.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Write the rows of JOB that failed as a manifest, byte for byte as they were.

    With --submit a job like the first one runs it: the same function version, arguments, report
    place, priority and tags. It waits for confirm.
    """
    wish = Wish(**context.params)
    begun = options.begin("retry", wish)
    running.run(
        begun,
        lambda opened: rows.chosen(
            opened,
            rows.failed(opened, wish.cause),
            told=f"job {begun.name}: {opened.result.summary.failed:,} failed.",
            nothing="no row failed, there is nothing to retry.",
        ),
        needs_successes=False,
    )
