"""Writes the failed rows of a report as CSV with a header, for people and their spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import new_file
from jobs.errors import Refused
from jobs.formats import tables

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.formats.tables import Connection


def write(connection: Connection, path: Path, cause: str | None) -> None:
    """Write the rows of the view `caused`, all or those of one cause; a half file never stays.

    Raises:
        Refused: there is no such cause.
    """
    ids = {cause for (cause,) in connection.execute("SELECT DISTINCT cause FROM caused").fetchall()}
    if cause is not None and cause not in ids:
        raise Refused(f"There is no cause {cause!r}: there are {', '.join(sorted(ids)) or 'none'}.")
    chosen = f"WHERE cause = {tables.literal(cause)}" if cause else ""
    source = (
        "SELECT cause, bucket, shown AS key, key AS key_in_manifest, version_id, code, message "
        f"FROM caused {chosen} ORDER BY cause, bucket, shown"
    )
    copy(connection, source, path, "HEADER")


def copy(connection: Connection, query: str, path: Path, *options: str) -> None:
    """Write what `query` gives to `path` as CSV, whole or not at all."""
    with new_file.whole(path) as part:
        connection.execute(
            f"COPY ({query}) TO {tables.literal(str(part))} ({', '.join(['FORMAT csv', *options])})"
        )
