"""Counts the rows of a report: what is done, how, and why the rest failed.

Rows are counted where they are; only the failed ones become a table, by `failures`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import tables, unread_lines
from jobs.report import failures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs.formats.tables import Connection
    from jobs.report.failures import Cause
    from jobs.report.fetch import Fetched
    from jobs.report.reconcile import Answered

# How a success begins, or what it holds, in the sentences of src/s3copy/messages.py.
MERGED = "an identical copy was there"
DONE_SQL = f"""CASE WHEN contains(message, '{MERGED}') THEN 'merged'
  WHEN starts_with(message, 'Already renamed') THEN 'already_renamed'
  WHEN starts_with(message, 'Already there') THEN 'already_there'
  WHEN starts_with(message, 'Skipped') THEN 'skipped' ELSE 'now' END"""
EMPTY = """CREATE VIEW results AS SELECT '' AS bucket, '' AS key, '' AS version_id, '' AS status,
  '' AS http_status, '' AS code, '' AS message, '' AS file WHERE false"""


@dataclass(frozen=True, slots=True)
class Done:
    """Succeeded rows by what their messages say.

    Attributes:
        now: by this job.
        already_there: the copy was there, and is the same.
        already_renamed: an earlier delivery or job renamed it; not compared.
        merged: renamed onto an identical copy that was there.
        skipped: there was no object, which the job allows.
    """

    now: int = 0
    already_there: int = 0
    already_renamed: int = 0
    merged: int = 0
    skipped: int = 0

    @property
    def all(self) -> int:
        """All rows that succeeded."""
        return sum(astuple(self))


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a job, from the rows of its report, which were counted in `seconds`.

    Attributes:
        answered: how the rows answer the manifest; None: it was not compared.
        rows_of: path of a file to its rows.
    """

    rows: int
    done: Done
    failed: int
    causes: tuple[Cause, ...]
    answered: Answered | None = None
    rows_of: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def read(connection: Connection, fetched: Fetched, examples: int) -> Summary:
    """Return what the rows say; leaves the views `results` and `caused` and the table `failures`.

    Raises:
        Refused: a line is no row of a report, or a status is neither `succeeded` nor `failed`.
    """
    failed_files = [part.path for part in fetched.parts if part.status == "failed"]
    _view(connection, failed_files)
    failures.tabulate(connection)
    _view(connection, fetched.paths)
    counted = connection.execute(
        f"SELECT status, {DONE_SQL} AS kind, file, count(*) FROM results GROUP BY ALL"
    ).fetchall()
    _check_read(connection, {status for status, _, _, _ in counted}, fetched)
    done, rows_of = Counter[str](), Counter[str]()
    for status, kind, file, count in counted:
        rows_of[str(Path(file))] += count  # on Windows with other slashes, perhaps
        done[kind if status == "succeeded" else "failed"] += count
    failed = done.pop("failed", 0)
    if failed != tables.scalar(connection, "SELECT count(*) FROM failures"):
        failures.tabulate(connection)  # a file has rows of the other status: the rows count
    found = failures.group(connection, examples)
    return Summary(done.total() + failed, Done(**done), failed, found, rows_of=rows_of)


def _view(connection: Connection, paths: Sequence[Path]) -> None:
    """Make the view `results` of these files, in place of an earlier one."""
    connection.execute("DROP VIEW IF EXISTS results")
    if paths:
        tables.report(connection, paths)
    else:
        connection.execute(EMPTY)


def _check_read(connection: Connection, statuses: set[str], fetched: Fetched) -> None:
    if broken := unread_lines.of(connection):
        names = {str(part.path): part.uri for part in fetched.parts}
        file, line, *_ = broken[0]
        name = names.get(str(Path(file)), file)
        raise Refused(
            f"{name!r} is no file of a report: its line {line} is no row of one. Fetch it again, "
            "or take the report as incomplete."
        )
    if unknown := statuses - {"succeeded", "failed"}:
        raise Refused(
            f"{fetched.uri!r} names a file with a row of the status {min(unknown)!r}: that is no "
            "report of S3 Batch Operations."
        )
