"""What a manifest is: rows, their encoding, and what fails a whole job."""

from __future__ import annotations

import io
import json
from urllib.parse import unquote_plus

import pytest

from jobs.formats import manifest
from jobs.formats.manifest import RefusedError, Row

CSV = ["Bucket", "Key"]
VERSIONED = ["Bucket", "Key", "VersionId"]

KEYS = [
    "plain.txt",
    "a b.txt",
    "a+b.txt",
    "a%2Bb.txt",
    "100%.txt",
    "café/東京 🪣.txt",
    "a//b",
    "a,b",
    'say "hello"',
    "a\nb",
]


def read(text: str | bytes, fields: list[str]) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(manifest.read(io.BytesIO(data), fields))


def written(rows: list[Row]) -> str:
    file = io.StringIO(newline="")
    manifest.write(rows, file)
    return file.getvalue()


@pytest.mark.parametrize("key", KEYS)
def test_every_key_comes_back_from_the_manifest_as_it_was(key: str) -> None:
    (row,) = read(written([manifest.row("bucket", key)]), CSV)

    assert manifest.decode(row.key) == key
    assert manifest.decode(row.key, bare_plus_is_space=False) == key


def test_a_space_is_written_as_percent_20_and_a_plus_as_percent_2b() -> None:
    assert written([manifest.row("bucket", "a b+c.txt")]) == "bucket,a%20b%2Bc.txt\n"


def test_arguments_of_a_row_travel_as_json_in_its_key_field() -> None:
    row = manifest.row("bucket", "old, name", arguments={"newKey": "né w"})

    assert json.loads(unquote_plus(row.key)) == {"origKey": "old, name", "newKey": "né w"}
    assert row.key.startswith("%7B%22origKey%22%3A%20")  # as the guide shows it
    assert read(written([row]), CSV) == [row]


@pytest.mark.parametrize(("key", "length"), [("k" * 1025, 1025), ("é" * 171, 1026), ("", 0)])
def test_a_key_that_no_manifest_can_hold_is_refused_while_writing(key: str, length: int) -> None:
    with pytest.raises(ValueError, match=f"is {length} characters long once encoded"):
        manifest.row("bucket", key)


def test_ignored_columns_are_dropped_and_columns_come_in_any_order() -> None:
    rows = read("1,k,x,b12\n", ["Ignore", "Key", "Ignore", "Bucket"])

    assert rows == [Row("b12", "k", None)]


def test_an_empty_version_differs_from_no_version_column() -> None:
    assert read("b12,k,\n", VERSIONED) == [Row("b12", "k", "")]
    assert read("b12,k\n", CSV) == [Row("b12", "k", None)]


def test_a_quoted_manifest_is_read_as_athena_writes_it() -> None:
    assert read('"bucket","a,b ""c"""\r\n', CSV) == [Row("bucket", 'a,b "c"', None)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "b12,k\nb12\n", "Unexpected number of task fields: row 2 has 1, not 2", id="short"
        ),
        pytest.param("b12,k,v\n", "Unexpected number of task fields: row 1 has 3", id="long"),
        pytest.param(
            "b12,k\n\nb12,k\n", "Unexpected number of task fields: row 2", id="blank line"
        ),
        pytest.param("Bucket,Key\nb12,k\n", "row 1 is a header", id="header"),
        pytest.param("\ufeffb12,k\n", "byte order mark", id="byte order mark"),
        pytest.param("b12,k \n", "trailing space", id="trailing space"),
        pytest.param('b12,"a\nb"\n', "raw line break", id="line break"),
        pytest.param("no bucket,k\n", "'no bucket' for a bucket name", id="bucket"),
        pytest.param(",k\nb12,k\n", "row 1 has '' for a bucket name", id="no bucket"),
        pytest.param("b12,\n", "a key of 0 characters", id="no key"),
        pytest.param(f"b12,{'k' * 1025}\n", "a key of 1025 characters", id="long key"),
        pytest.param("b12,%FF\n", "bytes that are not UTF-8", id="encoded bytes"),
        pytest.param(b"b12,\xff\n", "it is not UTF-8", id="latin-1"),
        pytest.param('b12,"k\n', "it is not CSV", id="open quote"),
    ],
)
def test_what_fails_the_whole_job_is_refused_with_its_row(text: str | bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as refused:
        read(text, CSV)
    assert refused.value.code == "InvalidManifestContent"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (["Key"], "Required fields are missing in the schema: Bucket"),
        (["Bucket"], "Required fields are missing in the schema: Key"),
        ([], "Required fields are missing in the schema: Bucket, Key"),
        (["Bucket", "Key", "Key"], "the schema names Key twice"),
    ],
)
def test_a_schema_without_bucket_and_key_is_refused(fields: list[str], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        read("b12,k\n", fields)


def test_a_bucket_from_before_2018_may_have_a_name_that_none_can_get_today() -> None:
    assert read("bucket_name,object_key\nOLD,k\n", CSV)[0].bucket == "bucket_name"


def test_rows_before_a_bad_one_are_read_so_only_a_whole_reading_is_a_proof() -> None:
    rows = manifest.read(io.BytesIO(b"b12,k\nbad\n"), CSV)

    assert next(rows) == Row("b12", "k")
    with pytest.raises(RefusedError):
        next(rows)
