"""The lines of CSV files that the views of `tables` left out, since they cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.formats import tables

if TYPE_CHECKING:
    from jobs.formats.tables import Connection

KINDS = {
    "MISSING COLUMNS": "columns",
    "TOO MANY COLUMNS": "columns",
    "UNQUOTED VALUE": "quote",
    "INVALID ENCODING": "encoding",
    "LINE SIZE OVER MAXIMUM": "long",
}
"""What duckdb calls a line that it cannot read, in our words."""


class Unread(NamedTuple):
    """A line that a view left out."""

    file: str
    """Its path."""
    line: int
    kind: str
    """One of `KINDS`."""
    text: str
    """Its beginning."""


def of(connection: Connection) -> list[Unread]:
    """Return the lines that views left out. Only known after each was read to its end."""
    exists = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"
    if not tables.scalar(connection, exists):
        return []
    query = (
        "SELECT file_path, line, min(error_type::VARCHAR), left(min(coalesce(csv_line, '')), 80)"
        " FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
        " GROUP BY file_path, line ORDER BY file_path, line"
    )
    found = connection.execute(query).fetchall()
    return [
        Unread(file, line, KINDS.get(kind, "columns"), text) for file, line, kind, text in found
    ]
