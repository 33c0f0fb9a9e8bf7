"""The verb `retry`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from jobs import terminal, where
from jobs.again import options, rows, writing
from jobs.aws import joblist
from jobs.report import fetch, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(options.Wish):
    """What was asked; the options' help says more."""

    cause: tuple[str, ...]


@click.command("retry", short_help="Make a manifest of the rows that failed, and run it.")
@click.argument("job", default=where.LAST)
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
    place, job = options.begin(wish)
    path = options.path(wish, "retry", job)
    writing.refuse_existing(path, force=wish.force)
    with tempfile.TemporaryDirectory(prefix="jobs-retry-", dir=path.resolve().parent) as temporary:
        folder = Path(temporary)
        source = reading.Source(place.clients.s3, job, folder)
        with reading.opened(source, does_reconcile=True) as opened:
            rows.check_whole(opened, needs_successes=False)
            query = rows.failed(opened, wish.cause)
            if not rows.count(opened.connection, query):
                terminal.out(f"job {fetch.short(job)}: no row failed, there is nothing to retry.")
                return
            written = writing.write(
                opened.connection,
                query,
                path,
                writing.doing(joblist.arguments(job), wish.config_env),
                folder,
                versions=opened.has_versions,
            )
            told = f"job {fetch.short(job)}: {opened.result.summary.failed:,} failed."
    options.end(wish, "retry", place, job, written, told)
