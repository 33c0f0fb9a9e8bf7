"""The verb: what a job costs and how long it takes, before it is created."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs import terminal, where
from jobs.aws.clients import connect
from jobs.check import checking, existing, source, work
from jobs.errors import Refused
from jobs.estimate import quantities
from jobs.formats import plan
from jobs.where import Where

if TYPE_CHECKING:
    from decimal import Decimal

    from jobs.estimate.quantities import Item, Job, Prices

SCHEMA = "jobs.estimate/1"
NOT_COUNTED = (
    "Not counted: KMS, CloudTrail data events, transfer to another Region, minimum storage days of "
    "what a rename deletes, free tier, discounts. This is an estimate: not all prices were checked "
    "against AWS's own (jobs/estimate/prices.json says which)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Where):
    """What was asked on the command line; the options' help says more."""

    manifest: str
    operation: str | None
    like: str | None
    concurrency: int
    ms: int | None
    memory: int
    log_bytes: int
    versioned: bool
    fields: str
    as_json: bool


@click.command("estimate", short_help="Say what a job costs and how long it takes.")
@click.argument("manifest")
@click.option("--operation", type=click.Choice(["copy", "rename"]), help="As for submit.")
@click.option("--like", metavar="JOB", help="Take the time of a task from a job that ran.")
@click.option(
    "--concurrency", type=click.IntRange(1), default=100, show_default=True, help="Tasks at once."
)
@click.option("--ms", type=click.IntRange(1), metavar="N", help="Milliseconds of a task.")
@click.option(
    "--memory", type=click.IntRange(128), default=512, show_default=True, help="MB of the function."
)
@click.option(
    "--log-bytes",
    type=click.IntRange(0),
    default=quantities.LOG_BYTES,
    show_default=True,
    help="Bytes of log of a task.",
)
@click.option("--versioned", is_flag=True, help="The columns are Bucket,Key,VersionId.")
@click.option("--fields", metavar="NAMES", default="", help="The columns, as for submit.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Say what a job over MANIFEST costs and how long it takes, in lines of quantity and price.

    What is assumed and not counted has a star. --like takes the time of a task from the counts of
    a job that ran, such as a trial of --first 100.
    """
    wish = Wish(**context.params)
    clients = connect(wish.region, wish.config_env)
    job = _job(wish)
    if wish.like:
        job = _like(wish, job)
    at = quantities.prices(clients.s3.meta.region_name)
    lines = list(quantities.items(job, at))
    band = [
        quantities.total(quantities.items(replace(job, ms=ms), at))
        for ms in (quantities.LOW_MS, quantities.HIGH_MS)
    ]
    if wish.as_json:
        terminal.out(terminal.as_json(_document(job, at, lines, band)))
    else:
        terminal.out(_text(job, at, lines, band))
    if at.is_old():
        terminal.say(f"The prices are of {at.day}, more than a year ago: look at AWS's own.")


def _job(wish: Wish) -> Job:
    """Return the rows and the operation of the manifest: of its plan, or of a check."""
    found = _plan(wish)
    deployed = work.deployed(wish.config_env)
    if found:
        objects: dict[str, Any] = found.get("objects", {})
        classes = objects.get("classes", {})
        return quantities.Job(
            operation=wish.operation or found["rule"]["operation"],
            objects=found["rows"],
            failing=sum(classes.get(each, 0) for each in existing.ARCHIVED),
            ms=wish.ms or quantities.ASSUMED_MS,
            memory=wish.memory,
            architecture=deployed.get("Architecture", "x86_64"),
            log_bytes=wish.log_bytes,
            concurrency=wish.concurrency,
        )
    with tempfile.TemporaryDirectory(prefix="jobs-estimate-") as name:
        folder = Path(name)
        fields = source.fields(asked=wish.fields, versioned=wish.versioned)
        opened = source.find(wish.manifest, fields, folder, wish.region)
        planned = work.planned({"operation": wish.operation}, deployed)
        checked = checking.check(opened, planned, folder, most=1)
    if not checked.rows:
        raise Refused(f"{wish.manifest!r} has no row that can be read: run check.")
    return quantities.Job(
        operation=planned.operation,
        objects=checked.rows,
        ms=wish.ms or quantities.ASSUMED_MS,
        memory=wish.memory,
        architecture=deployed.get("Architecture", "x86_64"),
        log_bytes=wish.log_bytes,
        concurrency=wish.concurrency,
    )


def _plan(wish: Wish) -> dict[str, Any] | None:
    """Return the plan beside a local manifest if it is of that file."""
    path = Path(wish.manifest)
    if wish.manifest.startswith(source.SCHEME) or not plan.beside(path).exists():
        return None
    found = plan.parse(plan.beside(path).read_bytes())
    etag = source.in_file(path, source.fields(asked=wish.fields, versioned=wish.versioned)).etag
    return found if found and found["manifest"]["etag"] == etag else None


def _like(wish: Wish, job: Job) -> Job:
    """Return the estimate with the time of a task that a job needed.

    A job says its seconds in Active and its tasks, not what each took: with up to `concurrency` in
    flight it is an upper bound for a task, hence marked like everything that is not counted.
    """
    found = where.job(where.place(wish), wish.like or where.LAST)
    summary = found.get("ProgressSummary", {})
    tasks = summary.get("NumberOfTasksSucceeded", 0) + summary.get("NumberOfTasksFailed", 0)
    active = summary.get("Timers", {}).get("ElapsedTimeInActiveSeconds", 0)
    if not tasks or not active:
        raise Refused(f"Job {found['JobId'][:8]} has run nothing: nothing can be taken from it.")
    in_flight = min(tasks, wish.concurrency)
    return replace(job, ms=max(1, round(active * 1000 * in_flight / tasks)), is_measured=True)


def _text(job: Job, at: Prices, lines: list[Item], band: list[Decimal]) -> str:
    head = f"{job.operation} of {job.objects:,} objects, {at.region}, prices of {at.day}"
    rows = [
        (
            each.service,
            each.name,
            f"{each.quantity:,.3f}".rstrip("0").rstrip("."),
            each.unit,
            f"{each.cost:.2f}" + (" *" if each.is_assumed else "  "),
        )
        for each in lines
    ]
    rows.append(("total", "", "", "", f"{quantities.total(lines):.2f}  "))
    needed, least = quantities.seconds(job)
    failing = f" {job.failing:,} archived objects fail: not counted." if job.failing else ""
    how = "of a job that ran" if job.is_measured else "assumed"
    band_words = (
        f"low {band[0]:.2f}, high {band[1]:.2f} ({quantities.LOW_MS} and {quantities.HIGH_MS} ms a "
        f"task)   time at {job.concurrency} in flight: {terminal.duration(needed)}; one prefix of "
        f"S3 alone: {terminal.duration(least)} at least"
    )
    star = f"* from assumed or measured quantities; the time of a task is {how}.{failing}"
    table = terminal.table(rows, ("", "", "qty", "unit", "US$"), right="24")
    return f"{head}\n{table}\n{band_words}\n{star}\n{NOT_COUNTED}"


def _document(job: Job, at: Prices, lines: list[Item], band: list[Decimal]) -> dict[str, Any]:
    needed, least = quantities.seconds(job)
    return {
        "schema": SCHEMA,
        "operation": job.operation,
        "objects": job.objects,
        "region": at.region,
        "pricesOf": at.day.isoformat(),
        "items": [
            {
                "service": each.service,
                "name": each.name,
                "quantity": str(each.quantity),
                "unit": each.unit,
                "usd": f"{each.cost:.4f}",
                "assumed": each.is_assumed,
            }
            for each in lines
        ],
        "totalUsd": f"{quantities.total(lines):.2f}",
        "lowUsd": f"{band[0]:.2f}",
        "highUsd": f"{band[1]:.2f}",
        "seconds": round(needed),
        "leastSeconds": round(least),
    }
