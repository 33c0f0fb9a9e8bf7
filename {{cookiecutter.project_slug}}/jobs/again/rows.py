"""Which rows of a manifest are to run again; SQL over the views of `jobs.report.reading`.

The rows are those of the manifest, byte for byte: bucket, key field and version as they stand
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import tables
from jobs.report.reconcile import CELL_HASH, RESULT_HASH, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.formats.tables import Connection
    from jobs.report.reading import Open

NEVER = f"""SELECT bucket, key, coalesce(version, '') AS version FROM cells
  WHERE {CELL_HASH} IN (SELECT h FROM unanswered)
UNION ALL SELECT bucket, key, version FROM balance, range(asked - answered) AS copies(copy)
  WHERE answered < asked"""
# A row as often as it failed, but never more often than the manifest has it.
FAILED = f"""SELECT bucket, key, coalesce(version, '') AS version FROM cells
  WHERE {CELL_HASH} IN (SELECT h FROM wanted WHERE is_whole)
UNION ALL SELECT bucket, key, version FROM partly, range(times) AS copies(copy)"""


def failed(opened: Open, causes: Sequence[str]) -> str:
    """Return the query of the failed rows, all or those of these causes.

    Raises:
        Refused: there is no such cause.
    """
    known = [cause.id for cause in opened.result.summary.causes]
    for each in causes:
        if each not in known:
            raise Refused(f"There is no cause {each!r}: there are {', '.join(known) or 'none'}.")
    ids = ", ".join(tables.literal(each) for each in causes)
    _count_failed(opened.connection, f"WHERE cause IN ({ids})" if ids else "")
    return FAILED


def _count_failed(connection: Connection, chosen: str) -> None:
    """Create `wanted(h, is_whole)`, and `partly`: rows that failed less often than they are there.

    Rows are found by their hashes of eight bytes; where the manifest has more rows of one hash than
    failed, the texts decide.
    """
    connection.execute(
        f"""CREATE OR REPLACE TABLE wanted AS SELECT h, copies <= times AS is_whole FROM (
          SELECT {RESULT_HASH} AS h, count(*) AS times FROM caused {chosen} GROUP BY h) JOIN (
          SELECT {CELL_HASH} AS h, count(*) AS copies FROM cells
          WHERE {CELL_HASH} IN (SELECT {RESULT_HASH} FROM caused {chosen}) GROUP BY h) USING (h)"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE partly AS SELECT bucket, key, {VERSION} AS version,
          count(*) AS times FROM caused {chosen} {"AND" if chosen else "WHERE"}
          {RESULT_HASH} IN (SELECT h FROM wanted WHERE NOT is_whole) GROUP BY ALL"""
    )


def unanswered(opened: Open, *, with_failed: bool) -> str:
    """Return the query of the rows without an answer, and of the failed ones if asked for."""
    return f"{NEVER} UNION ALL {failed(opened, [])}" if with_failed else NEVER


def check_whole(opened: Open, *, needs_successes: bool) -> None:
    """Refuse a report that does not tell which rows are left.

    Raises:
        Refused: it answers rows of another manifest, or lists no successes where they are needed.
    """
    result = opened.result
    answered = result.summary.answered
    if answered and answered.stray:
        raise Refused(
            f"The report answers {answered.stray:,} rows that the manifest of job {result.name} "
            "does not have: one of the two is not of this job."
        )
    if needs_successes and result.is_failed_only:
        raise Refused(
            f"The report of job {result.name} lists no successes, so what is left is unknown: "
            "only a report of AllTasks can be resumed from."
        )


def count(connection: Connection, query: str) -> int:
    """Return how many rows a query gives."""
    return tables.scalar(connection, f"SELECT count(*) FROM ({query})")
