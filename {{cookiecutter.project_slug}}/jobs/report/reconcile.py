"""Compares a report with the manifest of its job, row by row, as multisets.

A report echoes a row's bucket, key and version byte for byte as they stand in the manifest (facts
of real reports), so the texts are compared, not what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.formats.tables import Connection

# In a report an empty field of a column of versions is `\N`; the manifest has an empty field.
VERSION = "CASE WHEN version_id = '\\N' THEN '' ELSE version_id END"


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
    """Return how the view `results` answers the view `cells`; leaves the table `balance`.

    `balance(bucket, key, version, asked, answered)` has a row for each that differs.
    """
    connection.execute(
        f"""CREATE TABLE balance AS
        SELECT bucket, key, version, sum(asked)::BIGINT AS asked, sum(answered)::BIGINT AS answered
        FROM (SELECT bucket, key, coalesce(version, '') AS version, 1 AS asked, 0 AS answered
                FROM cells
              UNION ALL SELECT bucket, key, {VERSION}, 0, 1 FROM results)
        GROUP BY bucket, key, version HAVING sum(asked) <> sum(answered)"""
    )
    twice, never, stray = connection.execute(
        """SELECT
          coalesce(sum(least(asked, answered - asked)) FILTER (asked > 0 AND answered > asked), 0),
          coalesce(sum(asked - answered) FILTER (answered < asked), 0),
          coalesce(sum(answered) FILTER (asked = 0), 0) FROM balance"""
    ).fetchone() or (0, 0, 0)
    (rows,) = connection.execute("SELECT count(*) FROM cells").fetchone() or (0,)
    return Answered(int(rows - twice - never), int(twice), int(never), int(stray))
