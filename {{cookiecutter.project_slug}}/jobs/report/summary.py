"""Counts the rows of a report: what is done, how, and why the rest failed.

Rows are counted where they are; only the failed ones become a table, `failures`, which holds what
`causes` says of each. Causes and examples are bounded, counts are complete.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import row_rules, tables
from jobs.report import causes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobs.formats.tables import Connection
    from jobs.report.fetch import Fetched
    from jobs.report.reconcile import Answered

KINDS_READ = 20_000  # kinds of message that are looked at, the most frequent first
OTHERS = "other"
CAUSES_KEPT = 50  # the rest is one cause, "(other messages)"
# How a success begins, or what it holds, in the sentences of src/s3copy/messages.py.
MERGED = "an identical copy was there"
DONE_SQL = f"""CASE WHEN contains(message, '{MERGED}') THEN 'merged'
  WHEN starts_with(message, 'Already renamed') THEN 'already_renamed'
  WHEN starts_with(message, 'Already there') THEN 'already_there'
  WHEN starts_with(message, 'Skipped') THEN 'skipped' ELSE 'now' END"""
EMPTY = """CREATE VIEW results AS SELECT '' AS bucket, '' AS key, '' AS version_id, '' AS status,
  '' AS http_status, '' AS code, '' AS message, '' AS file WHERE false"""


@dataclass(frozen=True, slots=True)
class Example:
    """A failed row: its key as people read it, its version and what it says."""

    bucket: str
    key: str
    version_id: str
    message: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures of one kind.

    Attributes:
        id: `C1` is the most frequent.
        code: the error code, of Lambda's answer or of S3 Batch Operations.
        message: what it is, in words; the masked message itself where no kind matches it.
        count: how many rows.
        retryable: whether the same again can help.
        advice: what to do; empty: nothing is known.
        examples: a few.
    """

    id: str
    code: str
    message: str
    count: int
    retryable: bool
    advice: str
    examples: tuple[Example, ...] = ()


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
        return self.now + self.already_there + self.already_renamed + self.merged + self.skipped


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a job, from its report.

    Attributes:
        rows: of the report.
        done: of those that succeeded.
        failed: of those that did not.
        causes: of the failures, the most frequent first.
        answered: how the rows answer the manifest; None: it was not compared.
        rows_of: path of a file to its rows.
        seconds: that reading took.
    """

    rows: int
    done: Done
    failed: int
    causes: tuple[Cause, ...]
    answered: Answered | None = None
    rows_of: Mapping[str, int] = field(default_factory=dict, compare=False)
    seconds: float = field(default=0.0, compare=False)


def read(connection: Connection, fetched: Fetched, examples: int) -> Summary:
    """Return what the rows say; leaves the views `results` and `caused` and the table `failures`.

    Raises:
        Refused: a line is no row of a report, or a status is neither `succeeded` nor `failed`.
    """
    failed_files = [part.path for part in fetched.parts if part.status == "failed"]
    _view(connection, failed_files)
    _tabulate(connection)
    _view(connection, fetched.paths)
    counted = connection.execute(
        f"SELECT status, {DONE_SQL} AS kind, file, count(*) FROM results GROUP BY ALL"
    ).fetchall()
    _check_read(connection, {status for status, _, _, _ in counted}, fetched)
    done, rows_of = Counter[str](), Counter[str]()
    for status, kind, file, count in counted:
        rows_of[file] += count
        done[kind if status == "succeeded" else "failed"] += count
    failed = done.pop("failed", 0)
    if failed != tables.scalar(connection, "SELECT count(*) FROM failures"):
        _tabulate(connection)  # a file has other rows than manifest.json says: the rows count
    found = _causes(connection, examples)
    return Summary(done.total() + failed, Done(**done), failed, found, rows_of=rows_of)


def _view(connection: Connection, paths: Sequence[Path]) -> None:
    """Make the view `results` of these files, in place of an earlier one."""
    connection.execute("DROP VIEW IF EXISTS results")
    if paths:
        tables.report(connection, paths)
    else:
        connection.execute(EMPTY)


def _check_read(connection: Connection, statuses: set[str], fetched: Fetched) -> None:
    if broken := tables.unread(connection):
        line = broken[0].line
        raise Refused(
            f"{fetched.uri!r} names a file whose line {line} is no row of a report: fetch it "
            "again, or take the report as incomplete."
        )
    if unknown := statuses - {"succeeded", "failed"}:
        raise Refused(
            f"{fetched.uri!r} names a file with a row of the status {min(unknown)!r}: that is no "
            "report of S3 Batch Operations."
        )


def _tabulate(connection: Connection) -> None:
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


def _causes(connection: Connection, examples: int) -> tuple[Cause, ...]:
    """Return the causes, and leave the table `cause_of(code, mask, id)`."""
    kinds = connection.execute(
        "SELECT code, mask, count(*) AS count FROM failures GROUP BY code, mask"
        f" ORDER BY count DESC, code, mask LIMIT {KINDS_READ}"
    ).fetchall()
    merged: dict[tuple[str, causes.Known], int] = {}
    for code, mask, count in kinds:
        kind = (code, causes.known(code, mask))
        merged[kind] = merged.get(kind, 0) + count
    kept = sorted(merged, key=lambda kind: (-merged[kind], kind[0], kind[1].title))[:CAUSES_KEPT]
    ids = {kind: f"C{at}" for at, kind in enumerate(kept, start=1)}
    connection.execute("CREATE TABLE cause_of (code VARCHAR, mask VARCHAR, id VARCHAR)")
    pairs = [
        (code, mask, ids[kind])
        for code, mask, _ in kinds
        if (kind := (code, causes.known(code, mask))) in ids
    ]
    if pairs:
        connection.executemany("INSERT INTO cause_of VALUES (?, ?, ?)", pairs)
    connection.execute(
        f"CREATE VIEW caused AS SELECT failures.*, coalesce(cause_of.id, '{OTHERS}') AS cause"
        " FROM failures LEFT JOIN cause_of USING (code, mask)"
    )
    shown = _examples(connection, examples)
    found = [
        Cause(
            ids[code, known],
            code,
            known.title,
            merged[code, known],
            known.retryable,
            known.advice,
            shown.get(ids[code, known], ()),
        )
        for code, known in kept
    ]
    rest = tables.scalar(connection, f"SELECT count(*) FROM caused WHERE cause = '{OTHERS}'")
    if rest:
        advice, others = "see them with --csv", shown.get(OTHERS, ())
        found.append(
            Cause(OTHERS, "", causes.OTHER, rest, retryable=False, advice=advice, examples=others)
        )
    return tuple(found)


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
