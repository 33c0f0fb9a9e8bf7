"""What each row of a manifest means, and the rules of single rows.

`row_table` applies them to every row; the rules of several rows are in `rules`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jobs.formats import tables
from jobs.formats.manifest import BUCKET, KEY_LIMIT
from jobs.formats.rules import ALWAYS, Rule

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
        # S3 itself encodes what an inventory holds, a space as +
        "CASE WHEN is_clean OR is_json OR @of_objects THEN false"
        " ELSE contains(key, ' ') OR contains(key, '+') OR length(key) <> strlen(key)"
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
TWINS = Rule(
    "W04",
    "case twins",
    ALWAYS,
    """SELECT met.row, CASE WHEN met.row = first THEN last ELSE first END
      FROM met_rows AS met JOIN (SELECT twin, min(row) AS first, max(row) AS last FROM met_rows
        GROUP BY twin HAVING min(old) <> max(old)) AS twins USING (twin)""",
    "the keys differ in capital letters only: on Windows and macOS they would be one file",
)


def texts(source: str) -> str:
    """Return the query of each row's decoded text, and of what a JSON row tells (ROW_NAMES)."""
    return (
        "SELECT *, CASE WHEN starts_with(text, '{')"
        f" THEN TRY(json_extract_string(text, [{PATHS}])) END AS told"
        f" FROM (SELECT *, {tables.DECODED.format('key')} AS text,"
        f" regexp_full_match(key, '{CLEAN}') AS is_clean FROM {source})"
    )
