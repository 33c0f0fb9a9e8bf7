"""What each row of a manifest means, and the rules of single rows.

`create` makes of the view `cells` the view `rows`, with the object of each row and its new name,
and the table `checked(old, new, twin, flags)`: names as hashes of eight bytes, that of the old one
in small letters if it has others, and one bit for each rule of `RULES` that the row breaks. Its
`rowid` counts the rows from 0.

A name is hashed as `manifest.encode` writes it, which most rows hold already (`usual_rows`). Equal
names have equal hashes, so nothing that the rules look for is missed. But duckdb's hash is quick,
not good: `2025/020/image 000000020.jpg` and `2025/028/image 000000028.jpg` have one hash. So
`prepare` takes the rows whose hashes meet, mostly few, and compares them by half of their MD5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.formats import rules, tables, usual_rows
from jobs.formats.manifest import BUCKET, KEY_LIMIT
from jobs.formats.rules import ALWAYS, Rule, applying

if TYPE_CHECKING:
    from jobs.formats.tables import Connection

ROW_NAMES = ("origKey", "newKey", "newBucket")
"""What a JSON row may say to the default task (s3copy.arguments)."""

NAME_BYTES = 1024
"""UTF-8: the longest object key (S3 User Guide, object-keys)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the job would do with each row.

    Attributes:
        operation: `copy` or `rename`.
        overwrite: `never` or `always`.
        bucket: where the copies go; empty: the bucket of the object.
        prefix: what the rule of a prefix puts before a key.
        granted: the buckets that the function may write to; None: not known.
        rule: how a row without a name of its own gets one: by `prefix`, by `names` (the view
            `named` has them), or None: not known, then no rule about names applies.
    """

    operation: str = "copy"
    overwrite: str = "never"
    bucket: str = ""
    prefix: str = ""
    granted: frozenset[str] | None = None
    rule: str | None = "prefix"


CLEAN = "(?:[A-Za-z0-9_.~/-]|%[0-9A-Fa-f]{2})*"
"""A key field as `manifest.encode` and S3 write it: where it fits, other patterns are not tried."""

RAW = r"[\p{Cc}\p{Zl}\p{Zp}]"
"""What may not stand in a field as it is; `manifest.RAW` is the same."""

JSON_ROW = "JSON row"
"""The title of the rule of what such a row says; E24 has others."""

JSON_IN_KEY = r'^\{\s*"'
"""A key field that is meant as a JSON row: names such as `{guid}.jpg` are none."""

PATHS = ", ".join(f"'$.{name}'" for name in ROW_NAMES)
NAMED = """SELECT *, told[1] IS NOT NULL AS is_json, coalesce(told[1], text) AS old,
  CASE told[3] WHEN '' THEN bucket ELSE coalesce(told[3], {bucket}) END AS new_bucket,
  coalesce(told[2], {rule}) AS new
  FROM ({texts})"""

RULES = (
    Rule("E07", "empty key", ALWAYS, "key = ''", "give each row the key of its object"),
    Rule(
        "E08",
        "no bucket name",
        ALWAYS,
        "CASE WHEN bucket = @first THEN @is_bad ELSE"
        f" NOT regexp_full_match(bucket, {tables.literal(BUCKET.pattern)}) END",
        "the first column holds bare names of buckets: --fields names columns in another order",
    ),
    Rule(
        "E10",
        "key field too long",
        ALWAYS,
        f"length(@counted) > {KEY_LIMIT}",
        f"a CSV manifest takes {KEY_LIMIT} characters of the encoded key: list such objects in an"
        " inventory, where the decoded key counts",
    ),
    Rule("E11", "no UTF-8", ALWAYS, "text IS NULL", "the key decodes to no text: encode it anew"),
    Rule(
        "E12",
        "another bucket",
        ALWAYS,
        "bucket <> @first",
        "one bucket for each manifest: write one for each and submit them one by one; where the"
        " columns stand the wrong way round, --fields Key,Bucket reads them",
    ),
    Rule(
        "E13",
        "no version",
        ALWAYS,
        "version = ''",
        "give every row a version or none; the null version is written null",
    ),
    Rule(
        "E14",
        "raw line break or space",
        ALWAYS,
        "CASE WHEN is_clean THEN false"
        f" ELSE regexp_matches(key, '{RAW}') OR ends_with(key, ' ') END"
        f" OR (version IS NOT NULL AND regexp_matches(version, '{RAW}'))",
        "line breaks, control characters and spaces at the end must be encoded: --fix OUT --raw",
    ),
    Rule(
        "E24",
        "JSON that is not encoded",
        ALWAYS,
        f"CASE WHEN is_clean THEN false ELSE regexp_matches(key, '{JSON_IN_KEY}') END",
        "URL-encode the JSON in the key field (S3 User Guide: it does not work otherwise)",
    ),
    Rule(
        "E24",
        "key like a JSON row",
        ALWAYS,
        "@of_objects AND is_json",  # whoever names an object could say what the job does
        "the function would take it for a row, and act on another object: python -m jobs manifest"
        " reads the inventory and writes such a key as the origKey of a row",
    ),
    Rule(
        "W02",
        "looks unencoded",
        ALWAYS,
        "CASE WHEN is_clean OR is_json THEN false ELSE contains(key, ' ') OR contains(key, '+')"
        " OR length(key) <> strlen(key)"
        " OR regexp_matches(key, '%($|.$|[^0-9A-Fa-f]|.[^0-9A-Fa-f])') END",
        "a bare + is read as a space; if these are the keys as they are, --fix OUT --raw encodes"
        " every key; if they are encoded, --fix OUT --encoded writes them without doubt",
    ),
    Rule(
        "W03",
        "encoded twice",
        ALWAYS,
        "CASE WHEN is_json OR NOT contains(key, '%25') THEN false"
        " ELSE regexp_matches(key, '%25[0-9A-Fa-f]{2}') END",
        "the job looks for keys that hold a %: if yours do not, encode the plain keys once",
    ),
    Rule(
        "W05",
        "odd slashes",
        ALWAYS,
        "starts_with(old, '/') OR contains(old, '//')"
        r" OR CASE WHEN contains(old, '..') THEN regexp_matches(old, '(^|/)\.\.(/|$)')"
        " ELSE false END",
        "S3 takes a leading /, // and .. as they are; many tools do not",
    ),
)
NAME_RULES = (
    Rule(
        "E24",
        JSON_ROW,
        ALWAYS,
        # CASE, since only it keeps json_keys from texts that are no JSON. The usual row is exactly
        # what its two values make: nothing else is tried. More members than the known ones are
        # unknown, repeated or null. duckdb takes a comma before the brace, the function does not.
        "CASE WHEN NOT starts_with(text, '{') THEN false"
        f" WHEN told[1] IS NULL THEN regexp_matches(text, '{JSON_IN_KEY}')"
        """ WHEN text = concat('{"origKey": "', told[1], '", "newKey": "', told[2], '"}')"""
        f" THEN told[1] = '' OR told[2] = '' OR strlen(told[2]) > {NAME_BYTES}"
        " OR NOT (@granted)"
        " ELSE len(json_keys(text)) <> 1 + (told[2] IS NOT NULL)::INT + (told[3] IS NOT NULL)::INT"
        f" OR replace(array_to_string(json_type(text, [{PATHS}]), ''), 'VARCHAR', '') <> ''"
        r""" OR CASE WHEN ends_with(text, '"}') THEN false"""
        r""" ELSE NOT regexp_matches(text, '"\s*\}\s*$') END"""
        f" OR told[1] = '' OR told[2] = '' OR strlen(told[2]) > {NAME_BYTES} OR NOT (@granted) END",
        "a row says origKey, and newKey and newBucket if it likes; no other name",
    ),
    Rule(
        "E25",
        "refused by the rule",
        ALWAYS,
        "text IS NOT NULL AND told[2] IS NULL AND"
        f" (@refused OR new IS NULL OR new = '' OR strlen(new) > {NAME_BYTES})",
        "the rule of task.py gives these keys no new name: leave them out, or name one in the row",
    ),
)
IS_JSON, NAMES_NEW_KEY = 1 << 30, 1 << 29
"""Two more bits of `flags`."""

TWINS = Rule(
    "W04",
    "case twins",
    ALWAYS,
    """SELECT met.row, CASE WHEN met.row = first THEN last ELSE first END
      FROM met_rows AS met JOIN (SELECT twin, min(row) AS first, max(row) AS last FROM met_rows
        GROUP BY twin HAVING min(old) <> max(old)) AS twins USING (twin)""",
    "the keys differ in capital letters only: on Windows and macOS they would be one file",
)
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


def texts(source: str) -> str:
    """Return the query of each row's decoded text, and of what a JSON row tells (ROW_NAMES)."""
    return (
        "SELECT *, CASE WHEN starts_with(text, '{')"
        f" THEN TRY(json_extract_string(text, [{PATHS}])) END AS told"
        f" FROM (SELECT *, {tables.DECODED.format('key')} AS text,"
        f" regexp_full_match(key, '{CLEAN}') AS is_clean FROM {source})"
    )


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
    rule = {"prefix": prefixed, "names": "name", None: "NULL"}
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
    refused = {"names": f"problem <> '' OR {before}"}.get(work.rule or "", before)
    return {
        "first": tables.literal(first),
        "is_bad": str(BUCKET.fullmatch(first) is None),
        "of_objects": str(is_inventory),
        "counted": "coalesce(text, key)" if is_inventory else "key",
        "granted": f"told[3] IS NULL OR new_bucket IN ({granted})" if granted else "true",
        "refused": refused,
    }
