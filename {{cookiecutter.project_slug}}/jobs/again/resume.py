"""The verb `resume`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import terminal, where
from jobs.again import options, rows, writing
from jobs.aws import joblist
from jobs.report import fetch, reading

if TYPE_CHECKING:
    from jobs.report.reading import Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(options.Wish):
    """What was asked; the options' help says more."""

    failed: bool


@click.command("resume", short_help="Make a manifest of the rows that never ran, and run it.")
@click.argument("job", default=where.LAST)
@click.option("--failed", is_flag=True, help="The rows that failed, too.")
@options.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Write the rows of JOB that have no answer as a manifest: it was cancelled, or it failed.

    With --submit a job like the first one runs it: the same function version, arguments, report
    place, priority and tags. It waits for confirm.
    """
    wish = Wish(**context.params)
    place, job = options.begin(wish)
    path = options.path(wish, "resume", job)
    writing.refuse_existing(path, force=wish.force)
    with tempfile.TemporaryDirectory(prefix="jobs-resume-", dir=path.resolve().parent) as temporary:
        folder = Path(temporary)
        source = reading.Source(place.clients.s3, job, folder)
        with reading.opened(source, does_reconcile=True, no_report_is_empty=True) as opened:
            rows.check_whole(opened, needs_successes=True)
            query = rows.unanswered(opened, with_failed=wish.failed)
            if not rows.count(opened.connection, query):
                terminal.out(
                    f"job {fetch.short(job)}: every row has an answer, there is nothing to resume."
                )
                return
            written = writing.write(
                opened.connection,
                query,
                path,
                writing.doing(joblist.arguments(job), wish.config_env),
                folder,
                versions=opened.has_versions,
            )
            told = _told(opened)
    options.end(wish, "resume", place, job, written, told)


def _told(opened: Open) -> str:
    result = opened.result
    answered = result.summary.rows
    total = answered + result.unanswered
    return (
        f"job {result.name} {fetch.was(result.job) if result.job else 'ended'}: {answered:,} of "
        f"{total:,} answered ({result.summary.failed:,} failed)."
    )
