"""The options of `python -m jobs submit`, and the value that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from jobs import where
from jobs.submit.arguments import CHOICES
from jobs.where import Where

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Where):
    """What was asked on the command line; None or empty: not given. The options' help says more."""

    manifest: str = ""
    operation: str | None = None
    overwrite: str | None = None
    destination_bucket: str | None = None
    destination_prefix: str | None = None
    argument: tuple[str, ...] = ()
    fields: str = ""
    versioned: bool = False
    description: str = ""
    priority: int | None = None
    tag: tuple[str, ...] = ()
    report_prefix: str | None = None
    report_scope: Literal["AllTasks", "FailedTasksOnly"] | None = None
    confirmation: bool = True
    yes: bool = False
    allow_overwrite: bool = False
    watch: bool = False
    wait_for_report: str | None = None
    like: str | None = None
    latest: bool = False
    instead: Mapping[str, str] | None = None  # no option: arguments in place of those of --like
    first: int | None = None
    sample: float | None = None
    after: str | None = None
    generate: bool = False
    prefix: str = ""
    match: str = ""
    larger: str | None = None
    smaller: str | None = None
    newer: str | None = None
    older: str | None = None
    classes: tuple[str, ...] = ()
    again: bool = False
    publish: bool = False
    dry_run: bool = False
    as_json: bool = False


OPTIONS = (
    click.option(
        "--operation",
        type=click.Choice(CHOICES["operation"]),
        help="Copy, or rename (copy, prove, delete the source). Never more than was deployed.",
    ),
    click.option(
        "--overwrite",
        type=click.Choice(CHOICES["overwrite"]),
        help="Keep or replace a different object under the new key. Never more than was deployed.",
    ),
    click.option(
        "--destination-bucket",
        metavar="BUCKET",
        help="Where the copies go: a bucket that the stack grants. Empty: the source bucket.",
    ),
    click.option("--destination-prefix", metavar="PREFIX", help="Put before each new key."),
    click.option(
        "--argument",
        metavar="NAME=VALUE",
        multiple=True,
        help="An argument of your own task. Repeatable, 10 in all.",
    ),
    click.option(
        "--versioned", is_flag=True, help="The manifest's columns are Bucket,Key,VersionId."
    ),
    click.option(
        "--fields",
        metavar="NAMES",
        default="",
        help="The manifest's columns: Bucket,Key and VersionId or Ignore, in their order.",
    ),
    click.option(
        "--first",
        type=click.IntRange(1),
        metavar="N",
        help="A trial: only N rows, spread over the manifest, as a job of their own.",
    ),
    click.option(
        "--sample",
        type=click.FloatRange(0.01, 100),
        metavar="PERCENT",
        help="Only that share of the rows.",
    ),
    click.option(
        "--after", metavar="JOB", help="Only the rows that JOB (an id or @last) did not have."
    ),
    click.option(
        "--generate",
        is_flag=True,
        help="In place of MANIFEST: let S3 list the source bucket, with the filters below. It "
        "costs US$ 0.015 for a million objects of the bucket, and waits for confirm.",
    ),
    click.option("--prefix", metavar="TEXT", default="", help="Keys that begin so."),
    click.option("--match", metavar="GLOB", default="", help="Keys like '*.jpg' or '*part*'."),
    click.option("--larger", metavar="SIZE", help="Objects above 100, 10KB, 5GiB."),
    click.option("--smaller", metavar="SIZE", help="Objects below."),
    click.option("--newer", metavar="AGE", help="Written within 12h, 30d, or after 2026-01-31."),
    click.option("--older", metavar="AGE", help="Written before."),
    click.option(
        "--class", "classes", metavar="NAME", multiple=True, help="Storage classes. Repeatable."
    ),
    click.option(
        "--like",
        metavar="JOB",
        help="Function version, arguments, role, report place, priority and tags of that job, "
        "where no option says another.",
    ),
    click.option("--latest", is_flag=True, help="With --like: the version deployed now."),
    click.option("--description", metavar="TEXT", default="", help="Shown in the list of jobs."),
    click.option(
        "--priority",
        type=click.IntRange(0),
        metavar="NUMBER",
        help="The higher one runs first.  [default: 10, or that of --like]",
    ),
    click.option(
        "--tag", metavar="NAME=VALUE", multiple=True, help="A tag of the job. Repeatable."
    ),
    click.option(
        "--report-prefix",
        metavar="PREFIX",
        help="Where in the jobs bucket the completion report goes.  [default: reports, or that of "
        "--like]",
    ),
    click.option(
        "--report-scope",
        type=click.Choice(["AllTasks", "FailedTasksOnly"]),
        help="What the report lists; resume and undo need all tasks.  [default: AllTasks]",
    ),
    click.option(
        "--confirmation/--no-confirmation",
        default=True,
        show_default=True,
        help="Wait until somebody confirms the job, or run it at once.",
    ),
    click.option(
        "--yes",
        is_flag=True,
        help="Answer the question; scripts need it. A rename then also runs beside another job, "
        "and although an edit is not deployed.",
    ),
    click.option(
        "--allow-overwrite",
        is_flag=True,
        help="Let a rename with overwrite=always replace what is there.",
    ),
    click.option("--watch", is_flag=True, help="Run it at once and watch it to its end."),
    click.option(
        "--wait-for-report",
        metavar="[TIME]",
        is_flag=False,
        flag_value="15m",
        help="Watch it, and wait so long for its report after its end.  [default: 15m]",
    ),
    click.option("--again", is_flag=True, help="Create a job even if one of the same work exists."),
    click.option(
        "--publish",
        is_flag=True,
        help="If the alias is behind what was deployed last, publish that as a version and run "
        "the job on it. The alias stays where it is.",
    ),
    *where.OPTIONS,
    click.option(
        "--dry-run",
        is_flag=True,
        help="Print the request and the equal AWS CLI command; change nothing.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)

options = where.together(OPTIONS)
