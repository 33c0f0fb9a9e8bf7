"""The rows that most manifests consist of: patterns prove that they break no rule of single rows.

What fits them is text as `manifest.encode` and S3 write it, nothing else escaped: it is compared as
it stands, and neither decoded nor parsed. What does not fit may be right or wrong; the rules of
`jobs.formats.row_rules` look at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.formats import manifest, tables
from jobs.formats.manifest import BUCKET, KEY_LIMIT

if TYPE_CHECKING:
    from jobs.formats.row_rules import Work

PLAIN, JSON = 1, 2
"""The kinds: the field is a key; it is a JSON row with a new key."""

# Characters beyond ASCII: well-formed UTF-8 (Unicode, table 3-7), each byte as an escape.
FOLLOWING = "%[89AB][0-9A-F]"
BEYOND_ASCII = (
    f"%(?:C[2-9A-F]|D[0-9A-F]){FOLLOWING}|%E0%[AB][0-9A-F]{FOLLOWING}"
    f"|%E[1-9A-CEF](?:{FOLLOWING}){{2}}|%ED%[89][0-9A-F]{FOLLOWING}"
    f"|%F0%[9AB][0-9A-F](?:{FOLLOWING}){{2}}|%F[1-3](?:{FOLLOWING}){{3}}"
    f"|%F4%8[0-9A-F](?:{FOLLOWING}){{2}}"
)
# Of printable ASCII, what `manifest.encode` escapes: in a key, but for % (W03); and in a JSON text,
# but for the quote and the backslash, which mean something there.
ESCAPED = f"3[A-F]|40|60|7[BCD])|{BEYOND_ASCII})"
OF_KEY = f"(?:[A-Za-z0-9_~-]|%(?:2[0-46-9A-C]|5[B-E]|{ESCAPED}"
OF_JSON = f"(?:[A-Za-z0-9_~-]|%(?:2[013-9A-C]|5[BDE]|{ESCAPED}"
# Neither empty, nor with a slash before it, two in a row, or two dots (W05).
NAME = r"\.?{0}+(?:(?:/\.?|\.){0}+)*/?"
KEY, ORIG_KEY = NAME.format(OF_KEY), NAME.format(OF_JSON)
NEW_KEY = f"(?:[./]|{OF_JSON})+"
# A JSON row with a new key, as `manifest.row` writes it: its two names stand between these texts.
BEFORE, BETWEEN, AFTER = (
    manifest.encode(text) for text in ('{"origKey": "', '", "newKey": "', '"}')
)
IS_CUT = f"starts_with(key, '{BEFORE}') AND ends_with(key, '{AFTER}')"
ORIG = f"substr(key, {len(BEFORE) + 1}, cut - {len(BEFORE) + 1})"
NEW = f"substr(key, cut + {len(BETWEEN)}, strlen(key) - cut - {len(BETWEEN) + len(AFTER) - 1})"
IS_ROW = f"regexp_full_match(orig_key, '{ORIG_KEY}') AND regexp_full_match(new_key, '{NEW_KEY}')"
# Rows with their kind. Those of a kind have no `key`, so that nothing decodes or parses it; what
# they say is in `field`, or in `orig_key` and `new_key`. CASE, since duckdb evaluates a branch for
# the rows that need it.
APART = f"""(SELECT * REPLACE (CASE WHEN kind = 0 THEN key END AS key), key AS field FROM
  (SELECT *, CASE
    WHEN orig_key IS NOT NULL THEN CASE WHEN {{is_row}} THEN {JSON} ELSE 0 END
    WHEN may_be AND NOT starts_with(key, '%7B') THEN CASE WHEN {{is_plain}} THEN {PLAIN} ELSE 0 END
    ELSE 0 END AS kind FROM
    (SELECT *, CASE WHEN cut > 0 THEN {ORIG} END AS orig_key,
      CASE WHEN cut > 0 THEN {NEW} END AS new_key FROM
      (SELECT *, CASE WHEN may_be AND {{is_cut}} THEN instr(key, '{BETWEEN}') ELSE 0 END AS cut FROM
        (SELECT *, {{may_be}} AS may_be FROM {{source}})))))"""
# The names of every row, as `manifest.encode` writes them.
NAMES = f"""CASE kind WHEN {JSON} THEN orig_key WHEN {PLAIN} THEN field
  ELSE {tables.ENCODED.format("old")} END AS old_name,
  CASE kind WHEN {JSON} THEN new_key WHEN {PLAIN} THEN {{plain}}
  ELSE {tables.ENCODED.format("new")} END AS new_name"""


def apart(source: str, work: Work, first: str, *, is_inventory: bool) -> str:
    """Return the rows of `source` as a table in SQL, with their `kind`: 0, if none.

    `first` is the bucket of the first row. In an inventory no row is meant as JSON.
    """
    prefix = manifest.encode(work.prefix)
    is_plain = f"regexp_full_match(key, '{KEY}')" if work.rule != "names" else "false"
    if work.rule == "prefix" and prefix:  # such a key was moved before (E25)
        is_plain += f" AND NOT starts_with(key, {tables.literal(prefix)})"
    may_be = (
        f"(bucket = {tables.literal(first)} AND strlen(key) <= {KEY_LIMIT - len(prefix)}"
        " AND (version IS NULL OR regexp_full_match(version, '[!-~]+')))"
    )
    return APART.format(
        may_be=may_be if BUCKET.fullmatch(first) else "false",
        is_cut="false" if is_inventory else IS_CUT,
        is_row=IS_ROW,
        is_plain=is_plain,
        source=source,
    )


def names(work: Work) -> str:
    """Return the SQL of the columns `old_name` and `new_name` of rows that are `apart`."""
    prefixed = f"{tables.literal(manifest.encode(work.prefix))} || field"
    return NAMES.format(plain=prefixed if work.rule == "prefix" else "NULL")
