"""The options of `python -m jobs manifest`, and the value that they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import click

from jobs.aws.listing import PARALLEL
from jobs.project import config_env

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked on the command line; the options' help says more."""

    source: str
    output: str
    prefix: tuple[str, ...]
    match: tuple[str, ...]
    without: tuple[str, ...]
    larger: str | None
    smaller: str | None
    newer: str | None
    older: str | None
    classes: tuple[str, ...]
    versions: bool
    start_after: str
    rename: str | None
    rule: bool
    is_map: bool
    separator: str
    bucket: str
    limit: int | None
    preview: bool
    parallel: int
    nul: bool
    force: bool
    operation: str | None
    destination_bucket: str | None
    destination_prefix: str | None
    config_env: str | None
    region: str | None


OPTIONS = (
    click.argument("source"),
    click.option(
        "-o", "--output", default="manifest.csv", show_default=True, help="File or s3://..."
    ),
    click.option("--prefix", multiple=True, metavar="P", help="Only keys below it. Repeatable."),
    click.option("--match", multiple=True, metavar="GLOB", help="Only such keys. Repeatable: or."),
    click.option(
        "--not", "without", multiple=True, metavar="GLOB", help="No such keys. Repeatable."
    ),
    click.option("--larger", metavar="SIZE", help="Only objects above 5GiB, 100MB, ..."),
    click.option("--smaller", metavar="SIZE", help="Only objects below that."),
    click.option(
        "--newer", metavar="AGE|DATE", help="Only what changed within 30d, or since a date."
    ),
    click.option("--older", metavar="AGE|DATE", help="Only what did not."),
    click.option("--class", "classes", multiple=True, metavar="CLASS", help="Only STANDARD, ..."),
    click.option("--versions", is_flag=True, help="Every version, each a row."),
    click.option("--start-after", default="", metavar="KEY", help="Only keys after this one."),
    click.option("--rename", metavar="s/OLD/NEW/", help="New names, as sed makes them."),
    click.option(
        "--rule", is_flag=True, help="Write the new names that the rule of task.py gives."
    ),
    click.option("--map", "is_map", is_flag=True, help="Two columns: old and new name."),
    click.option(
        "--separator",
        default="",
        metavar="SIGN",
        help="Of a file's columns, where more than one fits.",
    ),
    click.option("--bucket", default="", metavar="BUCKET", help="Of keys that name none."),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N rows."),
    click.option("--preview", is_flag=True, help="Show ten rows, write nothing."),
    click.option("--parallel", type=click.IntRange(1, 64), default=PARALLEL, show_default=True),
    click.option("-0", "nul", is_flag=True, help="Keys from - end in NUL, not in a line end."),
    click.option("--force", is_flag=True, help="Replace the output if it exists."),
    click.option("--operation", type=click.Choice(["copy", "rename"]), help="To check it for."),
    click.option("--destination-bucket", metavar="BUCKET", help="To check it for."),
    click.option("--destination-prefix", metavar="PREFIX", help="To check it for; used by --rule."),
    config_env.option(),
    click.option("--region", metavar="REGION", help="The Region of the bucket."),
)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` all options, in the order in which --help shows them."""
    return reduce(lambda function, decorate: decorate(function), reversed(OPTIONS), command)
