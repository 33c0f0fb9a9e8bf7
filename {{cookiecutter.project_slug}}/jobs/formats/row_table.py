"""The tables of a manifest's rows that the rules look at.

`create` makes of the view `cells` the view `rows`, with the object of each row and its new name,
and the table `checked(old, new, twin, flags)`: names as hashes of eight bytes, that of the old one
in small letters if it has others, and one bit for each rule of `row_rules` that the row breaks. Its
`rowid` counts the rows from 0.

A name is hashed as `manifest.encode` writes it, which most rows hold already (`usual_rows`). Equal
names have equal hashes, so nothing that the rules look for is missed. But duckdb's hash is quick,
not good: `2025/020/image 000000020.jpg` and `2025/028/image 000000028.jpg` have one hash. So
`prepare` takes the rows whose hashes meet, mostly few, and compares them by half of their MD5.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobs.formats import rules, tables, usual_rows
from jobs.formats.manifest import BUCKET
from jobs.formats.row_rules import NAME_RULES, RULES, texts
from jobs.formats.rules import applying

if TYPE_CHECKING:
    from jobs.formats.row_rules import Work
    from jobs.formats.rules import Rule
    from jobs.formats.tables import Connection

NAMED = """SELECT *, told[1] IS NOT NULL AS is_json, coalesce(told[1], text) AS old,
  CASE told[3] WHEN '' THEN bucket ELSE coalesce(told[3], {bucket}) END AS new_bucket,
  coalesce(told[2], {rule}) AS new
  FROM ({texts})"""
IS_JSON, NAMES_NEW_KEY = 1 << 30, 1 << 29
"""Two more bits of `flags`."""

# Which rows may break a rule of several rows: their hashes are there twice, or meet. A name that is
# old and new is found from both sides, but the second one only looked for where there is a first.
SEVERAL = "{0} IN (SELECT {0} FROM checked GROUP BY {0} HAVING count(*) > 1)"
TAKEN, HAD = "new IN (SELECT old FROM checked)", "old IN (SELECT new FROM checked)"
IN_CAPITALS = "SELECT count(*) FROM checked WHERE twin IS NOT NULL"
HASH = "hash({0}, {1}, reverse({1}))"
"""Without the name backwards, two in a hundred names such as 2025/020/image 000000020.jpg meet."""
OLD, NEW = HASH.format("bucket", "old_name"), HASH.format("new_bucket", "new_name")
# An escape of a character beyond ASCII has a letter in its first byte: what stays as it is in small
# letters has no capital at all.
TWIN = f"""CASE WHEN lower(old_name) = old_name THEN NULL
  WHEN regexp_matches(old_name, '%[C-F]')
  THEN {HASH.format("bucket", f"lower({tables.ENCODED.format('lower(url_decode(old_name))')})")}
  ELSE {HASH.format("bucket", "lower(old_name)")} END"""
NAME = "md5_number_lower(concat({}, '/', {}))"
"""A name, with its bucket, which has no slash."""
MET_ROWS = f"""CREATE TEMP TABLE met_rows AS SELECT row, {NAME.format("bucket", "old")} AS old,
  CASE WHEN version IS NOT NULL THEN md5_number_lower(concat(bucket, '/', old, '/', version)) END
    AS object,
  CASE WHEN new IS NOT NULL THEN {NAME.format("new_bucket", "new")} END AS new,
  {NAME.format("bucket", "lower(old)")} AS twin
  FROM meeting_rows"""
# Some rows by their numbers; what comes after the last of them is not read.
NUMBERED = """(FROM (SELECT row_number() OVER () - 1 AS row, * FROM {source}
  LIMIT (SELECT coalesce(max(row) + 1, 0) FROM {table})) SEMI JOIN {table} USING (row))"""


def create(connection: Connection, work: Work, first: str, *, is_inventory: bool) -> list[Rule]:
    """Create `rows` and `checked`; return the rules in the order of their bits.

    Also the views `meeting_rows` and `wanted_rows`, of the rows numbered in `meeting` and `wanted`.

    `first` is the bucket of the first row.
    """
    source = "cells POSITIONAL JOIN named" if work.rule == "names" else "cells"
    views = {"rows": source}
    for table in ("meeting", "wanted"):  # some rows alone: the others need not be decoded again
        connection.execute(f"CREATE TEMP TABLE {table}(row BIGINT)")
        views[f"{table}_rows"] = NUMBERED.format(source=source, table=table)
    for view, rows in views.items():
        connection.execute(f"CREATE TEMP VIEW {view} AS {_named(rows, work)}")
    known = RULES + NAME_RULES if work.rule else RULES
    single = applying(known, work.operation, work.overwrite)
    values = _values(work, first, is_inventory=is_inventory)
    apart = usual_rows.apart(source, work, first, is_inventory=is_inventory)
    query = _checked(single, values, _named(apart, work), usual_rows.names(work))
    connection.execute(query)
    return single


def prepare(connection: Connection) -> None:
    """Create `met_rows` and `pairs`: what `TWINS` and the rules of several rows look at.

    `checked` must say NULL of a row that is a header.
    """
    _meet(connection, SEVERAL.format("old"))
    _meet(connection, SEVERAL.format("new"))
    if _meet(connection, TAKEN):
        _meet(connection, HAD)
    if tables.scalar(connection, IN_CAPITALS):
        _meet(connection, SEVERAL.format("coalesce(twin, old)"))
    connection.execute(MET_ROWS)
    connection.execute(
        "CREATE VIEW pairs AS SELECT row, old, coalesce(object, old) AS object, new FROM met_rows"
        " WHERE old IS NOT NULL"
    )
    rules.prepare(connection)


def _meet(connection: Connection, condition: str) -> int:
    """Add the rows of `checked` that fulfil a condition to `meeting`; return how many."""
    query = f"INSERT INTO meeting SELECT rowid FROM checked WHERE {condition}"
    return tables.scalar(connection, query)


def _named(source: str, work: Work) -> str:
    """Return the query of the rows of `source`: their objects and new names."""
    prefixed = f"{tables.literal(work.prefix)} || coalesce(told[1], text)"
    rule = {"prefix": prefixed, "names": "nullif(name, '')", None: "NULL"}
    bucket = tables.literal(work.bucket) if work.bucket else "bucket"
    return NAMED.format(texts=texts(source), bucket=bucket, rule=rule[work.rule])


def _checked(single: list[Rule], values: dict[str, str], apart: str, names: str) -> str:
    bits = " + ".join(
        f"CASE WHEN {rule.sql} THEN {1 << at} ELSE 0 END" for at, rule in enumerate(single)
    )
    bits += f" + CASE WHEN is_json THEN {IS_JSON} ELSE 0 END"
    bits += f" + CASE WHEN told[2] IS NOT NULL THEN {NAMES_NEW_KEY} ELSE 0 END"
    bits = re.sub("@([a-z_]+)", lambda found: values[found[1]], bits)
    return (
        f"CREATE TEMP TABLE checked AS SELECT {OLD} AS old,"
        f" CASE WHEN new_name IS NOT NULL THEN {NEW} END AS new, {TWIN} AS twin, flags"
        f" FROM (SELECT bucket, new_bucket, {names}, (CASE kind WHEN {usual_rows.PLAIN} THEN 0"
        f" WHEN {usual_rows.JSON} THEN {IS_JSON | NAMES_NEW_KEY} ELSE {bits} END)::INTEGER AS flags"
        f" FROM ({apart}))"
    )


def _values(work: Work, first: str, *, is_inventory: bool) -> dict[str, str]:
    """Return what stands for each @name in the conditions."""
    granted = ", ".join(map(tables.literal, sorted(work.granted or [])))
    # the function refuses such a key, too (s3copy.arguments): its object was moved before
    prefix = tables.literal(work.prefix)
    under = f"(starts_with(old, {prefix}) AND new_bucket = bucket AND new = {prefix} || old)"
    before = under if work.prefix else "false"
    return {
        "first": tables.literal(first),
        "is_bad": str(BUCKET.fullmatch(first) is None),
        "of_objects": str(is_inventory),
        "counted": "coalesce(text, key)" if is_inventory else "key",
        "granted": f"told[3] IS NULL OR new_bucket IN ({granted})" if granted else "true",
        "refused": f"problem <> '' OR {before}" if work.rule == "names" else before,
    }
