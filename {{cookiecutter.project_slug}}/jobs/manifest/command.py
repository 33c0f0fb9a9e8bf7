"""The verb: a source of keys, filters and new names become a manifest that was checked."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError

from jobs import new_file, terminal
from jobs.aws import uris
from jobs.aws.clients import connect
from jobs.aws.uploads import NotStoredError, Uploads
from jobs.check import checking, output, planning, source, work
from jobs.errors import Exit, Refused, code
from jobs.formats import plan, tables
from jobs.manifest import filters, sources, writing
from jobs.manifest.options import Wish, options
from jobs.project import rule

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection
    from jobs.manifest.writing import Chosen

SHOWN = 10  # rows of a preview
PLACE = re.compile(r"s3://[^/]+/.*[^/]")
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
    to_s3 = wish.output.startswith(uris.SCHEME)
    _refuse_output(wish, to_s3=to_s3)
    sources.refuse_options(wish)
    planned = _planned(wish)
    new = _new_name(wish, planned.prefix)
    conditions = filters.conditions(wish)
    beside = None if to_s3 or wish.preview else Path(wish.output).absolute().parent
    with tempfile.TemporaryDirectory(prefix=".jobs-manifest-", dir=beside) as name:
        folder = Path(name)
        path = folder / Path(wish.output).name
        with tables.connect(folder) as connection:
            markers, listed = sources.read(connection, folder, wish)
            chosen = writing.choose(connection, conditions, new, limit=wish.limit, listed=listed)
            _write(wish, connection, chosen, path)
        if markers:
            left = terminal.count(markers, "delete marker")
            terminal.say(f"{left} left out, since delete markers hold no object.")
        if wish.preview:
            return
        _say_archived(chosen)
        fields = source.fields(asked="", versioned=chosen.versions)
        opened = source.in_file(path, fields, wish.output)
        checked = checking.check(opened, planned, folder)
        s3 = connect(wish.region).s3 if to_s3 else None
        if s3:
            opened = _upload(wish, s3, path, opened)
        else:
            path.replace(wish.output)
        planning.keep(opened, s3, planning.document(opened, planned, checked, chosen.objects))
    _say(wish, checked, planned)
    if checked.errors:
        context.exit(Exit.FINDINGS)


def _refuse_output(wish: Wish, *, to_s3: bool) -> None:
    if to_s3 and not PLACE.fullmatch(wish.output):
        raise Refused(f"{wish.output!r} is no place for a manifest: write s3://BUCKET/KEY.")
    if not to_s3 and not wish.preview:
        new_file.refuse(Path(wish.output), force=wish.force)


def _planned(wish: Wish) -> Work:
    """Return the work that the manifest is checked for."""
    asked = work.asked(wish)
    asked["operation"] = wish.operation or ("rename" if wish.rename else None)
    return work.planned(asked, work.deployed())


def _new_name(wish: Wish, prefix: str) -> str:
    """Return the SQL of the new name that an option gives to each key; empty: none does.

    A rule that is more than a prefix is refused: it is applied when the job runs.
    """
    given = {"--rename": wish.rename, "--rule": wish.rule, "--map": wish.is_map}
    ways = [name for name, value in given.items() if value]
    if len(ways) > 1:
        raise Refused(f"{ways[0]} and {ways[1]} both give new names: give one of them.")
    if wish.rename:
        return filters.renaming(wish.rename)
    if not wish.rule:
        return ""
    found = rule.load()
    if found is None or not found.is_prefix:
        raise Refused(
            "--rule needs a rule that only puts a prefix before the key, and src/task.py has none: "
            "leave --rule out, the job calls the rule itself."
        )
    return f"{tables.literal(prefix)} || key"


def _write(wish: Wish, connection: Connection, chosen: Chosen, path: Path) -> None:
    """Write the rows, unless only a preview is asked for; say how many, and some of them."""
    size = " (a preview: nothing is written)"
    if not wish.preview:
        writing.write(connection, path, chosen)
        size = f", {path.stat().st_size / 1e6:,.1f} MB"
    left = ""
    if chosen.left_out:
        count = terminal.count(sum(chosen.left_out.values()), "key")
        left = f"; {count} left out{writing.words(chosen.left_out)}"
    terminal.say(f"{wish.output}: {terminal.count(chosen.rows, 'row')}{size}{left}")
    shown = SHOWN if wish.preview else 2
    for key, new in writing.ends(connection, chosen.rows, shown):
        terminal.say(f"  {terminal.shown(key)}" + (f"  -> {terminal.shown(new)}" if new else ""))


def _say_archived(chosen: Chosen) -> None:
    classes = (chosen.objects or {}).get("classes", {})
    if archived := sum(classes.get(each, 0) for each in plan.ARCHIVED):
        terminal.say(
            f"{terminal.count(archived, 'archived object')} will fail until restored; "
            "--class STANDARD leaves archived objects out."
        )


def _upload(wish: Wish, s3: S3Client, path: Path, opened: Opened) -> Opened:
    """Store the manifest `path` in S3, and return it there."""
    bucket, key = uris.split(wish.output)
    new = {} if wish.force else {"IfNoneMatch": "*"}
    with path.open("rb") as file:
        try:
            etag, version = Uploads(s3).put(Bucket=bucket, Key=key, Body=file, **new)
        except NotStoredError as error:
            if isinstance(error.__cause__, ClientError) and code(error.__cause__) in TAKEN:
                raise Refused(
                    f"{wish.output!r} exists: give another -o, or --force to replace it."
                ) from None
            raise
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
