"""check of an inventory: its keys are objects, whatever they are called."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

import inventories
from check_runs import pair, row, verb

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


def test_an_object_that_is_called_like_a_row_is_no_row(s3: S3Client) -> None:
    # whoever names objects in the bucket could say what the job does with others
    data = gzip.compress((row("a") + pair("secret", "public/x")).encode())
    inventories.put(s3, data, sourceBucket="b12")
    done = verb(inventories.URI)
    (line,) = (each for each in done.output.splitlines() if each.startswith("E24 "))
    assert line.startswith("E24 key like a JSON row  1 row")
    assert line.endswith('  line 2  {"origKey": "secret", "newKey": "public/x"}')
    assert done.exit_code == 1


def test_a_plus_in_an_inventory_is_the_space_that_s3_wrote(s3: S3Client) -> None:
    inventories.put(s3, gzip.compress(b"photos,a+b%2Bc.jpg\n"))
    assert "No findings." in verb(inventories.URI).output


def test_fix_makes_no_row_of_json_of_a_key_in_an_inventory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: S3Client
) -> None:
    monkeypatch.chdir(tmp_path)
    # whoever names objects in the bucket could say what the job does with others
    key = "%7B%22origKey%22%3A%22secret%22%2C%22newKey%22%3A%22public/x%22%7D"
    inventories.put(s3, gzip.compress(f"photos,{key}\n".encode()))
    done = verb(inventories.URI, "--fix", "x.csv")
    said = f"python -m jobs manifest {inventories.URI} -o x.csv writes a manifest of it."
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "data",
    [b"photos,a\n", gzip.compress(b"photos,a\n" * 99)[:-9]],
    ids=["no gzip", "cut"],  # the second holds the time
)
def test_a_data_file_that_is_no_whole_gzip_is_named(s3: S3Client, data: bytes) -> None:
    inventories.put(s3, data)
    done = verb(inventories.URI)
    said = "'s3://jobs/data/1.csv.gz' is no whole gzip file"
    assert (done.exit_code, said in done.output) == (2, True), done.output
