"""The verb `priority`."""

from __future__ import annotations

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.errors import Refused

MOST = 2**31 - 1  # Priority in the API reference


@click.command("priority", short_help="Change which job S3 runs first.")
@click.argument("words", nargs=-1, required=True, metavar="[JOB] NUMBER")
@where.place_options
def command(words: tuple[str, ...], **given: str | None) -> None:
    """Give JOB the priority NUMBER; the higher one runs first.

    JOB may be left out when only one job of this stack runs or waits. It changes the order of jobs,
    not the speed of any of them.
    """
    *named, number = words
    if len(named) > 1:
        raise click.UsageError("Give one JOB, or none, and a NUMBER.")
    if not (number.isdecimal() and int(number) <= MOST):
        raise Refused(f"{number!r} is no priority: give a number from 0 to {MOST}.")
    place = where.place(where.Where(**given))
    job = which_job.find_open(place, named[0] if named else None, joblist.OPEN)
    name, before = joblist.short(job), job.get("Priority", 0)
    if job["Status"] in joblist.ENDED:
        raise Refused(f"Job {name} is {job['Status']}: its priority means nothing any more.")
    place.clients.s3control.update_job_priority(
        AccountId=place.account, JobId=job["JobId"], Priority=int(number)
    )
    terminal.out(
        f"Job {name} had priority {before} and has {int(number)}: it changes which job runs first, "
        "not how fast it runs."
    )
