"""The verb `undo`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import new_file, terminal, which_job
from jobs.again import options, rights, rows, undoing, writing
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.report import failed_rows, fetch, reading

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.again.undoing import Plan
    from jobs.report.reading import Open
    from jobs.where import Place

LEFT_OUT = ".left-out.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(options.Wish):
    """What was asked; the options' help says more."""

    already: bool
    bucket: str | None
    list_file: Path | None


@click.command("undo", short_help="Make a manifest that takes the renames of a job back.")
@click.argument("job", default=which_job.LAST)
@click.option(
    "--already",
    is_flag=True,
    help="Take back, too, what an earlier delivery or job renamed, which was never compared.",
)
@click.option("--bucket", metavar="BUCKET", help="Take back only what is in this bucket now.")
@click.option(
    "--list",
    "list_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Of a copy: write bucket, key and version of each copy that the job made, and no more.",
)
@options.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Write a manifest that renames the objects of JOB back, as far as its report proves each.

    A row is left out, counted and listed with the reason when its message was cut, names another
    place than the row or the rule, or tells of an identical copy that was there before.

    Version ids, dates and what overwrite=always replaced do not come back. Copies are not deleted
    by these tools: --list writes which there are.
    """
    wish = Wish(**context.params)
    place, job = options.begin(wish)
    _refuse_other(wish, job)
    path = wish.list_file or options.path(wish, "undo", job)
    left_out = path.with_name(path.name.removesuffix(".csv") + LEFT_OUT)
    for each in (path,) if wish.list_file else (path, left_out):
        new_file.refuse(each, force=wish.force)
    with tempfile.TemporaryDirectory(prefix="jobs-undo-", dir=path.resolve().parent) as temporary:
        source = reading.Source(place.clients.s3, job, Path(temporary))
        with reading.opened(source, does_reconcile=True) as opened:
            rows.check_whole(opened, needs_successes=True)
            if wish.list_file:
                _list(opened, job, path, source.folder)
                return
            plan = undoing.prepare(
                opened.connection,
                joblist.arguments(job),
                source.folder,
                already=wish.already,
                bucket=wish.bucket,
            )
            bucket = undoing.one_bucket(opened.connection)
            elsewhere = _elsewhere(wish, place, bucket, path, plan) if bucket else ()
            _say(plan)
            if not plan.rows:
                _list_left_out(opened, plan, left_out)
                why = "there is nothing that can be taken back."
                options.say_nothing_to_do(wish, "undo", job, why)
                return
            written = writing.write(
                opened.connection,
                undoing.manifest_query(),
                path,
                writing.doing(_arguments(job), wish.config_env),
                source.folder,
                versions=plan.versions,
            )
            _list_left_out(opened, plan, left_out)
    told = f"job {fetch.short(job)}: {plan.rows:,} of {opened.result.summary.done.all:,} renames."
    options.end(wish, "undo", place, job, written, told, _arguments(job), elsewhere)


def _refuse_other(wish: Wish, job: JobDescriptorTypeDef) -> None:
    """Refuse what has no way back, and --list of a rename, whose objects are no copies.

    A job that does not say its operation may have renamed: its report says so, row by row.
    """
    name, operation = fetch.short(job), joblist.operation(job)
    if joblist.function_of(job) is None:
        raise Refused(f"Job {name} is {operation}: only what this function did can be undone.")
    if operation == "copy" and wish.list_file is None:
        raise Refused(
            f"Job {name} renamed nothing, so there is nothing to take back: undo {name} --list "
            "FILE writes the copies that it made."
        )
    if operation == "rename" and wish.list_file is not None:
        raise Refused(
            f"Job {name} is a rename, and --list writes the copies of a copy: leave it out, and "
            "undo makes the manifest of the way back."
        )
    others = (wish.does_submit, wish.output, wish.already, wish.bucket, wish.latest, wish.as_json)
    if wish.list_file and any(others):
        raise Refused(
            "--list writes that file and no more: leave out --submit, --output, --already, "
            "--bucket, --latest and --json."
        )


def _elsewhere(wish: Wish, place: Place, bucket: str, path: Path, plan: Plan) -> tuple[str, ...]:
    """Return what deploys a function that can, and runs the rows there; empty: no need.

    Raises:
        Refused: there is need, and --submit was given.
    """
    rows_of = terminal.pasted(str(path)) + " --versioned" * plan.versions
    steps = rights.steps(place, wish, bucket, rows_of)
    if steps and wish.does_submit:
        listed = "\n  ".join(steps)
        raise Refused(f"Undo without --submit first. {rights.WHY}\n  {listed}")
    return steps


def _arguments(job: JobDescriptorTypeDef) -> dict[str, str]:
    """Return the arguments of the way back: nothing is replaced, each row names its place."""
    kept = {"operation": "rename", "overwrite": "never"}
    bucket = joblist.arguments(job).get("destinationBucket")
    # An empty one means the bucket of the objects; left out it would be the deployment's.
    return kept | ({} if bucket is None else {"destinationBucket": bucket})


def _list(opened: Open, job: JobDescriptorTypeDef, path: Path, folder: Path) -> None:
    undoing.prepare(opened.connection, joblist.arguments(job), folder, already=False)
    query = undoing.copies_query()
    number = rows.count(opened.connection, query)
    failed_rows.copy(opened.connection, query, path, "HEADER")
    if others := opened.result.summary.done.now - number:
        terminal.say(f"left out {others:,}: the report does not prove where the copy is")
    terminal.out(
        f"{terminal.shown(str(path))}: {number:,} copies of "
        f"job {fetch.short(job)}. These tools delete nothing: use a lifecycle rule or "
        "DeleteObjects."
    )


def _say(plan: Plan) -> None:
    if 0 < plan.unversioned < plan.rows:
        terminal.say(
            f"The report tells no version of {plan.unversioned:,}, so no row names one: what "
            "another program has put at a new name since would be moved in place of yours."
        )
    for reason, number in sorted(plan.left_out.items()):
        terminal.say(f"left out {number:,}: {undoing.REASONS[reason]}")


def _list_left_out(opened: Open, plan: Plan, path: Path) -> None:
    if not plan.left_out:
        path.unlink(missing_ok=True)  # that of an earlier undo, which --force replaces
        return
    failed_rows.copy(opened.connection, undoing.left_out_query(), path, "HEADER")
    terminal.say(f"{terminal.shown(str(path))} lists what is left out.")
