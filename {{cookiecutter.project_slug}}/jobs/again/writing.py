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

    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection


@dataclass(frozen=True, slots=True)
class Written:
    """A manifest that was written and checked.

    Attributes:
        path: the file.
        fields: what each column holds, as a job's `Fields`.
        rows: how many.
    """

    path: Path
    fields: tuple[str, ...]
    rows: int


def write(  # noqa: PLR0913 - rows, and what checks them
    connection: Connection, query: str, path: Path, doing: Work, folder: Path, *, versions: bool
) -> Written:
    """Write the rows of `query` (bucket, key, version) to `path`, whole and checked or not at all.

    Raises:
        Refused: check finds errors in it; the message names the first.
    """
    fields = tuple(manifest.fields(versions=versions))
    columns = "bucket, key, version" if versions else "bucket, key"
    with new_file.whole(path) as part:
        connection.execute(
            f"COPY (SELECT {columns} FROM ({query})) TO {tables.literal(str(part))}"
            " (FORMAT csv, HEADER false)"
        )
        found = checking.check(source.in_file(part, fields), doing, folder)
        if found.errors:
            first = found.errors[0]
            raise Refused(
                f"The rows do not pass check: {first.code} {first.title} in {first.count:,} of "
                f"{found.rows:,} rows; {first.advice}."
            )
    return Written(path, fields, found.rows)


def doing(arguments: Mapping[str, str], config_env: str | None) -> Work:
    """Return what a job with these userArguments does with each row, as `check` asks for it.

    What the job did not record is as deployed. Which buckets are granted is not asked: the job ran.
    """
    return replace(work.planned(arguments, work.deployed(config_env)), granted=None)
