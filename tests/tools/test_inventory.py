"""Inventory manifests: manifest.json and its gzipped data files."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from typing import Any

import pytest

from jobs.formats import inventory, manifest
from jobs.formats.manifest import RefusedError, Row

FILE = {"key": "data/1.csv.gz", "size": 2147483, "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"}
REAL: dict[str, Any] = {
    "sourceBucket": "source",
    "destinationBucket": "arn:aws:s3:::inventories",
    "version": "2016-11-30",
    "creationTimestamp": "1514944800000",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size",
    "files": [FILE],
}


def test_a_manifest_json_of_s3_inventory_names_its_columns_and_files() -> None:
    whole = inventory.parse(json.dumps(REAL).encode())

    assert whole.source_bucket == "source"
    assert whole.fields == ("Bucket", "Key", "VersionId", "Ignore", "Ignore", "Ignore")
    assert whole.files == (
        inventory.DataFile("data/1.csv.gz", 2147483, "f11166069f1990abeb9c97ace9cdfabc"),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fileFormat": "ORC"}, "the inventory is 'ORC'"),
        ({"fileSchema": "Key, Size"}, "Required fields are missing in the schema: Bucket"),
        ({"files": [{"key": "x"}]}, "no usable 'size'"),
        ({"files": None}, "no usable 'files': it is None"),
        ({"fileSchema": 1}, "no usable 'fileSchema': it is 1"),
        ({"sourceBucket": None}, "no usable 'sourceBucket': it is None"),
        ({"files": [FILE | {"key": 5}]}, "no usable 'key': it is 5"),
        ({"files": [FILE | {"key": ""}]}, "a file without a usable key"),
        ({"files": [FILE | {"key": "\ud800"}]}, "a file without a usable key"),
        ({"files": [FILE | {"size": float("inf")}]}, "no usable 'size': it is inf"),
        ({"files": [FILE | {"size": True}]}, "no usable 'size': it is True"),
        ({"files": [FILE | {"size": -1}]}, "a file without a usable key, size"),
        ({"files": [FILE | {"MD5checksum": "F" * 32}]}, "without a usable key, size or MD5check"),
        ({"files": ["data/1.csv.gz"]}, "no usable 'key'"),
    ],
)
def test_an_inventory_that_no_job_can_use_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        inventory.parse(json.dumps({**REAL, **change}).encode())


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"Bucket,Key\n", r"the manifest.json is no JSON \(Expecting value"),
        (b"\xff", "the manifest.json is no JSON"),
        (b"[" * 100_000, r"the manifest.json is no JSON \(maximum recursion depth|Stack overflow"),
        (b"[]", "no usable 'fileSchema'"),
        (b"1e999", "no usable 'fileSchema'"),
        (b"null", "no usable 'fileSchema'"),
    ],
    ids=["CSV", "no text", "deep", "a list", "infinite", "null"],
)
def test_a_document_that_is_no_manifest_json_is_refused(document: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=f"Invalid Manifest Content: .*(?:{reason})"):
        inventory.parse(document)


def test_rows_of_a_data_file_are_those_of_the_columns_in_use() -> None:
    data = gzip.compress(b'"source","a%20b","v1","true","false","12"\n')
    fields = inventory.parse(json.dumps(REAL).encode()).fields

    assert list(inventory.read(io.BytesIO(data), fields)) == [Row("source", "a%20b", "v1")]


def test_a_row_of_a_data_file_that_names_no_bucket_is_refused() -> None:
    data = io.BytesIO(gzip.compress(b'"","k"\n'))

    with pytest.raises(RefusedError, match="row 1 has '' for a bucket name"):
        list(inventory.read(data, ("Bucket", "Key")))


@pytest.mark.parametrize(
    "data", [gzip.compress(b"source,k\n" * 99)[:-9], b"source,k\n"], ids=["cut", "plain"]
)
def test_a_cut_or_plain_data_file_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError, match="no whole gzip file"):
        list(inventory.read(io.BytesIO(data), ("Bucket", "Key")))


def test_an_inventory_of_our_own_is_read_back_and_its_bytes_are_always_the_same() -> None:
    rows = [manifest.row("source", key) for key in ("a b", "é", "c,d")]
    first, second = io.BytesIO(), io.BytesIO()
    inventory.write(rows, first)
    inventory.write(rows, second)
    assert first.getvalue() == second.getvalue()

    digest = hashlib.md5(first.getvalue(), usedforsecurity=False).hexdigest()
    file = inventory.DataFile("data/1.csv.gz", len(first.getvalue()), digest)
    document = inventory.document("source", "jobs", [file], 1514944800.0)
    whole = inventory.parse(document)
    assert whole.files == (file,)
    first.seek(0)
    assert list(inventory.read(first, whole.fields)) == rows
