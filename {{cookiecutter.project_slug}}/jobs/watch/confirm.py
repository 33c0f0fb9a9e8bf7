"""The verb `confirm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.estimate import job_plan
from jobs.watch import states, steering
from jobs.watch.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

WAITING = frozenset({"Suspended"})


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
def command(job: str | None, count: int | None, *, yes: bool, **given: str | None) -> None:
    """Run JOB, which waits to be confirmed, after saying what it does to how many objects.

    JOB may be left out when only one job of this stack waits. A copy is confirmed by y, a rename,
    which deletes its sources, by the word rename. What S3 counted is compared with the plan that
    submit kept: other numbers are refused.
    """
    place = where.place(where.Where(**given))
    found = which_job.find_open(place, job, WAITING)
    _refuse_if_not_waiting(found)
    plan, total = job_plan.of(place.clients.s3, found), State(found, 0.0).total or 0
    _refuse_another_count(total, count, plan)
    terminal.say(_what(found, plan, total))
    operation = joblist.operation(found)
    word = "rename" if operation == "rename" else "y"
    terminal.confirm(
        f"Type {word} to run it:",
        word,
        is_given=yes,
        refusal=f"This would {operation} {terminal.count(total, 'object')} and nobody is there to "
        "confirm it: add --yes.",
    )
    steering.update(place, found, "Ready")
    name = joblist.short(found)
    terminal.out(f"Job {name} is confirmed.   Next: {where.command(f'watch {name}')}")


def _refuse_if_not_waiting(job: JobDescriptorTypeDef) -> None:
    if reason := states.found_nothing(job):
        raise Refused(reason)
    if job["Status"] not in WAITING:
        raise Refused(
            f"Job {joblist.short(job)} is {job['Status']}: only a job in Suspended is confirmed."
        )


def _refuse_another_count(total: int, count: int | None, plan: Mapping[str, Any] | None) -> None:
    """Refuse a job whose objects are not as many as the person, or else its plan, says."""
    said = count if count is not None or plan is None else plan["rows"]
    if said not in {None, total}:
        who = "--count" if count is not None else "the plan"
        raise Refused(
            f"The service counted {total:,} objects and {who} says {said:,}: look at both before "
            f"you run it; --count {total} confirms that number."
        )


def _what(job: JobDescriptorTypeDef, plan: Mapping[str, Any] | None, total: int) -> str:
    """Return what the job would do to how many objects, for how much, and until when it waits."""
    until = ""
    if suspended := job.get("SuspendedDate"):
        until = f" It waits until {suspended + states.WAITS:%Y-%m-%d}."
    said = " ".join(f"{name}={value}" for name, value in joblist.arguments(job).items())
    on = f"s3://{plan['bucket']}" if plan else terminal.shown(joblist.manifest_uri(job))
    says = "there is no plan to compare with"
    if "ManifestGenerator" in job:
        says = "S3 made the list"
    elif plan:
        says = f"the plan says {plan['rows']:,}"
    return (
        f"job {joblist.short(job)} waits: {joblist.operation(job)} of "
        f"{terminal.count(total, 'object')} in {on} (the service counted {total:,}; {says}), "
        f"{job_plan.cost(job, plan, total)}.{until}\n"
        f"  with {terminal.shown(said) or 'no arguments'}"
    )
