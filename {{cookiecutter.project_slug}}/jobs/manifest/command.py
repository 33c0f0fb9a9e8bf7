"""The verb: a source of keys, filters and new names become a manifest that was checked."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import terminal
from jobs.aws.clients import connect
from jobs.aws.listing import PARALLEL, Lister
from jobs.aws.uploads import Uploads
from jobs.check import checking, existing, output, planning, source, work
from jobs.errors import Exit, Refused
from jobs.formats import tables
from jobs.manifest import filters, sources, writing

if TYPE_CHECKING:
    from jobs.check.findings import Checked
    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection
    from jobs.manifest.writing import Chosen

SHOWN = 10  # rows of a preview


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
    bucket: str
    limit: int | None
    preview: bool
    parallel: int
    nul: bool
    force: bool
    operation: str | None
    destination_bucket: str | None
    destination_prefix: str | None
    region: str | None


@click.command("manifest", short_help="Make a manifest of a bucket, an inventory or a list.")
@click.argument("source")
@click.option("-o", "--output", default="manifest.csv", show_default=True, help="File or s3://...")
@click.option("--prefix", multiple=True, metavar="P", help="Only keys below it. Repeatable.")
@click.option("--match", multiple=True, metavar="GLOB", help="Only such keys. Repeatable: or.")
@click.option("--not", "without", multiple=True, metavar="GLOB", help="No such keys. Repeatable.")
@click.option("--larger", metavar="SIZE", help="Only objects above 5GiB, 100MB, ...")
@click.option("--smaller", metavar="SIZE", help="Only objects below that.")
@click.option("--newer", metavar="AGE|DATE", help="Only what changed within 30d, or since a date.")
@click.option("--older", metavar="AGE|DATE", help="Only what did not.")
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="Only STANDARD, ...")
@click.option("--versions", is_flag=True, help="Every version, each a row.")
@click.option("--start-after", default="", metavar="KEY", help="Only keys after this one.")
@click.option("--rename", metavar="s/OLD/NEW/", help="New names, as sed makes them.")
@click.option("--rule", is_flag=True, help="Write the new names that the rule of task.py gives.")
@click.option("--map", "is_map", is_flag=True, help="Two columns: old and new name.")
@click.option("--bucket", default="", metavar="BUCKET", help="Of keys that name none.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N rows.")
@click.option("--preview", is_flag=True, help="Show ten rows, write nothing.")
@click.option("--parallel", type=click.IntRange(1, 64), default=PARALLEL, show_default=True)
@click.option("-0", "nul", is_flag=True, help="Keys from - end in NUL, not in a line end.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
@click.option("--operation", type=click.Choice(["copy", "rename"]), help="To check it for.")
@click.option("--destination-bucket", metavar="BUCKET", help="To check it for.")
@click.option("--destination-prefix", metavar="PREFIX", help="To check it for; used by --rule.")
@click.option("--region", metavar="REGION", help="The Region of the bucket.")
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Write a manifest of the objects that SOURCE names.

    SOURCE is s3://bucket/prefix (listed), s3://.../manifest.json (S3 Inventory, CSV or Parquet),
    a .csv, .tsv or .parquet file (a list of keys, an Athena result: columns by name), or - (keys
    from standard input, one a line). Keys are written encoded, whatever characters they have.

    S3 Inventory ($0.0025 a million objects) and submit --generate ($0.015) need no listing: use
    them above ten million keys. Exit code 1: the manifest was written and check finds errors.
    """
    wish = Wish(**context.params)
    to_s3 = wish.output.startswith(source.SCHEME)
    _refuse(wish, to_s3=to_s3)
    beside = None if to_s3 else Path(wish.output).absolute().parent
    with tempfile.TemporaryDirectory(prefix=".jobs-manifest-", dir=beside) as name:
        folder = Path(name)
        path = folder / Path(wish.output).name if to_s3 else Path(wish.output)
        with tables.connect(folder) as connection:
            chosen = _write(wish, connection, folder, path)
        if wish.preview:
            return
        checked, planned = _checked(wish, path, chosen, folder)
        if to_s3:
            _upload(wish, path)
    _say(wish, checked, planned)
    if checked.errors:
        context.exit(Exit.FINDINGS)


def _refuse(wish: Wish, *, to_s3: bool) -> None:
    given = {"--rename": wish.rename, "--rule": wish.rule, "--map": wish.is_map}
    ways = [name for name, value in given.items() if value]
    if len(ways) > 1:
        raise Refused(f"{ways[0]} and {ways[1]} both give new names: give one of them.")
    if wish.rule:
        writing.check_rule()
    if not to_s3 and not wish.force and not wish.preview and Path(wish.output).exists():
        raise Refused(f"{wish.output!r} exists: give another -o, or --force to replace it.")


