"""The verb `cancel`."""

from __future__ import annotations

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.watch import steering
from jobs.watch.polling import Poller
from jobs.watch.states import State


@click.command("cancel", short_help="Stop a job; what is done stays done.")
@click.argument("job", required=False)
@click.option(
    "--reason", metavar="TEXT", default="cancelled with python -m jobs", help="Kept with the job."
)
@click.option("--yes", is_flag=True, help="Answer the question; scripts need it.")
@where.place_options
def command(job: str | None, reason: str, *, yes: bool, **given: str | None) -> None:
    """Cancel JOB: S3 sends no more tasks, those in flight end, a report of what is done comes.

    JOB may be left out when only one job of this stack runs or waits. Nothing that was done is
    taken back; resume goes on with the rest.
    """
    place = where.place(where.Where(**given))
    found = which_job.find_open(place, job, joblist.OPEN)
    name, now = joblist.short(found), State(found, 0.0)
    if now.has_ended:
        raise Refused(f"Job {name} is {now.status} already: there is nothing to cancel.")
    done = "no task has ended."
    if now.answered:
        done = f"{now.answered:,} of {now.total or 0:,} tasks ended, and that stays done."
    terminal.say(f"job {name} is {now.status}: {done}")
    terminal.confirm(
        "Type y to cancel the rest:",
        "y",
        is_given=yes,
        refusal=f"This would cancel job {name} and nobody is there to confirm it: add --yes.",
    )
    steering.update(place, found, "Cancelled", reason)
    ended = None
    try:
        for seen in Poller(place, found["JobId"]).states():
            ended = seen[-1]
    except KeyboardInterrupt:
        terminal.say(f"S3 cancels the job all the same: {where.command(f'watch {name}')}")
        raise
    if ended is None or ended.status != "Cancelled":
        status = ended.status if ended else "not known any more"
        raise Refused(
            f"Job {name} was not cancelled: it ended before, and is {status}. "
            f"{where.command(f'report {name}')} says what came of it."
        )
    terminal.out(
        f"Job {name} is Cancelled: {terminal.count(ended.answered, 'task')} ended.   Next: "
        f"{where.command(f'resume {name}')}"
    )
