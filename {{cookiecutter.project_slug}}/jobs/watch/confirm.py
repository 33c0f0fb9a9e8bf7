"""The verb `confirm`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.estimate import job_plan
from jobs.watch import states, steering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

WAITING = frozenset({"Suspended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str | None
    yes: bool
    count: int | None


@click.command("confirm", short_help="Run a job that waits to be confirmed.")
@click.argument("job", required=False)
@click.option("--yes", is_flag=True, help="Answer the question; scripts need it.")
@click.option(
    "--count",
    type=click.IntRange(0),
    metavar="N",
    help="Run it only if S3 counted so many objects, whatever the plan says.",
)
@where.place_options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Run JOB, which waits to be confirmed, after saying what it does to how many objects.

    JOB may be left out when only one job of this stack waits. A copy is confirmed by y, a rename,
    which deletes its sources, by the word rename. What S3 counted is compared with the plan that
    submit kept: other numbers are refused.
    """
    wish = Wish(**context.params)
    place = where.place(wish)
    job = which_job.find_open(place, wish.job, WAITING)
    which_job.refuse_another(place.function, job)
    check_waits(job)
    found = job_plan.of(place.clients.s3, job)
    check_count(job, wish.count, None if found is None else found["rows"])
    terminal.say(what(job, found))
    word = "rename" if joblist.operation(job) == "rename" else "y"
    terminal.confirm(
        f"Type {word} to run it:",
        word,
        is_given=wish.yes,
        refusal=f"{would(job)} and nobody is there to confirm it: add --yes.",
    )
    steering.confirm(place, job)
    name = job["JobId"][:8]
    terminal.out(f"Job {name} is confirmed.   Next: {where.command(f'watch {name}')}")


def check_waits(job: JobDescriptorTypeDef) -> None:
    """Refuse a job that does not wait.

    Raises:
        Refused: says what it does instead.
    """
    if reason := states.found_nothing(job):
        raise Refused(reason)
    if job["Status"] not in WAITING:
        raise Refused(
            f"Job {job['JobId'][:8]} is {job['Status']}: only a job in Suspended is confirmed."
        )


def check_count(job: JobDescriptorTypeDef, count: int | None, rows: int | None) -> None:
    """Refuse a job whose objects are not as many as was said.

    Args:
        job: as DescribeJob answers it.
        count: what the person said; None: nothing.
        rows: what the plan says; None: there is none.

    Raises:
        Refused: with both numbers.
    """
    total = _total(job)
    said = count if count is not None else rows
    if said not in {None, total}:
        who = "--count" if count is not None else "the plan"
        raise Refused(
            f"The service counted {total:,} objects and {who} says {said:,}: look at both before "
            f"you run it; --count {total} confirms that number."
        )


def what(job: JobDescriptorTypeDef, found: Mapping[str, Any] | None) -> str:
    """Return what the job would do to how many objects, for how much, and until when it waits."""
    until = ""
    if suspended := job.get("SuspendedDate"):
        until = f" It waits until {suspended + states.WAITS:%Y-%m-%d}."
    said = " ".join(f"{name}={value}" for name, value in joblist.arguments(job).items())
    on = f"s3://{found['bucket']}" if found else terminal.shown(joblist.manifest_uri(job))
    says = "there is no plan to compare with"
    if "ManifestGenerator" in job:
        says = "S3 made the list"
    elif found:
        says = f"the plan says {found['rows']:,}"
    return (
        f"job {job['JobId'][:8]} waits: {joblist.operation(job)} of "
        f"{terminal.count(_total(job), 'object')} in {on} (the service counted {_total(job):,}; "
        f"{says}), {job_plan.cost(job, found, _total(job))}.{until}\n"
        f"  with {terminal.shown(said) or 'no arguments'}"
    )


def would(job: JobDescriptorTypeDef) -> str:
    """Return the beginning of the refusal to act unasked."""
    verb = joblist.operation(job)
    return f"This would {verb} {terminal.count(_total(job), 'object')}"


def _total(job: JobDescriptorTypeDef) -> int:
    return job.get("ProgressSummary", {}).get("TotalNumberOfTasks", 0)
