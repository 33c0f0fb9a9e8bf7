"""Which renames of a job can be taken back; SQL over its report.

A row is taken back only when two things name the same place: the row's own newKey, or the rename
rule with the arguments that the job recorded, and the message of the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.again import places
from jobs.errors import Refused
from jobs.formats import row_rules, tables
from jobs.formats.manifest import KEY_LIMIT
from jobs.report.summary import MERGED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.formats.tables import Connection

CUT = 1023  # characters: what the function leaves of a longer message, cut in the middle
# How src/s3copy/messages.py begins what an earlier delivery or job had renamed.
ALREADY = "Already renamed: nothing is at the old name, and an object (not compared) at "
# The place in a message, as the function writes it, and how a message may go on after it: with
# other words it may be another key, which is longer.
PLACE = f"'s3://' || new_bucket || '/' || regexp_replace(new, '{row_rules.RAW}', ' ', 'g')"
REST = "substr(message, length({}) + 1)"
FURTHER = r"^( \(version [^ )]+\)|, an identical copy was there already|, without )"
VERSION = r"^ \(version ([^ )]+)\)"
# The row that takes an object back. It says where the object goes: to its old bucket too where the
# two differ, or where the row said so itself: the job may name another bucket.
BACK = """CASE WHEN new_bucket = bucket AND NOT names_bucket
  THEN to_json({'origKey': new, 'newKey': old})
  ELSE to_json({'origKey': new, 'newKey': old, 'newBucket': bucket}) END"""
BACK_KEY = tables.ENCODED.format(f"({BACK})::VARCHAR")
# Of several answers to a row one counts: that of the rename itself before one that came later.
TWICE = """UPDATE moved SET reason = 'twice' WHERE reason IS NULL AND rowid NOT IN (
  SELECT arg_min(rowid, is_already) FROM moved WHERE reason IS NULL
  GROUP BY bucket, old, new_bucket, new)"""
BUCKETS_SHOWN = 5
REASONS = {
    "cut": "the report's message was cut, so that it does not prove the place",
    "differs": "the report names another place than the row or the rule",
    "merged": "it met an identical copy that was there before: moving that away takes another's",
    "already": "an earlier delivery or job renamed it, which was never compared: --already",
    "unknown": "its message tells of no rename by the function of this template",
    "twice": "the report answers the row more than once: it is taken back once",
    "elsewhere": "it is in another bucket than --bucket names",
    "long": f"a row with both names has over {KEY_LIMIT:,} characters, encoded: no CSV manifest"
    " takes it",
}


class Plan(NamedTuple):
    """How many rows can be taken back, and of how many of them the version is not told.

    `left_out` is a reason of `REASONS` to how many rows are left out for it.
    """

    rows: int
    left_out: Mapping[str, int]
    unversioned: int


def prepare(
    connection: Connection,
    arguments: Mapping[str, str],
    folder: Path,
    *,
    already: bool,
    bucket: str | None = None,
) -> Plan:
    """Create the table `moved`, of `placed` with `made`, `is_already` and `reason`.

    `reason` is NULL for what can be taken back: then the object is at `new_bucket` and `new`, and
    `made` is the version that the report tells, or empty.

    Args:
        connection: as in `places.create`, and so are `arguments` and `folder`.
        arguments: likewise.
        folder: likewise.
        already: take back also what an earlier delivery or job renamed.
        bucket: take back only what is in this bucket now; None: wherever it is.

    Raises:
        Refused: as `places.create`.
    """
    places.create(connection, arguments, folder)
    said = f"CASE WHEN is_already THEN {tables.literal(ALREADY)} ELSE 'Renamed to ' END || {PLACE}"
    rest = REST.format(said)
    connection.execute(
        f"""CREATE TABLE moved AS SELECT bucket, key, version_id AS version, old, new_bucket,
          names_bucket, new, regexp_extract({rest}, '{VERSION}', 1) AS made,
          is_already, CASE WHEN contains(message, '{MERGED}') THEN 'merged'
            WHEN is_already AND NOT {already} THEN 'already'
            WHEN NOT (starts_with(message, 'Renamed to ') OR is_already) THEN 'unknown'
            WHEN length(message) >= {CUT} THEN 'cut'
            WHEN new IS NULL OR NOT starts_with(message, {said}) THEN 'differs'
            WHEN {rest} <> '' AND NOT regexp_matches({rest}, '{FURTHER}') THEN 'differs'
            WHEN length({BACK_KEY}) > {KEY_LIMIT} THEN 'long'
            WHEN {f"new_bucket <> {tables.literal(bucket)}" if bucket else "false"} THEN 'elsewhere'
          END AS reason
        FROM (SELECT *, starts_with(message, 'Already renamed: ') AS is_already FROM placed)"""
    )
    connection.execute(TWICE)
    counted = connection.execute("SELECT reason, count(*) FROM moved GROUP BY reason").fetchall()
    found = dict(counted)
    unknown = "SELECT count(*) FROM moved WHERE reason IS NULL AND made = ''"
    return Plan(found.pop(None, 0), found, tables.scalar(connection, unknown))


def one_bucket(connection: Connection) -> str | None:
    """Return the bucket where the objects are now; None: none can be taken back.

    Raises:
        Refused: they are in several, and a manifest is of one; names some of the buckets.
    """
    rows = connection.execute(
        "SELECT DISTINCT new_bucket FROM moved WHERE reason IS NULL ORDER BY new_bucket"
    ).fetchall()
    if len(rows) > 1:
        names = [name for (name,) in rows]
        more = ", ..." if len(names) > BUCKETS_SHOWN else ""
        raise Refused(
            f"The objects are in {len(names)} buckets now ({', '.join(names[:BUCKETS_SHOWN])}"
            f"{more}), and a manifest is of one: take back one after the other, with --bucket "
            f"{names[0]} and an --output of its own for each."
        )
    return rows[0][0] if rows else None


def manifest_query() -> str:
    """Return the query of the rows the other way round, each a JSON row.

    With the version: what another program has put at the new name since is then not moved.
    """
    chosen = "FROM moved WHERE reason IS NULL"
    return f"SELECT new_bucket AS bucket, {BACK_KEY} AS key, made AS version {chosen}"


def left_out_query() -> str:
    """Return the query of the rows that are left out, with the reason in words."""
    cases = " ".join(f"WHEN '{name}' THEN {tables.literal(why)}" for name, why in REASONS.items())
    return (
        f"SELECT bucket, old AS key, key AS key_in_manifest, version,"
        f" CASE reason {cases} END AS why"
        " FROM moved WHERE reason IS NOT NULL ORDER BY reason, bucket, old, key, version"
    )


def copies_query() -> str:
    """Return the query of the copies that the report proves: bucket, key, version and source."""
    said = f"'Copied to ' || {PLACE}"
    rest = REST.format(said)
    return f"""SELECT new_bucket AS bucket, new AS key,
      regexp_extract({rest}, '{VERSION}', 1) AS version, bucket AS source_bucket,
      old AS source_key FROM placed
    WHERE new IS NOT NULL AND length(message) < {CUT} AND starts_with(message, {said})
      AND ({rest} = '' OR regexp_matches({rest}, '{FURTHER}'))"""
