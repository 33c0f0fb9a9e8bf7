"""Writes the failed rows of a report as CSV with a header, for people and their spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import new_file
from jobs.formats import tables
from jobs.report import failures

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.formats.tables import Connection
    from jobs.report.reading import Open


def write(opened: Open, path: Path, cause: str | None) -> None:
    """Write the failed rows, all or those of one cause; a half file never stays.

    Raises:
        Refused: there is no such cause.
    """
    if cause is not None:
        failures.refuse_unknown(cause, opened.result.summary.causes)
    chosen = "true" if cause is None else f"cause = {tables.literal(cause)}"
    query = (
        "SELECT cause, bucket, shown AS key, key AS key_in_manifest, version_id, code, message "
        f"FROM caused WHERE {chosen} ORDER BY cause, bucket, shown"
    )
    copy(opened.connection, query, path, "HEADER")


def copy(connection: Connection, query: str, path: Path, *options: str) -> None:
    """Write what `query` gives to `path` as CSV, whole or not at all."""
    with new_file.whole(path) as part:
        connection.execute(
            f"COPY ({query}) TO {tables.literal(str(part))} ({', '.join(['FORMAT csv', *options])})"
        )
