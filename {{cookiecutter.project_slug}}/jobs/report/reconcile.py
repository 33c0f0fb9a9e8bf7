"""Compares a report with the manifest of its job, row by row, as multisets.

A report echoes a row's bucket, key and version byte for byte as they stand in the manifest (facts
of real reports), so the texts are compared, not what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.formats import tables

if TYPE_CHECKING:
    from jobs.formats.tables import Connection

# In a report an empty field of a column of versions is `\N`; the manifest has an empty field.
VERSION = "CASE WHEN version_id = '\\N' THEN '' ELSE version_id END"
# duckdb gives one hash to two in a hundred different keys such as 2025/020/image 000000020.jpg, and
# to none when the key is in it backwards, too (3,000,000 of such keys, tried with duckdb 2.0).
CELL_HASH = "hash(bucket, key, coalesce(version, ''), reverse(key))"
RESULT_HASH = f"hash(bucket, key, {VERSION}, reverse(key))"


@dataclass(frozen=True, slots=True)
class Answered:
    """How the rows of a report answer those of the manifest.

    Attributes:
        once: rows of the manifest with one answer.
        twice: rows with more answers than they have copies.
        never: rows without an answer.
        stray: answers to rows that the manifest does not have.
    """

    once: int
    twice: int
    never: int
    stray: int

    @property
    def is_whole(self) -> bool:
        """Every row was answered once, and nothing else."""
        return not (self.twice or self.never or self.stray)


def compare(connection: Connection) -> Answered:
    """Return how the view `results` answers the view `cells`.

    It leaves the table `unanswered(h)`: hashes of rows without any answer, and the table
    `balance(bucket, key, version, asked, answered)` of the other rows that differ. Rows are counted
    by their hashes of eight bytes; what differs is then compared by its texts, so that two rows of
    one hash change no number.
    """
    _both(
        connection,
        "sides",
        f"SELECT {CELL_HASH} AS h FROM cells",
        f"SELECT {RESULT_HASH} FROM results",
    )
    connection.execute(
        """CREATE TABLE tally AS
        SELECT h, count_if(is_asked)::BIGINT AS asked, count_if(NOT is_asked)::BIGINT AS answered
        FROM sides GROUP BY h HAVING count_if(is_asked) <> count_if(NOT is_asked)"""
    )
    rows = tables.scalar(connection, "SELECT count_if(is_asked) FROM sides")
    connection.execute("DROP TABLE sides")
    connection.execute("CREATE TABLE unanswered AS SELECT h FROM tally WHERE answered = 0")
    _balance(connection)
    return _counted(connection, rows)


def _balance(connection: Connection) -> None:
    """Create `balance`: rows that have an answer, but not as many as the manifest has rows."""
    partly = "IN (SELECT h FROM tally WHERE answered > 0)"
    if not tables.scalar(connection, "SELECT count(*) FROM tally WHERE answered > 0"):
        partly = "IS NULL AND false"  # nothing is read for nothing
    _both(
        connection,
        "texts",
        "SELECT struct_pack(bucket, key, version := coalesce(version, '')) AS h FROM cells"
        f" WHERE {CELL_HASH} {partly}",
        f"SELECT struct_pack(bucket, key, version := {VERSION}) FROM results"
        f" WHERE {RESULT_HASH} {partly}",
    )
    connection.execute(
        """CREATE TABLE balance AS SELECT unnest(h), count_if(is_asked)::BIGINT AS asked,
          count_if(NOT is_asked)::BIGINT AS answered
        FROM texts GROUP BY h HAVING count_if(is_asked) <> count_if(NOT is_asked)"""
    )


def _both(connection: Connection, table: str, cells: str, results: str) -> None:
    """Create `table(h, is_asked)` of two selects, one by one: each reader needs its memory."""
    connection.execute(f"CREATE TABLE {table} AS SELECT *, true AS is_asked FROM ({cells})")
    connection.execute(f"INSERT INTO {table} SELECT *, false FROM ({results})")


def _counted(connection: Connection, rows: int) -> Answered:
    twice, never, stray = connection.execute(
        """SELECT
          coalesce(sum(least(asked, answered - asked)) FILTER (asked > 0 AND answered > asked), 0),
          coalesce(sum(asked - answered) FILTER (answered < asked), 0),
          coalesce(sum(answered) FILTER (asked = 0), 0) FROM balance"""
    ).fetchone() or (0, 0, 0)
    wholly = tables.scalar(connection, "SELECT sum(asked) FROM tally WHERE answered = 0")
    never = int(never) + wholly
    return Answered(int(rows - twice - never), int(twice), never, int(stray))
