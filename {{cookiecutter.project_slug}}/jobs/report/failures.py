"""The failed rows of a report, and their causes: bounded in number, while counts are complete."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import row_rules, tables
from jobs.report import causes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.formats.tables import Connection

KINDS_READ = 20_000  # kinds of message that are looked at, the most frequent first
CAUSES_KEPT = 50  # the rest is one cause, OTHERS
OTHERS = "other"
OTHER_KINDS = causes.Kind("", "(other messages)", "see them with --csv")


@dataclass(frozen=True, slots=True)
class Example:
    """A failed row: its key as people read it, its version and what it says."""

    bucket: str
    key: str
    version_id: str
    message: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures of one kind: `C1` is the most frequent; `causes.Kind` says what the others are.

    `code` is the error code, of Lambda's answer or of S3 Batch Operations.
    """

    id: str
    code: str
    message: str
    count: int
    retryable: bool
    advice: str
    examples: tuple[Example, ...] = ()


def refuse_unknown(cause_id: str, causes: Sequence[Cause]) -> None:
    """Refuse the id of a cause that there is not, and name those that there are."""
    known = [cause.id for cause in causes]
    if cause_id not in known:
        raise Refused(f"There is no cause {cause_id!r}: there are {', '.join(known) or 'none'}.")


def tabulate(connection: Connection) -> None:
    """Create the table `failures`: the failed rows, their keys as people read them, their masks."""
    own = [
        f"regexp_replace(coalesce(shown, ''), '{row_rules.RAW}', ' ', 'g')",
        "coalesce(new_key, '')",
        "key",
        "CASE WHEN version_id IN ('', 'null', '\\N') THEN '' ELSE version_id END",
        "bucket",
    ]
    rows = row_rules.texts("(SELECT * FROM results WHERE status <> 'succeeded')")
    connection.execute(
        f"""CREATE OR REPLACE TABLE failures AS
        SELECT bucket, key, version_id, code, message, coalesce(shown, key) AS shown,
          {causes.masked_sql("message", own)} AS mask FROM (
            SELECT *, coalesce(told[1], text) AS shown, told[2] AS new_key FROM ({rows}))"""
    )


def group(connection: Connection, examples: int) -> tuple[Cause, ...]:
    """Return the causes, the most frequent first; create `caused`: `failures` with their causes."""
    kinds = connection.execute(
        "SELECT code, mask, count(*) AS count FROM failures GROUP BY code, mask"
        f" ORDER BY count DESC, code, mask LIMIT {KINDS_READ}"
    ).fetchall()
    known = {(code, mask): (code, causes.known(code, mask)) for code, mask, _ in kinds}
    counts = Counter[tuple[str, causes.Kind]]()
    for code, mask, count in kinds:
        counts[known[code, mask]] += count
    kept = sorted(counts, key=lambda each: (-counts[each], each[0], each[1].title))[:CAUSES_KEPT]
    ids = {each: f"C{at}" for at, each in enumerate(kept, start=1)}
    _number(connection, [(*pair, ids[each]) for pair, each in known.items() if each in ids])
    shown = _examples(connection, examples)
    found = [(ids[code, kind], code, kind, counts[code, kind]) for code, kind in kept]
    rest = tables.scalar(connection, f"SELECT count(*) FROM caused WHERE cause = '{OTHERS}'")
    found += [(OTHERS, "", OTHER_KINDS, rest)] if rest else []
    return tuple(
        Cause(each, code, kind.title, count, kind.retryable, kind.advice, shown.get(each, ()))
        for each, code, kind, count in found
    )


def _number(connection: Connection, pairs: Sequence[tuple[str, str, str]]) -> None:
    """Create the view `caused` from (code, mask, id of the cause)."""
    connection.execute("CREATE TABLE cause_of (code VARCHAR, mask VARCHAR, id VARCHAR)")
    if pairs:
        connection.executemany("INSERT INTO cause_of VALUES (?, ?, ?)", pairs)
    connection.execute(
        f"CREATE VIEW caused AS SELECT failures.*, coalesce(cause_of.id, '{OTHERS}') AS cause"
        " FROM failures LEFT JOIN cause_of USING (code, mask)"
    )


def _examples(connection: Connection, most: int) -> dict[str, tuple[Example, ...]]:
    rows: Sequence[tuple[str, ...]] = connection.execute(
        "SELECT cause, bucket, shown, version_id, message FROM caused QUALIFY"
        f" row_number() OVER (PARTITION BY cause ORDER BY shown, version_id) <= {int(most)}"
        " ORDER BY cause, shown, version_id"
    ).fetchall()
    found: dict[str, tuple[Example, ...]] = {}
    for cause, *example in rows:
        found[cause] = (*found.get(cause, ()), Example(*example))
    return found
