"""How retry, resume and undo begin: their common options, and the job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs import where, which_job
from jobs.aws import joblist
from jobs.report import ended

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str
    output: Path | None
    force: bool
    does_submit: bool
    latest: bool
    yes: bool
    as_json: bool


OPTIONS = (
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The manifest to write.  [default: the verb and the job in its name, here]",
    ),
    click.option("--force", is_flag=True, help="Replace another file that is there."),
    click.option(
        "--submit", "does_submit", is_flag=True, help="Create the job, which waits for confirm."
    ),
    click.option(
        "--latest", is_flag=True, help="Run the version that is deployed now, not that of the job."
    ),
    click.option("--yes", is_flag=True, help="Answer the question of --submit; scripts need it."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)

options = where.together((*where.OPTIONS, *OPTIONS))


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that has ended, as DescribeJob answers it, and the verb that is to go on with it."""

    verb: str
    wish: Wish
    place: Place
    job: JobDescriptorTypeDef

    @property
    def name(self) -> str:
        """The beginning of the job's id."""
        return joblist.short(self.job)

    @property
    def path(self) -> Path:
        """The manifest to write."""
        return self.wish.output or Path(f"{self.verb}-{self.name}.csv")


def begin(verb: str, wish: Wish) -> Begun:
    """Find the job.

    Raises:
        Refused: it is unknown or still runs.
    """
    place = where.place(wish)
    job = which_job.find(place, wish.job)
    ended.check(job)
    return Begun(verb, wish, place, job)
