"""The verb: a source of keys, filters and new names become a manifest that was checked."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError

from jobs import terminal
from jobs.aws.clients import connect
from jobs.aws.listing import Lister
from jobs.aws.uploads import NotStoredError, Uploads
from jobs.check import checking, output, planning, source, work
from jobs.errors import Exit, Refused, code
from jobs.formats import plan, tables
from jobs.manifest import files, filters, sources, writing
from jobs.manifest.options import Wish, options

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection
    from jobs.manifest.writing import Chosen

SHOWN = 10  # rows of a preview
PLACE = re.compile(r"s3://[^/]+/.*[^/]")
EXISTS = "{!r} exists: give another -o, or --force to replace it."
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@click.command("manifest", short_help="Make a manifest of a bucket, an inventory or a list.")
@options
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
    beside = None if to_s3 or wish.preview else Path(wish.output).absolute().parent
    with tempfile.TemporaryDirectory(prefix=".jobs-manifest-", dir=beside) as name:
        folder = Path(name)
        path = folder / Path(wish.output).name
        with tables.connect(folder) as connection:
            chosen = _write(wish, connection, folder, path)
        if wish.preview:
            return
        opened, checked, planned = _checked(wish, path, chosen, folder)
        s3 = connect(wish.region).s3 if to_s3 else None
        if s3:
            opened = _upload(wish, s3, path, opened)
        else:
            path.replace(wish.output)
        planning.keep(opened, s3, planning.document(opened, planned, checked, chosen.objects))
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
    if to_s3 and not PLACE.fullmatch(wish.output):
        raise Refused(f"{wish.output!r} is no place for a manifest: write s3://BUCKET/KEY.")
    if not to_s3 and not wish.force and not wish.preview and Path(wish.output).exists():
        raise Refused(EXISTS.format(wish.output))


def _write(wish: Wish, connection: Connection, folder: Path, path: Path) -> Chosen:
    markers, listed = _read(wish, connection, folder)
    conditions = list(filters.conditions(wish))
    chosen = writing.choose(connection, conditions, limit=wish.limit, listed=listed)
    renaming = filters.renaming(wish.rename) if wish.rename else None
    prefix = _work(wish, chosen.bucket).prefix
    is_named = writing.name(connection, renaming, by_rule=wish.rule, prefix=prefix)
    view, has_names = ("named", True) if is_named else ("chosen", chosen.names)
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


def _read(wish: Wish, connection: Connection, folder: Path) -> tuple[int, str | None]:
    """Fill `objects`; return how many delete markers were left out, and when it was listed.

    The time is None where the source does not say it.
    """
    if wish.source == "-":
        stdin = sources.standard_input()
        return sources.keys(connection, stdin, wish.bucket, folder, is_nul=wish.nul), None
    if not wish.source.startswith(source.SCHEME):
        return files.read(connection, Path(wish.source), folder, wish), None
    s3 = connect(wish.region).s3
    if wish.source.endswith("/manifest.json"):
        return sources.inventory(connection, s3, wish.source, folder)
    bucket, _, prefix = wish.source.removeprefix(source.SCHEME).partition("/")
    lister = Lister(
        s3,
        bucket,
        versions=wish.versions,
        start_after=wish.start_after,
        parallel=wish.parallel,
    )
    return sources.listing(connection, lister, prefix, folder), planning.now()


def _left(chosen: Chosen) -> str:
    left = chosen.left_out
    return f"; {terminal.count(sum(left.values()), 'key')} left out{writing.words(left)}" * bool(
        left
    )


def _work(wish: Wish, bucket: str) -> Work:
    asked = {
        "operation": wish.operation or ("rename" if wish.rename else None),
        "destinationBucket": wish.destination_bucket,
        "destinationPrefix": wish.destination_prefix,
    }
    return work.planned(asked, work.deployed(), source=bucket)


def _checked(wish: Wish, path: Path, chosen: Chosen, folder: Path) -> tuple[Opened, Checked, Work]:
    """Check what was written; return it, what was found, and for what work."""
    opened = source.in_file(path, source.fields(asked="", versioned=chosen.versions))
    opened = replace(opened, name=wish.output)
    planned = _work(wish, chosen.bucket)
    checked = checking.check(opened, planned, folder)
    classes = (chosen.objects or {}).get("classes", {})
    if archived := sum(classes.get(each, 0) for each in plan.ARCHIVED):
        terminal.say(
            f"{terminal.count(archived, 'object')} archived: they fail until they are restored; "
            "--class STANDARD leaves them out."
        )
    return opened, checked, planned


def _upload(wish: Wish, s3: S3Client, path: Path, opened: Opened) -> Opened:
    """Store the manifest `path` in S3, and return it there."""
    bucket, _, key = wish.output.removeprefix(source.SCHEME).partition("/")
    new = {} if wish.force else {"IfNoneMatch": "*"}
    with path.open("rb") as file:
        try:
            stored = Uploads(s3).put(Bucket=bucket, Key=key, Body=file, **new)
        except NotStoredError as error:
            if isinstance(error.__cause__, ClientError) and code(error.__cause__) in TAKEN:
                raise Refused(EXISTS.format(wish.output)) from None
            raise
    etag, version = stored
    return replace(opened, bucket=bucket, key=key, etag=etag, version_id=version)


def _say(wish: Wish, checked: Checked, planned: Work) -> None:
    options: dict[str, object] = {
        "operation": planned.operation if planned.rule else wish.operation,
        "destination-bucket": wish.destination_bucket,
        "destination-prefix": wish.destination_prefix,
        "versioned": checked.versions == "all",
        "config-env": wish.config_env,
        "region": wish.region,
    }
    if checked.errors:
        kinds = ", ".join(f"{each.code} {each.title}" for each in checked.errors)
        terminal.say(f"checked: {kinds}.")
        terminal.say(output.next_step("check", wish.output, options))
        return
    terminal.say(f"checked for {planned.operation}: no errors.")
    for each in checked.findings:
        rows = terminal.count(each.count, "row")
        terminal.say(f"{each.code} {each.title} in {rows}: {each.advice}.")
    options["first"] = output.canary(checked.rows)
    terminal.say(output.next_step("submit", wish.output, options))
