"""What a manifest of S3 Batch Operations is: its rows, how they are written, read and refused.

The rules are those of the S3 User Guide ("Specifying a manifest", "Troubleshooting") for the format
S3BatchOperations_CSV_20180820; inventory manifests are in `jobs.formats.inventory`. Rows stream:
memory does not grow with the manifest. Nothing here calls S3.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

CSV_FORMAT = "S3BatchOperations_CSV_20180820"
INVENTORY_FORMAT = "S3InventoryReport_CSV_20161130"

KEY_LIMIT = 1024
"""Characters of the key field. The guide does not say encoded or decoded: encoded, to be safe,
where the text is ours to choose; decoded in inventories, which may list any key that S3 holds."""

COLUMNS = ("Bucket", "Key", "VersionId")

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
"""Any name that a bucket has or ever could have: those of before March 2018 in us-east-1 have up to
255 characters, capitals and underscores, so `bucket_name` of a header may be one."""

RAW = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
"""What may not stand in a field as it is: line breaks and control characters."""

JSON_IN_KEY = re.compile(r'\{\s*"')
"""A JSON row that nobody encoded: "the un-encoded version does not work" (invoke-lambda)."""

BAD_CONTENT = "Invalid Manifest Content"
BAD_COUNT = "Unexpected number of task fields"
BAD_FIELDS = "Required fields are missing in the schema"


class Row(NamedTuple):
    """One task as it stands in the manifest. A tuple, since there may be a billion of them."""

    bucket: str
    key: str
    """URL-encoded, character for character as in the manifest."""
    version_id: str | None = None
    """None: the manifest has no such column. Empty: it has, and this field is empty."""


class RefusedError(ValueError):
    """A manifest that S3 Batch Operations fails the whole job for: begins with AWS's own words."""

    def __init__(self, reason: str, detail: str, code: str = "InvalidManifestContent") -> None:
        """Join AWS's reason and what exactly is wrong here; `code` is the job's FailureCode."""
        super().__init__(f"{reason}: {detail}")
        self.code = code


def encode(key: str) -> str:
    """Return a key as a manifest holds it: `a b+c.txt` gives `a%20b%2Bc.txt`."""
    return quote(key, safe="/")


def decode(text: str, *, bare_plus_is_space: bool = True) -> str:
    """Return the key that a manifest's text means; UnicodeDecodeError if it is not UTF-8.

    Undocumented: whether a `+` that nobody encoded is a space. `encode` never writes one.
    """
    return (unquote_plus if bare_plus_is_space else unquote)(text, errors="strict")


def row(bucket: str, key: str, arguments: Mapping[str, object] | None = None) -> Row:
    """Return the row for an object; with `arguments` its key field carries them as JSON.

    The JSON is `{"origKey": key, **arguments}`, the guide's "task-level information". ValueError if
    the key field would be empty or too long.
    """
    whole = {"origKey": key, **arguments} if arguments else None
    text = encode(json.dumps(whole, ensure_ascii=False) if whole else key)
    if not key or len(text) > KEY_LIMIT:
        raise ValueError(
            f"The key field for {key!r} is {len(text)} characters long once encoded:"
            f" a manifest takes 1 to {KEY_LIMIT}."
        )
    return Row(bucket, text)


def fields(*, versions: bool) -> list[str]:
    """Return the `Fields` of CreateJob for a manifest of such rows."""
    return list(COLUMNS if versions else COLUMNS[:2])


def write(rows: Iterable[Row], file: IO[str]) -> None:
    """Write rows as CSV without a header. Open `file` with `newline=""`."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows(each if each.version_id is not None else each[:2] for each in rows)


def check_fields(names: Sequence[str]) -> None:
    """Raise RefusedError unless Bucket and Key are there and no column is named twice."""
    missing = [name for name in COLUMNS[:2] if name not in names]
    if missing:
        raise RefusedError(BAD_FIELDS, ", ".join(missing), "InvalidManifestSchema")
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise RefusedError(BAD_CONTENT, f"the schema names {twice[0]} twice")


def read(file: IO[bytes], names: Sequence[str], *, limit_decoded: bool = False) -> Iterator[Row]:
    """Yield the rows of a CSV manifest whose columns are `names` (the job's `Fields`).

    `Ignore` columns are dropped. `limit_decoded` counts a key's 1,024 characters after decoding.
    Raises RefusedError at the first row that fails a job, so only a manifest that was read to its
    end is known to be good. `file` is left open.
    """
    check_fields(names)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield from _rows(text, names, limit_decoded=limit_decoded)
    except UnicodeDecodeError as error:
        raise RefusedError(BAD_CONTENT, f"it is not UTF-8 ({error.reason})") from error
    except csv.Error as error:
        raise RefusedError(BAD_CONTENT, f"it is not CSV ({error})") from error
    finally:
        text.detach()


def _rows(text: IO[str], names: Sequence[str], *, limit_decoded: bool) -> Iterator[Row]:
    bucket_at, key_at = names.index("Bucket"), names.index("Key")
    version_at = names.index("VersionId") if "VersionId" in names else None
    known_bucket = None  # no name, not even an empty one, is known to be good yet
    reader = csv.reader(text, strict=True)
    for number, cells in enumerate(reader, start=1):
        if len(cells) != len(names):
            raise RefusedError(BAD_COUNT, f"row {number} has {len(cells)}, not {len(names)}")
        version = None if version_at is None else cells[version_at]
        each = Row(cells[bucket_at], cells[key_at], version)
        if each.bucket != known_bucket:
            _check_bucket(each, number)
            known_bucket = each.bucket
        _check_key(each.key, number, limit_decoded=limit_decoded)
        if version and RAW.search(version):
            raise RefusedError(BAD_CONTENT, f"row {number} has the version {version!r}")
        yield each


def _check_bucket(row: Row, number: int) -> None:
    if number == 1 and row.bucket.startswith("\ufeff"):
        raise RefusedError(BAD_CONTENT, "it begins with a byte order mark")
    # not documented by AWS, our choice: only `bucket,key` itself is taken for a header, and never
    # for an object `key` in a bucket `bucket`
    if number == 1 and (row.bucket.lower(), row.key.lower()) == ("bucket", "key"):
        raise RefusedError(BAD_CONTENT, "row 1 is a header: it is read as a bucket and a key")
    if not BUCKET.fullmatch(row.bucket):
        raise RefusedError(BAD_CONTENT, f"row {number} has {row.bucket[:80]!r} for a bucket name")


def _check_key(key: str, number: int, *, limit_decoded: bool) -> None:
    if key.isalnum() and len(key) <= KEY_LIMIT:
        return
    length = len(key)
    if limit_decoded and length > KEY_LIMIT:
        length = len(unquote(key))
    if not 1 <= length <= KEY_LIMIT:
        raise RefusedError(
            BAD_CONTENT, f"row {number} has a key of {length} characters, not 1 to {KEY_LIMIT}"
        )
    # AWS: no trailing spaces. Not documented by AWS, our choice: a leading one is part of the key,
    # and spaces around a version are part of it
    if RAW.search(key) or key[-1] == " ":
        raise RefusedError(
            BAD_CONTENT, f"row {number} has a raw line break, control character or trailing space"
        )
    if JSON_IN_KEY.match(key):
        raise RefusedError(
            BAD_CONTENT,
            f"row {number} has JSON that is not URL-encoded: AWS documents that it must be",
        )
    if "%" in key:
        try:
            unquote(key, errors="strict")
        except UnicodeDecodeError as error:
            raise RefusedError(
                BAD_CONTENT, f"row {number} decodes to bytes that are not UTF-8"
            ) from error
