"""The verb `report`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import new_file, terminal, where, which_job
from jobs.aws import uris
from jobs.aws.clients import connect
from jobs.errors import Refused
from jobs.estimate import job_plan
from jobs.report import athena, document, ended, failed_rows, page, reading, words
from jobs.report.reading import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.report.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str
    html: Path | None
    csv: Path | None
    cause: str | None
    does_reconcile: bool
    examples: int
    failed_only: bool
    force: bool
    as_json: bool
    as_athena: bool


@click.command("report", short_help="Say what came of a job, from its completion report.")
@click.argument("job", default=which_job.LAST)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a page: one file below 300 kB that loads nothing else.",
)
@click.option(
    "--csv",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the failed rows, with their causes and keys as people read them.",
)
@click.option("--cause", metavar="ID", help="Only the rows of this cause in --csv, such as C1.")
@click.option(
    "--reconcile",
    "does_reconcile",
    is_flag=True,
    help="Compare with the manifest, row by row: answered once, twice, never.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 100),
    default=3,
    show_default=True,
    metavar="N",
    help="Keys shown of each cause.",
)
@click.option(
    "--failed-only",
    is_flag=True,
    help="Read the files of failed rows only; what is done is then S3's own count.",
)
@click.option("--force", is_flag=True, help="Replace the files that --html and --csv name.")
@click.option(
    "--athena",
    "as_athena",
    is_flag=True,
    help="Print the SQL that asks Athena instead; fetch nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.place_options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Say what came of JOB: how many rows are done, how many failed and why, and what to do.

    JOB is an id, the beginning of one, or @last, the newest job of this stack. The place of a
    report's manifest.json, s3://..., or a folder that holds a report, serve as well.

    The verdict comes from the rows of the report, each file proven by its MD5, never from the
    counts that S3 keeps of a job.

    Exit code: 0 all done, 1 rows failed, 3 the job Failed or was Cancelled.
    """
    wish = Wish(**context.params)
    if wish.failed_only and wish.does_reconcile:
        raise Refused("--reconcile compares all rows, and --failed-only leaves some: give one.")
    if wish.cause and not wish.csv:
        raise Refused("--cause chooses the rows of --csv: give a file for them, too.")
    for path in filter(None, (wish.html, wish.csv)):
        new_file.refuse(path, force=wish.force)
    s3, job = _look(wish)
    if wish.as_athena:
        terminal.out(_athena(wish, job))
        return
    result = _report(wish, Source(s3, job, wish.job))
    if wish.html:
        known = job_plan.of(s3, job) if s3 and job else None
        page.write(replace(result, plan=known), wish.html)
    terminal.out(
        terminal.as_json(document.document(result)) if wish.as_json else words.text(result)
    )
    context.exit(result.exit_code)


def _report(wish: Wish, source: Source) -> Result:
    """Read the report and write the files that were asked for."""
    with reading.opened(
        source,
        does_reconcile=wish.does_reconcile,
        failed_only=wish.failed_only,
        examples=wish.examples,
    ) as read:
        if wish.csv:
            failed_rows.write(read, wish.csv, wish.cause)
        return read.result


def _look(wish: Wish) -> tuple[S3Client | None, JobDescriptorTypeDef | None]:
    if wish.job.startswith(uris.SCHEME):
        return connect(wish.region).s3, None
    if wish.job and Path(wish.job).exists():
        return None, None
    if Path(wish.job).name != wish.job:
        raise Refused(
            f"{wish.job!r} is no folder, and no job: give a job's id or a report's place."
        )
    place = where.place(wish)
    return place.clients.s3, which_job.find(place, wish.job)


def _athena(wish: Wish, job: JobDescriptorTypeDef | None) -> str:
    if job:
        ended.check(job)
    uri = ended.report_uri(job) if job else wish.job
    if not (uri and uri.startswith(uris.SCHEME)):
        raise Refused(f"Athena reads s3://, not {wish.job!r}: give a job or the s3:// place.")
    return athena.statements(uri, job["JobId"] if job else None)
