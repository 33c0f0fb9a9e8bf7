"""The verb `confirm`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from jobs import terminal, where
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.watch import states, steering

if TYPE_CHECKING:
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
    help="Run it only if S3 counted so many objects.",
)
@where.options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Run JOB, which waits to be confirmed, after saying what it does to how many objects.

    JOB may be left out when only one job of this stack waits. A copy is confirmed by y, a rename,
    which deletes its sources, by the word rename.
    """
    wish = Wish(**context.params)
    place = where.place(wish)
    job = where.open_job(place, wish.job, WAITING)
    check(job, wish.count)
    terminal.say(what(job))
    word = "rename" if joblist.operation(job) == "rename" else "y"
    terminal.confirm(
        f"Type {word} to run it:",
        word,
        is_given=wish.yes,
        refusal=f"{would(job)} and nobody is there to confirm it: add --yes.",
    )
    steering.confirm(place, job)
    name = job["JobId"][:8]
    terminal.out(f"Job {name} is confirmed.   Next: python -m jobs watch {name}")


def check(job: JobDescriptorTypeDef, count: int | None) -> None:
    """Refuse a job that does not wait, or whose objects are not as many as was said.

    Raises:
        Refused: with both numbers.
    """
    name, total = job["JobId"][:8], _total(job)
    if job["Status"] not in WAITING:
        raise Refused(f"Job {name} is {job['Status']}: only a job in Suspended is confirmed.")
    if count is not None and count != total:
        raise Refused(
            f"The service counted {total:,} objects and --count says {count:,}: look at both "
            f"before you run it; --count {total} confirms that number."
        )


def what(job: JobDescriptorTypeDef) -> str:
    """Return what the job would do, and until when it waits."""
    until = ""
    if suspended := job.get("SuspendedDate"):
        until = f" It waits until {suspended + states.WAITS:%Y-%m-%d}."
    said = " ".join(f"{name}={value}" for name, value in joblist.arguments(job).items())
    return (
        f"job {job['JobId'][:8]} waits: {joblist.operation(job)} of "
        f"{terminal.count(_total(job), 'object')} of "
        f"{terminal.shown(joblist.manifest_uri(job))}, as the service counted them.{until}\n"
        f"  with {terminal.shown(said) or 'no arguments'}"
    )


def would(job: JobDescriptorTypeDef) -> str:
    """Return the beginning of the refusal to act unasked."""
    verb = joblist.operation(job)
    return f"This would {verb} {terminal.count(_total(job), 'object')}"


def _total(job: JobDescriptorTypeDef) -> int:
    return job.get("ProgressSummary", {}).get("TotalNumberOfTasks", 0)
