"""The verb `priority`."""

from __future__ import annotations

from dataclasses import dataclass

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.watch import steering

MOST = 2**31 - 1  # Priority in the API reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str | None
    number: int


@click.command("priority", short_help="Change which job S3 runs first.")
@click.argument("words", nargs=-1, required=True, metavar="[JOB] NUMBER")
@where.place_options
@click.pass_context
def command(context: click.Context, /, words: tuple[str, ...], **_: object) -> None:
    """Give JOB the priority NUMBER; the higher one runs first.

    JOB may be left out when only one job of this stack runs or waits. It changes the order of jobs,
    not the speed of any of them.
    """
    *named, number = words
    if len(named) > 1:
        raise click.UsageError("Give one JOB, or none, and a NUMBER.")
    given = {name: value for name, value in context.params.items() if name != "words"}
    if not (number.isdecimal() and int(number) <= MOST):
        raise Refused(f"{number!r} is no priority: give a number from 0 to {MOST}.")
    wish = Wish(**given, job=named[0] if named else None, number=int(number))
    place = where.place(wish)
    job = which_job.find_open(place, wish.job, joblist.OPEN)
    which_job.refuse_another(place.function, job)
    name, before = job["JobId"][:8], job.get("Priority", 0)
    if job["Status"] in joblist.ENDED:
        raise Refused(f"Job {name} is {job['Status']}: its priority means nothing any more.")
    steering.set_priority(place, job, wish.number)
    terminal.out(
        f"Job {name} had priority {before} and has {wish.number}: it changes which job runs first, "
        "not how fast it runs."
    )
