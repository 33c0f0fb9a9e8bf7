"""Writes the rows that were chosen as a manifest, and lets `check` look at it before it stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobs import new_file
from jobs.check import checking, source, work
from jobs.errors import Refused
from jobs.formats import manifest, tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.again.rows import Chosen
    from jobs.formats.row_rules import Work
    from jobs.report.reading import Open


@dataclass(frozen=True, slots=True)
class Written:
    """A manifest that was written and checked; `fields` as a job has them."""

    path: Path
    fields: tuple[str, ...]
    rows: int


def write(opened: Open, chosen: Chosen, path: Path, doing: Work, *, force: bool) -> Written:
    """Write the chosen rows to `path`, whole and checked or not at all; the same ones alike.

    duckdb gives many rows in another order each time; submit knows a job of the same work by the
    bytes of its manifest.

    Raises:
        Refused: check finds errors in it, and the message names the first; or another file is at
            `path`, and not `force`.
    """
    fields = tuple(manifest.fields(versions=chosen.versions))
    columns = ", ".join(("bucket", "key", "version")[: len(fields)])
    with new_file.whole(path) as part:
        opened.connection.execute(
            f"COPY (SELECT {columns} FROM ({chosen.query}) ORDER BY ALL) TO "
            f"{tables.literal(str(part))}"
            " (FORMAT csv, HEADER false)"
        )
        found = checking.check(source.in_file(part, fields), doing, opened.folder)
        if found.errors:
            first = found.errors[0]
            raise Refused(
                f"The rows do not pass check: {first.code} {first.title} in {first.count:,} of "
                f"{found.rows:,} rows; {first.advice}."
            )
        new_file.refuse_another(path, part, force=force)
    return Written(path, fields, found.rows)


def doing(arguments: Mapping[str, str]) -> Work:
    """Return what a job with these userArguments does with each row, as `check` asks for it.

    What the job did not record is as deployed. Which buckets are granted is not asked: the job ran.
    """
    return replace(work.planned(arguments, work.deployed()), granted=None)
