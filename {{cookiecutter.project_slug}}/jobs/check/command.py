"""The verb: reads the options, runs the check, says what it found."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import terminal
from jobs.aws.clients import connect
from jobs.check import checking, existing, fix, output, planning, source, split, work
from jobs.errors import Exit, Refused
from jobs.project import config_env

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked on the command line; the options' help says more."""

    manifest: str
    operation: str | None
    overwrite: str | None
    destination_bucket: str | None
    destination_prefix: str | None
    versioned: bool
    fields: str
    findings: int
    as_json: bool
    config_env: str | None
    region: str | None
    against: str
    exists: bool
    fix: str | None
    raw: bool
    encoded: bool
    split: str | None

    def to_submit(self, planned: Work) -> dict[str, object]:
        """What submit must be told to run what was checked."""
        return {
            # work of the author's own, without new names, need not know the word
            "operation": planned.operation if planned.rule else self.operation,
            "overwrite": self.overwrite,
            "destination_bucket": self.destination_bucket,
            "destination_prefix": self.destination_prefix,
            "versioned": self.versioned,
            "fields": self.fields or None,
            "config_env": self.config_env,
            "region": self.region,
        }


@click.command("check", short_help="Refuse a manifest that would fail or lose objects.")
@click.argument("manifest")
@click.option("--operation", type=click.Choice(["copy", "rename"]), help="As for submit.")
@click.option("--overwrite", type=click.Choice(["never", "always"]), help="As for submit.")
@click.option("--destination-bucket", metavar="BUCKET", help="As for submit.")
@click.option("--destination-prefix", metavar="PREFIX", help="As for submit.")
@click.option("--versioned", is_flag=True, help="The columns are Bucket,Key,VersionId.")
@click.option("--fields", metavar="NAMES", default="", help="The columns, as for submit.")
@click.option(
    "--findings",
    metavar="N",
    type=click.IntRange(0, checking.MOST_EXAMPLES),
    default=3,
    show_default=True,
    help="Examples shown of each kind; 0 shows all.",
)
@click.option(
    "--against",
    metavar="s3://BUCKET/PREFIX",
    default="",
    help="List it, and find which new names are there already.",
)
@click.option(
    "--exists",
    is_flag=True,
    help="List the bucket, and find which objects are missing or archived.",
)
@click.option(
    "--fix", metavar="OUT", help="Write a mended copy: UTF-8, LF, no header, BOM or blank lines."
)
@click.option("--raw", is_flag=True, help="With --fix: the keys are not encoded; encode each.")
@click.option("--encoded", is_flag=True, help="With --fix: the keys are encoded; encode each anew.")
@click.option(
    "--split", metavar="DIR", help="Write the manifests of a renumbering, to run one by one."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document; with --findings 0 JSON Lines."
)
@config_env.option()
@click.option("--region", metavar="REGION", help="The Region of a manifest in S3.")
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Look at every row of MANIFEST before a job does.

    MANIFEST is a CSV file, or the s3:// place of one or of an inventory's manifest.json. Options
    that are not given are taken from samconfig.toml. What was found is kept in MANIFEST.plan.json
    beside a file; in S3 only for a manifest in manifests/ of its bucket. Exit code 1: errors (E..),
    which `submit` refuses too; warnings (W..) do not change the exit code.
    """
    asked = Asked(**context.params)
    _refuse_options(asked)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jobs-check-") as name:
        folder = Path(name)
        fields = source.fields(asked=asked.fields, versioned=asked.versioned)
        opened = source.find(asked.manifest, fields, folder, asked.region)
        planned = work.planned(work.asked(asked), work.deployed())
        if asked.split:
            _split(asked, opened, planned, folder)
            return
        if asked.fix:
            opened = _fixed(asked, opened, folder, fields)
            is_versioned = "VersionId" in opened.fields
            asked = replace(asked, manifest=asked.fix, fields="", versioned=is_versioned)
        checked = checking.check(opened, planned, folder, most=asked.findings, in_s3=_in_s3(asked))
        if checked.rows:
            s3 = connect(asked.region).s3 if opened.bucket else None
            planning.keep(opened, s3, planning.document(opened, planned, checked))
    _tell(asked, checked, time.monotonic() - started)
    if planned.rule is None:
        terminal.say(output.NO_RULE)
    if checked.errors:
        raise click.exceptions.Exit(Exit.FINDINGS)
    options = asked.to_submit(planned) | {"first": output.canary(checked.rows)}
    terminal.say(output.next_step("submit", asked.manifest, options))


def _refuse_options(asked: Asked) -> None:
    if asked.raw and asked.encoded:
        raise Refused("--raw and --encoded say opposite things of the keys: give one of them.")
    if (asked.raw or asked.encoded) and not asked.fix:
        raise Refused("--raw and --encoded say what the keys are for --fix: give --fix OUT, too.")
    if asked.fix and asked.split:
        raise Refused("--fix and --split both write manifests: mend first, then split that one.")


def _in_s3(asked: Asked) -> existing.Asked | None:
    if not (asked.against or asked.exists):
        return None
    return existing.Asked(connect(asked.region).s3, asked.against, asked.exists)


def _fixed(asked: Asked, opened: Opened, folder: Path, fields: Sequence[str]) -> Opened:
    """Write the mended manifest; return it, to be checked."""
    way = "raw" if asked.raw else "encoded" if asked.encoded else ""
    inner = folder / "fix"
    inner.mkdir()
    mended = fix.fix(opened, Path(str(asked.fix)), inner, fields, way=way)
    terminal.say(f"{asked.fix} has the same objects, mended. It was checked:")
    return mended


def _split(asked: Asked, opened: Opened, planned: Work, folder: Path) -> None:
    inner = folder / "work"
    inner.mkdir()
    paths = split.split(opened, planned, inner, Path(str(asked.split)))
    count = terminal.count(len(paths), "job")
    terminal.say(f"{count}, to run one after the other; each manifest passes check:")
    for path in paths:
        terminal.out(str(path))
    options = replace(asked, fields="").to_submit(planned) | {"watch": True}
    first = output.next_step("submit", str(paths[0]), options)
    others = "   and each other once the one before has ended without a failed row"
    terminal.say(f"{first}{others if len(paths) > 1 else ''}")


def _tell(asked: Asked, checked: Checked, seconds: float) -> None:
    if not asked.as_json:
        terminal.out(output.as_text(asked.manifest, checked, seconds))
    elif asked.findings:
        terminal.out(terminal.as_json(output.as_document(checked)))
    else:
        for line in output.as_lines(checked):
            terminal.out(terminal.as_json(line, is_line=True))
