"""The verb: reads the options, submits, says what came of it, watches where that was asked."""

from __future__ import annotations

from dataclasses import replace

import click

from jobs import terminal, where
from jobs.aws.clients import connect
from jobs.submit import output
from jobs.submit.options import Wish, options
from jobs.submit.submitting import submit
from jobs.watch import following
from jobs.watch.following import How
from jobs.watch.times import seconds


@click.command("submit", short_help="Create the job that runs the function on a manifest.")
@click.argument("manifest", default="")
@options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Create the job that runs the deployed function on every object of MANIFEST.

    MANIFEST is a CSV file, or the s3:// place of one or of an inventory's manifest.json. Every row
    is checked first. What the job does, to how many objects, for how much, is said before the
    question: a copy is answered by y, a rename by the word rename, a list that S3 makes by the
    name of its bucket. Where nobody can be asked, --yes answers.

    The job runs the version that the alias stands for, pinned. It waits for `confirm` unless
    --no-confirmation or --watch is given. Submitting the same work again shows the job that exists.
    """
    wish = Wish(**context.params)
    how = How(as_json=wish.as_json)
    if wish.wait_for_report is not None:
        how = replace(how, report_wait=seconds(wish.wait_for_report))
        wish = replace(wish, watch=True)
    if wish.watch:
        wish = replace(wish, confirmation=False)
    outcome = submit(connect(wish.region), wish)
    output.tell(outcome, as_json=wish.as_json, is_watched=wish.watch)
    if wish.watch and outcome.known_or_new:
        code = following.follow(where.place(wish), outcome.known_or_new, how)
        if code == 0 and not wish.as_json and (rest := output.rest(outcome, wish)):
            terminal.out(rest)
        context.exit(code)
