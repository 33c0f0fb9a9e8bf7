"""The verb: reads the options, runs the check, says what it found."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import terminal
from jobs.check import checking, output, planning, source, work
from jobs.errors import Exit

if TYPE_CHECKING:
    from jobs.check.findings import Checked


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

    @property
    def work(self) -> dict[str, str | None]:
        """What the job would be told, by the names of its arguments."""
        return {
            "operation": self.operation,
            "overwrite": self.overwrite,
            "destinationBucket": self.destination_bucket,
            "destinationPrefix": self.destination_prefix,
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
    help="Examples of each kind; 0 shows all.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document; of all: JSON Lines.")
@click.option("--config-env", metavar="NAME", envvar="SAM_CONFIG_ENV", help="As for sam.")
@click.option("--region", metavar="REGION", help="The Region of a manifest in S3.")
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Look at every row of MANIFEST before a job does.

    MANIFEST is a CSV file, or the s3:// place of one or of an inventory's manifest.json. What is
    not said is taken from samconfig.toml. What was found about a file stands beside it afterwards,
    in MANIFEST.plan.json. Exit code 1: errors (E..), which `submit` refuses too;
    warnings (W..) are told only.
    """
    asked = Asked(**context.params)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jobs-check-") as name:
        folder = Path(name)
        fields = source.fields(asked=asked.fields, versioned=asked.versioned)
        opened = source.find(asked.manifest, fields, folder, asked.region)
        planned = work.planned(asked.work, work.deployed(asked.config_env))
        checked = checking.check(opened, planned, folder, most=asked.findings)
        if not opened.bucket:
            planning.write(Path(asked.manifest), planning.document(opened, planned, checked))
    _tell(asked, checked, time.monotonic() - started)
    if planned.rule is None:
        terminal.say("src/task.py has no rule new_key: E20 to E26 were not looked for.")
    if checked.errors:
        raise click.exceptions.Exit(Exit.FINDINGS)
    terminal.say(output.next_step(asked.manifest, planned.operation))


def _tell(asked: Asked, checked: Checked, seconds: float) -> None:
    if not asked.as_json:
        terminal.out(output.as_text(asked.manifest, checked, seconds))
    elif asked.findings:
        terminal.out(terminal.as_json(output.as_document(checked)))
    else:
        for line in output.as_lines(checked):
            terminal.out(terminal.as_json(line, is_line=True))
