"""The verb `resume`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from jobs import which_job
from jobs.again import options, rows, running
from jobs.report import ended

if TYPE_CHECKING:
    from jobs.again.rows import Chosen
    from jobs.report.reading import Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(options.Wish):
    """What was asked; the options' help says more."""

    failed: bool


@click.command("resume", short_help="Make a manifest of the rows that never ran, and run it.")
@click.argument("job", default=which_job.LAST)
@click.option("--failed", is_flag=True, help="The rows that failed, too.")
@options.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Write a manifest of the rows without an answer of a JOB that was cancelled or failed.

    With --submit a job like the first one runs it: the same function version, arguments, report
    place, priority and tags. It waits for confirm.
    """
    wish = Wish(**context.params)
    begun = options.begin("resume", wish)

    def choose(opened: Open) -> Chosen:
        result = opened.result
        answered, failed = result.summary.rows, result.summary.failed
        return rows.chosen(
            opened,
            rows.unanswered(opened, with_failed=wish.failed),
            told=f"job {begun.name} {ended.was(begun.job)}: {answered:,} of "
            f"{answered + result.unanswered:,} answered ({failed:,} failed).",
            nothing="every row has an answer, there is nothing to resume.",
        )

    running.run(begun, choose)
