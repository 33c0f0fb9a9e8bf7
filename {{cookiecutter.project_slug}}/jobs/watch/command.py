"""The verb `watch`."""

from __future__ import annotations

import click

from jobs import where, which_job
from jobs.watch import following
from jobs.watch.following import How
from jobs.watch.times import seconds, share


@click.command("watch", short_help="Follow a job to its end, and say what came of it.")
@click.argument("job", default=which_job.LAST)
@click.option("--timeout", metavar="TIME", help="Stop watching after 90s, 15m, 2h; exit code 4.")
@click.option(
    "--report-wait",
    metavar="TIME",
    default="15m",
    show_default=True,
    help="How long to wait for the report after the job's end.",
)
@click.option(
    "--fail-over",
    metavar="SHARE",
    help="Cancel the job when more than this share of at least 100 tasks failed, such as 5%.",
)
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Exit 0 when S3 was to make the list of objects and found none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each poll as one line of JSON.")
@where.place_options
@click.pass_context
def command(  # noqa: PLR0913 - the options' help says more
    context: click.Context,
    /,
    job: str,
    timeout: str | None,
    report_wait: str,
    fail_over: str | None,
    *,
    allow_empty: bool,
    as_json: bool,
    **given: str | None,
) -> None:
    """Follow JOB to its end, say why it waits, read its report and say what came of it.

    JOB is an id, the beginning of one, or @last, the newest job of this stack.

    A lost connection, an error of the service or an expired login do not end the watch, and ending
    the watch does not touch the job.

    Exit code: 0 all done, 1 rows failed, 3 the job Failed or was Cancelled, 4 --timeout passed.
    """
    how = How(
        timeout=None if timeout is None else seconds(timeout),
        report_wait=seconds(report_wait),
        fail_over=None if fail_over is None else share(fail_over),
        allows_empty=allow_empty,
        as_json=as_json,
    )
    place = where.place(where.Where(**given))
    found = which_job.find(place, job)
    context.exit(following.follow(place, found["JobId"], how))
