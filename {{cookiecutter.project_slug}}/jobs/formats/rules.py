"""What rows of one manifest can do to each other: the rules E20 to E26, W01 and W06.

S3 Batch Operations runs rows at the same time, in any order, each at least once (S3 User Guide,
"Managing S3 Batch Operations jobs"), and no request of S3 moves two objects at once. So a row may
neither take a name that another row takes, nor one that another row's object still has.

Each rule is a query over `pairs(row, old, object, new)`: the name where the object is, that name
with its version, and the name where it goes; a name is bucket and key together. Texts or hashes of
them serve alike, since the queries only compare. `new` is NULL where it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.formats import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.formats.tables import Connection

COPY_NEVER, COPY_ALWAYS = ("copy", "never"), ("copy", "always")
RENAME = frozenset({("rename", "never"), ("rename", "always")})
REPLACING = RENAME | {COPY_ALWAYS}
"""What takes a name away from an object that is there: a rename its old one, `always` the new."""
ALWAYS = REPLACING | {COPY_NEVER}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: `E..` refuses the manifest, `W..` is told only.
        title: what it finds, in two or three words.
        when: the pairs of operation and overwrite that it applies to.
        sql: of one row: a condition over the view `rows`; of several: a query that gives
            (row, partner) of each row that is hit.
        advice: what to do.
    """

    code: str
    title: str
    when: frozenset[tuple[str, str]]
    sql: str
    advice: str


OTHER_NAMES = "give those rows other names, or --split writes the jobs to run one after the other"
# The rows of a name that several objects want, or of an object that wants several names.
WANTED = """SELECT pairs.row, CASE WHEN pairs.row = first THEN last ELSE first END
  FROM pairs JOIN (
    SELECT new, min(row) AS first, max(row) AS last FROM pairs
    WHERE new IN (SELECT new FROM several_new)
    GROUP BY new HAVING min(object) <> max(object) AND {}) AS wanted USING (new)"""
RULES = (
    Rule(
        "E20",
        "swap or ring",
        REPLACING,
        "SELECT links.row, links.next FROM links WHERE links.row IN (SELECT row FROM ring)",
        f"run at the same time their objects are deleted: {OTHER_NAMES}",
    ),
    Rule(
        "E21",
        "one new name",
        ALWAYS - {COPY_ALWAYS},
        WANTED.format("true"),
        "which object gets the name is chance: give each row a new name of its own",
    ),
    Rule(
        "E21",
        "one new name",
        frozenset({COPY_ALWAYS}),
        WANTED.format("min(old) <> max(old)"),
        "which object gets the name is chance: give each row a new name of its own",
    ),
    Rule(
        "W06",
        "versions of one key",
        frozenset({COPY_ALWAYS}),
        WANTED.format("min(old) = max(old)"),
        "which version is current afterwards is chance: copy them in jobs one after the other",
    ),
    Rule(
        "E22",
        "chain",
        REPLACING,
        "SELECT links.row, links.next FROM links WHERE links.row NOT IN (SELECT row FROM ring)",
        f"the new name is still the name of another row's object: {OTHER_NAMES}",
    ),
    Rule(
        "E23",
        "onto itself",
        ALWAYS,
        "SELECT row, row FROM pairs WHERE old = new",
        "the new name is the old one: give another, or leave the row out",
    ),
    Rule(
        "E26",
        "two new names",
        RENAME,
        """SELECT pairs.row, CASE WHEN pairs.row = first THEN last ELSE first END
          FROM pairs JOIN (SELECT old, min(row) AS first, max(row) AS last FROM pairs
          WHERE old IN (SELECT old FROM pairs GROUP BY old HAVING count(*) > 1)
          GROUP BY old HAVING min(new) <> max(new)) AS several USING (old)""",
        "which of the names exists afterwards is chance: copy it first, then rename it",
    ),
    Rule(
        "W01",
        "same row twice",
        ALWAYS,
        """SELECT pairs.row, twice.first FROM pairs JOIN (
          SELECT object, new, min(row) AS first FROM pairs
          WHERE object IN (SELECT object FROM several_objects)
          GROUP BY object, new HAVING count(*) > 1) AS twice
          ON twice.object = pairs.object AND twice.new IS NOT DISTINCT FROM pairs.new
          AND twice.first <> pairs.row""",
        "the second one costs a request and finds the work done: leave it out",
    ),
)
# What the queries stand on. Each keeps only what is there twice, or meets: usually nothing.
PREPARED = (
    """CREATE TEMP TABLE several_new AS
      SELECT new FROM pairs WHERE new IS NOT NULL GROUP BY new HAVING count(*) > 1""",
    """CREATE TEMP TABLE several_objects AS
      SELECT object FROM pairs GROUP BY object HAVING count(*) > 1""",
    """CREATE TEMP TABLE met AS
      SELECT row, new FROM pairs WHERE old <> new AND new IN (SELECT old FROM pairs)""",
    """CREATE TEMP TABLE links AS
      SELECT met.row, heads.row AS next FROM met JOIN (
        SELECT old, min(row) AS row FROM pairs WHERE old IN (SELECT new FROM met) GROUP BY old
      ) AS heads ON heads.old = met.new""",
    "CREATE TEMP TABLE ring AS SELECT row, next FROM links",
)


def prepare(connection: Connection) -> None:
    """Create what the queries of `RULES` need besides `pairs`."""
    for statement in PREPARED:
        connection.execute(statement)
    _keep_rings(connection)


def applying(rules: Iterable[Rule], operation: str, overwrite: str) -> list[Rule]:
    """Return the rules that apply to a job of that operation and overwrite."""
    return [rule for rule in rules if (operation, overwrite) in rule.when]


def _keep_rings(connection: Connection) -> None:
    """Leave only the rows of rings in `ring`: those that are reached by going far enough.

    `ring(row, next)` is one step; joined with itself it is two, then four, until it is more than
    there are rows. A chain has ended by then, a ring has not.
    """
    rows = tables.scalar(connection, "SELECT count(*) FROM ring")
    steps = 1
    while rows and steps < rows * 2:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE ring AS SELECT first.row, second.next FROM ring AS first"
            " JOIN ring AS second ON first.next = second.row"
        )
        steps *= 2
        if not tables.scalar(connection, "SELECT count(*) FROM ring"):
            break
    connection.execute("CREATE OR REPLACE TEMP TABLE ring AS SELECT DISTINCT next AS row FROM ring")
