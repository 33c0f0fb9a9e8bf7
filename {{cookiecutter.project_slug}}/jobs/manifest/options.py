"""The options of `python -m jobs manifest`, and the value that they make."""

from __future__ import annotations

from dataclasses import dataclass

import click

from jobs import where
from jobs.aws.listing import PARALLEL
from jobs.project import config_env


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
        "-o",
        "--output",
        default="manifest.csv",
        show_default=True,
        help="A file, or s3://BUCKET/KEY.",
    ),
    click.option(
        "--prefix", multiple=True, metavar="P", help="Only keys that begin with it. Repeatable."
    ),
    click.option(
        "--match",
        multiple=True,
        metavar="GLOB",
        help="Only keys that match. Repeatable: one is enough.",
    ),
    click.option(
        "--not",
        "without",
        multiple=True,
        metavar="GLOB",
        help="Only keys that do not match. Repeatable.",
    ),
    click.option("--larger", metavar="SIZE", help="Only objects larger than 5GiB, 100MB, ..."),
    click.option("--smaller", metavar="SIZE", help="Only objects smaller than that."),
    click.option(
        "--newer", metavar="AGE|DATE", help="Only objects written within 30d, or since a date."
    ),
    click.option("--older", metavar="AGE|DATE", help="Only objects written before."),
    click.option(
        "--class",
        "classes",
        multiple=True,
        metavar="CLASS",
        help="Only this storage class, such as STANDARD. Repeatable.",
    ),
    click.option("--versions", is_flag=True, help="A row for every version of a key."),
    click.option("--start-after", default="", metavar="KEY", help="Only keys after this one."),
    click.option(
        "--rename", metavar="s/OLD/NEW/", help="New names by a regular expression, as in sed."
    ),
    click.option(
        "--rule", is_flag=True, help="Write the new names that the rule of task.py gives."
    ),
    click.option(
        "--map", "is_map", is_flag=True, help="SOURCE has two columns: the old and the new name."
    ),
    click.option(
        "--separator",
        default="",
        metavar="SIGN",
        help="What stands between the columns of a file, if more than one sign could.",
    ),
    click.option(
        "--bucket", default="", metavar="BUCKET", help="Only this bucket; a list need not name it."
    ),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N rows."),
    click.option("--preview", is_flag=True, help="Show ten rows, write nothing."),
    click.option(
        "--parallel",
        type=click.IntRange(1, 64),
        default=PARALLEL,
        show_default=True,
        help="Requests at once.",
    ),
    click.option(
        "-0", "nul", is_flag=True, help="Keys from standard input end in NUL, not in a line end."
    ),
    click.option("--force", is_flag=True, help="Replace the output if it exists."),
    click.option(
        "--operation", type=click.Choice(["copy", "rename"]), help="Check it for this operation."
    ),
    click.option("--destination-bucket", metavar="BUCKET", help="Check it for this destination."),
    click.option("--destination-prefix", metavar="PREFIX", help="Likewise; --rule writes it."),
    config_env.option(),
    click.option("--region", metavar="REGION", help="The Region of the bucket."),
)

options = where.together(OPTIONS)
