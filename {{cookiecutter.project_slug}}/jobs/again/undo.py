"""The verb `undo`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import new_file, terminal, which_job
from jobs.again import options, places, rights, running, undoing
from jobs.again.rows import Chosen
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.formats import tables
from jobs.report import failed_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.again.options import Begun
    from jobs.again.undoing import Plan
    from jobs.report.reading import Open


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
    begun = options.begin("undo", wish)
    _refuse_other(wish, begun.job)
    if wish.list_file:
        _list(begun, wish.list_file)
    else:
        running.run(begun, lambda opened: _choose(begun, wish, opened))


def _refuse_other(wish: Wish, job: JobDescriptorTypeDef) -> None:
    """Refuse what has no way back, and --list of a rename, whose objects are no copies.

    A job that does not say its operation may have renamed: its report says so, row by row.
    """
    name, operation = joblist.short(job), joblist.operation(job)
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


def _choose(begun: Begun, wish: Wish, opened: Open) -> Chosen:
    """Return the rows of the way back.

    Raises:
        Refused: the objects are in several buckets, or --submit was given, and the function of the
            stack may not take them back.
    """
    connection, arguments = opened.connection, joblist.arguments(begun.job)
    plan = undoing.prepare(
        connection, arguments, opened.folder, already=wish.already, bucket=wish.bucket
    )
    if 0 < plan.unversioned < plan.rows:
        terminal.say(
            f"The report tells no version of {plan.unversioned:,}, so no row names one: what "
            "another program has put at a new name since would be moved in place of yours."
        )
    bucket = undoing.one_bucket(connection)
    return Chosen(
        count=plan.rows,
        query=undoing.manifest_query(),
        versions=not plan.unversioned,  # all rows or none
        left_out={undoing.REASONS[each]: plan.left_out[each] for each in sorted(plan.left_out)},
        left_out_query=undoing.left_out_query(),
        told=f"job {begun.name}: {plan.rows:,} of {opened.result.summary.done.all:,} renames.",
        nothing="there is nothing that can be taken back.",
        arguments=_arguments(arguments),
        options=[
            *([f"--bucket {terminal.word(wish.bucket)}"] if wish.bucket else []),
            *["--already"] * wish.already,
        ],
        elsewhere=_elsewhere(begun, wish, bucket, plan) if bucket else (),
    )


def _elsewhere(begun: Begun, wish: Wish, bucket: str, plan: Plan) -> tuple[str, ...]:
    """Return what deploys a function that can, and runs the rows there; empty: no need."""
    rows_of = terminal.pasted(str(begun.path)) + " --versioned" * (not plan.unversioned)
    steps = rights.steps(begun.place, wish, bucket, rows_of)
    if steps and wish.does_submit:
        listed = "\n  ".join(steps)
        raise Refused(f"Undo without --submit first. {rights.WHY}\n  {listed}")
    return steps


def _arguments(job: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments of the way back: nothing is replaced, each row names its place."""
    kept = {"operation": "rename", "overwrite": "never"}
    # An empty one means the bucket of the objects; left out it would be the deployment's.
    return kept | {name: job[name] for name in ("destinationBucket",) if name in job}


def _list(begun: Begun, path: Path) -> None:
    new_file.refuse(path, force=begun.wish.force)
    with running.opened(begun, path) as found:
        places.create(found.connection, joblist.arguments(begun.job), found.folder)
        query = undoing.copies_query()
        number = tables.scalar(found.connection, f"SELECT count(*) FROM ({query})")
        failed_rows.copy(found.connection, query, path, "HEADER")
        others = found.result.summary.done.now - number
    if others:
        terminal.say(f"left out {others:,}: the report does not prove where the copy is")
    terminal.out(
        f"{terminal.shown(str(path))}: {number:,} copies of job {begun.name}. These tools delete "
        "nothing: use a lifecycle rule or DeleteObjects."
    )