def _write(wish: Wish, connection: Connection, folder: Path, path: Path) -> Chosen:
    markers = _read(wish, connection, folder)
    conditions = [
        *_prefixes(wish),
        *filters.conditions(wish),
    ]
    chosen = writing.choose(connection, conditions, limit=wish.limit, bucket=wish.bucket)
    renaming = filters.renaming(wish.rename) if wish.rename else None
    prefix = _work(wish, chosen.bucket).prefix
    has_names = writing.name(connection, renaming, by_rule=wish.rule, prefix=prefix)
    view = "named" if renaming or wish.rule else "chosen"
    if not wish.preview:
        writing.write(connection, path, chosen, view=view, has_names=has_names)
        size = f", {path.stat().st_size / 1e6:,.1f} MB"
    else:
        size = " (a preview: nothing is written)"
    terminal.say(f"{wish.output}: {terminal.count(chosen.rows, 'row')}{size}{_left(chosen)}")
    for key, new in writing.ends(connection, view, SHOWN if wish.preview else 2):
        terminal.say(f"  {terminal.shown(key)}" + (f"  -> {terminal.shown(new)}" if new else ""))
    if markers:
        terminal.say(f"{terminal.count(markers, 'delete marker')} left out: they hold no object.")
    return chosen


def _read(wish: Wish, connection: Connection, folder: Path) -> int:
    """Fill the table `objects`; return how many delete markers were left out."""
    if wish.source == "-":
        sources.keys(connection, sources.standard_input(), wish.bucket, folder, is_nul=wish.nul)
        return 0
    if not wish.source.startswith(source.SCHEME):
        path = Path(wish.source)
        if path.is_dir():
            raise Refused(f"{wish.source!r} is a folder: give a file, or s3://bucket/prefix.")
        sources.file(connection, path, wish.bucket, is_map=wish.is_map)
        return 0
    s3 = connect(wish.region).s3
    if wish.source.endswith("/manifest.json"):
        sources.inventory(connection, s3, wish.source, folder)
        return 0
    bucket, _, prefix = wish.source.removeprefix(source.SCHEME).partition("/")
    lister = Lister(
        s3,
        bucket,
        versions=wish.versions,
        start_after=wish.start_after,
        parallel=wish.parallel,
    )
    return sources.listing(connection, lister, prefix, folder)


def _prefixes(wish: Wish) -> list[tuple[str, str]]:
    found = " OR ".join(f"starts_with(key, {tables.literal(each)})" for each in wish.prefix)
    return [("--prefix", f"({found})")] if found else []


def _left(chosen: Chosen) -> str:
    if not chosen.left_out:
        return ""
    each = ", ".join(f"{count:,} by {option}" for option, count in chosen.left_out.items())
    return f"; {terminal.count(sum(chosen.left_out.values()), 'key')} left out ({each})"


def _work(wish: Wish, bucket: str) -> Work:
    asked = {
        "operation": wish.operation or ("rename" if wish.rename else None),
        "destinationBucket": wish.destination_bucket,
        "destinationPrefix": wish.destination_prefix,
    }
    return work.planned(asked, work.deployed(), source=bucket)


def _checked(wish: Wish, path: Path, chosen: Chosen, folder: Path) -> tuple[Checked, Work]:
    """Check what was written, and write its plan beside it."""
    fields = source.fields(asked="", versioned=chosen.versions)
    opened = source.in_file(path, fields)
    planned = _work(wish, chosen.bucket)
    checked = checking.check(opened, planned, folder)
    if not wish.output.startswith(source.SCHEME):
        planning.write(path, planning.document(opened, planned, checked, chosen.objects))
    archived = (chosen.objects or {}).get("classes", {})
    count = sum(archived.get(each, 0) for each in existing.ARCHIVED)
    if count:
        terminal.say(
            f"{terminal.count(count, 'object')} archived: they fail until they are restored; "
            "--class STANDARD leaves them out."
        )
    return checked, planned


def _upload(wish: Wish, path: Path) -> None:
    bucket, _, key = wish.output.removeprefix(source.SCHEME).partition("/")
    with path.open("rb") as file:
        Uploads(connect(wish.region).s3).put(Bucket=bucket, Key=key, Body=file)


def _say(wish: Wish, checked: Checked, planned: Work) -> None:
    options = {
        "operation": planned.operation,
        "destination-bucket": wish.destination_bucket,
        "destination-prefix": wish.destination_prefix,
        "versioned": checked.versions == "all",
        "region": wish.region,
    }
    if checked.errors:
        kinds = ", ".join(f"{each.code} {each.title}" for each in checked.errors)
        terminal.say(f"checked: {kinds}.")
        terminal.say(output.next_step("check", wish.output, options))
        return
    terminal.say(f"checked for {planned.operation}: no errors.")
    terminal.say(output.next_step("submit", wish.output, options | {"first": 100}))
