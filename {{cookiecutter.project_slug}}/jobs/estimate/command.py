"""The verb: what a job costs and how long it takes, before it is created."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.aws.clients import connect
from jobs.check import checking, planning, source, work
from jobs.errors import Refused
from jobs.estimate import job_plan, output, quantities
from jobs.project import parameters
from jobs.where import Where

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.estimate.quantities import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Where):
    """What was asked on the command line; the options' help says more."""

    what: str
    operation: str | None
    like: str | None
    concurrency: int
    ms: int | None
    memory: int | None
    log_bytes: int
    generate: bool
    versioned: bool
    fields: str
    as_json: bool


@click.command("estimate", short_help="Say what a job costs and how long it takes.")
@click.argument("what", metavar="MANIFEST|JOB")
@click.option("--operation", type=click.Choice(["copy", "rename"]), help="As for submit.")
@click.option("--like", metavar="JOB", help="Take the time of a task from a job that ran.")
@click.option(
    "--concurrency", type=click.IntRange(1), default=100, show_default=True, help="Tasks at once."
)
@click.option("--ms", type=click.IntRange(1), metavar="N", help="Milliseconds of a task.")
@click.option(
    "--memory",
    type=click.IntRange(128),
    metavar="MB",
    help="Of the function.  [default: as deployed, or as the job's plan says]",
)
@click.option(
    "--log-bytes",
    type=click.IntRange(0),
    default=quantities.LOG_BYTES,
    show_default=True,
    help="Bytes of log of a task.",
)
@click.option("--generate", is_flag=True, help="Add what S3 charges for making the list itself.")
@click.option("--versioned", is_flag=True, help="The columns are Bucket,Key,VersionId.")
@click.option("--fields", metavar="NAMES", default="", help="The columns, as for submit.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.place_options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Say what a job over MANIFEST costs and how long it takes, in lines of quantity and price.

    For a JOB (an id, or @last) S3's own count is taken: it is known while the job still waits for
    confirm. A star marks what is assumed, not counted. --like takes the time of a task from the
    counts of a job that ran, such as a trial of --first 100.
    """
    wish = Wish(**context.params)
    clients = connect(wish.region)
    is_job = which_job.is_named(wish.what)
    job, are_sizes_known = _of_job(wish) if is_job else _of_manifest(wish, clients.s3)
    job = _with_options(wish, job)
    at = quantities.prices(clients.s3.meta.region_name)
    lines = list(quantities.items(job, at))
    band = [
        quantities.total(quantities.items(replace(job, ms=ms), at))
        for ms in (quantities.LOW_MS, quantities.HIGH_MS)
    ]
    if wish.as_json:
        terminal.out(terminal.as_json(output.document(job, at, lines, band)))
    else:
        terminal.out(output.as_text(job, at, lines, band, are_sizes_known=are_sizes_known))
    if at.is_old():
        terminal.say(f"The prices are of {at.day}, more than a year ago: look at AWS's own.")


def _of_manifest(wish: Wish, s3: S3Client) -> tuple[Job, bool]:
    """Return the rows and the operation of a manifest, and whether its plan says their sizes."""
    deployed = work.deployed()
    planned = work.planned({"operation": wish.operation}, deployed)
    with tempfile.TemporaryDirectory(prefix="jobs-estimate-") as name:
        folder = Path(name)
        fields = source.fields(asked=wish.fields, versioned=wish.versioned)
        opened = source.find(wish.what, fields, folder, wish.region)
        found = planning.known(opened, s3)
        rows = found["rows"] if found else checking.check(opened, planned, folder, most=1).rows
    if not rows:
        raise Refused(f"{wish.what!r} has no row that can be read: run check.")
    objects = found.get("objects") if found else None
    checked = found["rule"]["operation"] if found else planned.operation
    operation = wish.operation or (checked if planned.rule else "run")  # a task of other work
    job = quantities.Job(
        operation=operation,
        objects=rows,
        # of an author's own type of parameter nothing may be known here
        memory=round(parameters.finite(deployed.get("MemorySize", "")) or quantities.MEMORY),
        architecture=deployed.get("Architecture", "x86_64"),
        **job_plan.needed(objects),
    )
    return job, objects is not None


def _of_job(wish: Wish) -> tuple[Job, bool]:
    """Return what S3 counted of a job, and whether its plan says how large the objects are."""
    if wish.operation or wish.versioned or wish.fields:
        raise Refused("A job says its operation and its columns itself: leave out these options.")
    place = where.place(wish)
    found = which_job.find(place, wish.what)
    total = found.get("ProgressSummary", {}).get("TotalNumberOfTasks", 0)
    if not total:
        name = joblist.short(found)
        raise Refused(
            f"Job {name} is {found['Status']}, and S3 has counted no object of it: "
            f"{where.command(f'show {name}')} says more."
        )
    plan = job_plan.of(place.clients.s3, found)
    return job_plan.quantity(found, plan, total), bool(plan and plan.get("objects"))


def _with_options(wish: Wish, job: Job) -> Job:
    job = replace(
        job,
        ms=wish.ms or job.ms,
        memory=wish.memory or job.memory,
        log_bytes=wish.log_bytes,
        generated=job.objects if wish.generate else job.generated,
        concurrency=wish.concurrency,
    )
    return _like(wish, job) if wish.like else job


def _like(wish: Wish, job: Job) -> Job:
    """Return the estimate with the time of a task that a job needed.

    A job says its seconds in Active and its tasks, not what each took: with up to `concurrency` in
    flight this is an upper bound.
    """
    found = which_job.find(where.place(wish), wish.like or which_job.LAST)
    summary = found.get("ProgressSummary", {})
    tasks = summary.get("NumberOfTasksSucceeded", 0) + summary.get("NumberOfTasksFailed", 0)
    active = summary.get("Timers", {}).get("ElapsedTimeInActiveSeconds", 0)
    name = joblist.short(found)
    if not tasks:
        raise Refused(f"Job {name} has run nothing: nothing can be taken from it.")
    if not active:
        raise Refused(
            f"Job {name} ran for less than a second, which says nothing of a task: give --ms, or "
            "--like a longer job."
        )
    in_flight = min(tasks, wish.concurrency)
    return replace(job, ms=max(1, round(active * 1000 * in_flight / tasks)), is_measured=True)
