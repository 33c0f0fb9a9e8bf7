"""What retry and resume do alike: some rows of a job's manifest become a manifest of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import new_file
from jobs.again import options, rows, writing
from jobs.aws import joblist
from jobs.report import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.again.options import Wish
    from jobs.report.reading import Open


def run(  # noqa: PLR0913 - what differs between the two
    wish: Wish,
    verb: str,
    *,
    choose: Callable[[Open], str],
    told: Callable[[Open], str],
    nothing: str,
    needs_successes: bool,
) -> None:
    """Write the chosen rows of a job that has ended, and create a job of them if asked for.

    Args:
        wish: what was asked.
        verb: `retry` or `resume`.
        choose: gives the query of the rows.
        told: gives the sentence about the job.
        nothing: what is said where there are none.
        needs_successes: rows without an answer are wanted: the report must list the successes, too,
            and no report means that no task ran.

    Raises:
        Refused: the job, its report or its manifest do not tell which rows these are.
    """
    place, job = options.begin(wish)
    path = options.path(wish, verb, job)
    new_file.refuse(path, force=wish.force)
    with tempfile.TemporaryDirectory(prefix=f"jobs-{verb}-", dir=path.resolve().parent) as name:
        source = reading.Source(place.clients.s3, job, Path(name))
        with reading.opened(
            source, does_reconcile=True, no_report_is_empty=needs_successes
        ) as opened:
            rows.check_whole(opened, needs_successes=needs_successes)
            query = choose(opened)
            if not rows.count(opened.connection, query):
                options.say_nothing_to_do(wish, verb, job, nothing)
                return
            doing = writing.doing(joblist.arguments(job), wish.config_env)
            versions = opened.has_versions
            written = writing.write(
                opened.connection, query, path, doing, source.folder, versions=versions
            )
            sentence = told(opened)
    options.end(wish, verb, place, job, written, sentence)
