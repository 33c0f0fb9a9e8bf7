"""Which rows of a manifest are to run again; SQL over the views of `jobs.report.reading`.

The rows are those of the manifest, byte for byte: bucket, key field and version as they stand
there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.errors import Refused
from jobs.formats import tables
from jobs.formats.manifest import KEY_LIMIT
from jobs.report import failures
from jobs.report.reconcile import CELL_HASH, RESULT_HASH, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs.formats.tables import Connection
    from jobs.report.reading import Open

TOO_LONG = (
    f"the key has over {KEY_LIMIT:,} characters, encoded, as only one of an inventory may: no CSV "
    "manifest takes it"
)
NEVER = f"""SELECT bucket, key, coalesce(version, '') AS version FROM cells
  WHERE {CELL_HASH} IN (SELECT h FROM unanswered)
UNION ALL SELECT bucket, key, version FROM balance, range(asked - answered) AS copies(copy)
  WHERE answered < asked"""
# A row as often as it failed, but never more often than the manifest has it.
FAILED = f"""SELECT bucket, key, coalesce(version, '') AS version FROM cells
  WHERE {CELL_HASH} IN (SELECT h FROM wanted WHERE is_whole)
UNION ALL SELECT bucket, key, version FROM partly, range(times) AS copies(copy)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rows that are to run.

    Attributes:
        query: gives them: bucket, key, version.
        versions: each names a version.
        left_out: why rows are not among them, to how many; `left_out_query` gives these.
        told: what is said of the job; `nothing`, where no row is to run.
        arguments: of the job that runs them; None: those of the first job.
        options: those of the verb that choose these rows.
        elsewhere: the commands that deploy what can run the rows, and run them, where the stack's
            own function may not.
    """

    count: int
    query: str
    versions: bool
    left_out: Mapping[str, int]
    left_out_query: str
    told: str
    nothing: str
    arguments: Mapping[str, str] | None = None
    options: Sequence[str] = ()
    elsewhere: Sequence[str] = ()


def chosen(opened: Open, query: str, *, told: str, nothing: str) -> Chosen:
    """Return the rows of `query`, but those whose key no CSV manifest takes."""
    is_long = f"length(key) > {KEY_LIMIT}"
    count, long = opened.connection.execute(
        f"SELECT count(*) FILTER (NOT {is_long}), count(*) FILTER ({is_long}) FROM ({query})"
    ).fetchone() or (0, 0)
    return Chosen(
        count=count,
        query=f"SELECT * FROM ({query}) WHERE NOT {is_long}",
        versions=opened.has_versions,
        left_out={TOO_LONG: long} if long else {},
        left_out_query=f"SELECT *, {tables.literal(TOO_LONG)} AS why FROM ({query})"
        f" WHERE {is_long} ORDER BY ALL",
        told=told,
        nothing="no row is left that a CSV manifest takes." if long else nothing,
    )


def failed(opened: Open, causes: Sequence[str]) -> str:
    """Return the query of the failed rows, all or those of these causes.

    Raises:
        Refused: there is no such cause.
    """
    for each in causes:
        failures.refuse_unknown(each, opened.result.summary.causes)
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
        Refused: it answers rows of another manifest, or its successes are needed, and it lists none
            or they were too large to fetch.
    """
    result = opened.result
    answered = result.summary.answered
    if answered and answered.stray:
        raise Refused(
            f"The report answers {terminal.count(answered.stray, 'row')} that the manifest of job"
            f" {result.name} does not have: one of the two is not of this job."
        )
    if needs_successes and not result.fetched.is_whole:
        raise Refused(
            f"The report of job {result.name} does not fit on the free disk, so its successes were"
            " not read: free some of it, or let the file to write be on a larger one."
        )
    if needs_successes and result.is_failed_only:
        raise Refused(
            f"The report of job {result.name} lists no successes, so what is left is unknown: "
            "only a report of AllTasks can be resumed from."
        )
