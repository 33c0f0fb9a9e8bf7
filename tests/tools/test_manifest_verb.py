"""manifest: any key S3 allows comes back from a listing; new names, inventories, lists."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner

import inventories
import jobs.__main__ as main
from jobs.formats import manifest, plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from mypy_boto3_s3 import S3Client

ODD_KEYS = [
    *("plain", "a b+c.txt", "100%", "a%2Bb", "é", "東京/🪣", "a,b", 'say "hi"', "a'b", "a&b<c>"),
    *("/lead", "folder/", "a//b", "..", "./a", "a/../b", "tab\there", "line\nend", "cr\rhere"),
    *("\x01", "a;b", "a|b", "~", "a*b?", "#", " lead", "trail ", "{guid}", "a\\b", "\u2028", "a=b"),
]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        options = ("manifest", "--destination-bucket", "copies", *words)
        return CliRunner().invoke(main.cli, options, catch_exceptions=False)

    return run


def rows(path: Path, fields: list[str] | None = None) -> list[manifest.Row]:
    with path.open("rb") as file:
        return list(manifest.read(file, fields or ["Bucket", "Key"]))


def keys(path: Path) -> set[str]:
    return {manifest.decode(each.key) for each in rows(path)}


@pytest.mark.parametrize("parallel", ["1", "16"])
def test_every_key_that_s3_holds_comes_back_from_a_listing(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path, parallel: str
) -> None:
    for key in ODD_KEYS:
        s3.put_object(Bucket="photos", Key=key, Body=b"x")
    assert make("s3://photos", "--parallel", parallel).exit_code == 0
    found = rows(tmp_path / "manifest.csv")
    assert {manifest.decode(each.key, bare_plus_is_space=False) for each in found} == {*ODD_KEYS}
    assert len(found) == len(ODD_KEYS)
    assert not any("+" in each.key for each in found)


@pytest.mark.parametrize("key", ['{"origKey": "a"}', '{ "origKey":"a", "newKey":"b"}', '{"k"'])
def test_an_object_that_is_called_like_a_json_row_is_not_taken_for_another(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path, key: str
) -> None:
    s3.put_object(Bucket="photos", Key=key, Body=b"x")
    assert make("s3://photos").exit_code == 0
    (row,) = rows(tmp_path / "manifest.csv")
    assert json.loads(manifest.decode(row.key)) == {"origKey": key}


def test_versions_are_rows_and_delete_markers_are_counted(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path
) -> None:
    s3.put_object(Bucket="photos", Key="old", Body=b"1")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    second = s3.put_object(Bucket="photos", Key="old", Body=b"2")["VersionId"]
    s3.delete_object(Bucket="photos", Key="old")
    done = make("s3://photos", "--versions")
    found = rows(tmp_path / "manifest.csv", ["Bucket", "Key", "VersionId"])
    assert {each.version_id for each in found} == {"null", second}
    assert "1 delete marker left out" in done.output


def test_filters_leave_out_and_say_how_many(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path
) -> None:
    for key, size in {"2025/a.jpg": 5, "2025/b.jpg": 500, "2025/c.txt": 5, "2024/d.jpg": 5}.items():
        s3.put_object(Bucket="photos", Key=key, Body=b"x" * size)
    done = make("s3://photos/2025/", "--match", "*.jpg", "--smaller", "100B")
    assert keys(tmp_path / "manifest.csv") == {"2025/a.jpg"}
    assert "2 keys left out (1 by --match, 1 by --smaller)" in done.output
    empty = make("s3://photos", "--match", "*.gif", "--force")
    assert (empty.exit_code, "No object passes the filters" in empty.output) == (2, True)


def test_new_names_are_made_as_sed_makes_them(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path
) -> None:
    s3.put_object(Bucket="photos", Key="2025/a b+ü.jpg", Body=b"x")
    assert make("s3://photos", "--rename", "s#^2025/(.*)#archive/\\1#").exit_code == 0
    (row,) = rows(tmp_path / "manifest.csv")
    assert json.loads(manifest.decode(row.key)) == {
        "origKey": "2025/a b+ü.jpg",
        "newKey": "archive/a b+ü.jpg",
    }
    found = plan.parse((tmp_path / "manifest.csv.plan.json").read_bytes())
    assert found
    assert (found["rows"], found["errors"], found["kinds"]) == (1, 0, {"plain": 0, "json": 1})
    assert found["objects"]["bytes"] == 1
    assert (found["rule"]["operation"], found["rule"]["code"]) == ("rename", None)


def test_a_map_of_old_and_new_names_becomes_json_rows(
    make: Callable[..., Result], tmp_path: Path
) -> None:
    pairs = {"id 1": "Größe, +1/a.txt", "id,2": 'x "y".txt'}
    text = io.StringIO()
    text.write("old name,new name\n")
    text.writelines(
        f'"{old}","{new.replace(chr(34), chr(34) * 2)}"\n' for old, new in pairs.items()
    )
    (tmp_path / "map.csv").write_text(text.getvalue(), "utf-8")
    assert make("map.csv", "--map", "--bucket", "photos").exit_code == 0
    found = [json.loads(manifest.decode(each.key)) for each in rows(tmp_path / "manifest.csv")]
    assert {each["origKey"]: each["newKey"] for each in found} == pairs


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tsv", "bucket\tkey\tsize\nphotos\tx//a b\t5\n"),
        ("x.csv", "Key;Bucket\nx//a b;photos\n"),
        (
            "x.csv",
            '"bucket","key","is_delete_marker"\n"photos","x//a b","false"\n"photos","x","true"\n',
        ),
        ("x.csv", "s3://photos/x//a b\n"),
        ("x.csv", "photos,x//a b\n"),
    ],
    ids=["tabs", "semicolons", "Athena", "places", "no header"],
)
def test_other_lists_are_read_by_their_separators_and_columns(
    make: Callable[..., Result], tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    assert make(name).exit_code == 0
    assert (tmp_path / "manifest.csv").read_text() == "photos,x//a%20b\n"


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_an_inventory_becomes_a_manifest_without_its_delete_markers(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path, form: str
) -> None:
    if form == "CSV":
        text = '"photos","a+b%2B","","true","false"\n"photos","gone","v","true","true"\n'
        data, ending = gzip.compress(text.encode()), ".csv.gz"
    else:
        duckdb.sql(
            "COPY (SELECT * FROM (VALUES ('photos', 'a b+', NULL, true, false), ('photos', 'gone',"
            " 'v', true, true)) t(bucket, key, version_id, is_latest, is_delete_marker))"
            f" TO '{tmp_path}/1.parquet' (FORMAT parquet)"
        )
        data, ending = (tmp_path / "1.parquet").read_bytes(), ".parquet"
    schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker"
    files = inventories.files(s3, data, ending=ending)
    body = inventories.document(fileFormat=form, fileSchema=schema, files=files)
    s3.put_object(Bucket="jobs", Key=inventories.KEY, Body=body)
    assert make(inventories.URI).exit_code == 0
    assert (tmp_path / "manifest.csv").read_text() == "photos,a%20b%2B,null\n"


def test_an_inventory_that_is_not_there_or_lists_nothing_is_one_sentence(
    s3: S3Client, make: Callable[..., Result]
) -> None:
    uri = inventories.URI
    assert make(uri).output == f"Error: {uri!r} does not exist.\n"
    inventories.put(s3)
    said = f"Error: {uri!r} names no data files: the inventory lists no objects.\n"
    assert make(uri).output == said


def test_a_preview_writes_nothing_and_an_output_is_not_replaced(
    make: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("photos,a\n")
    assert make("x.csv", "--preview").exit_code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]
    (tmp_path / "manifest.csv").write_text("mine")
    refused = make("x.csv")
    assert refused.exit_code == 2
    assert "'manifest.csv' exists: give another name, or --force" in refused.output
    assert (tmp_path / "manifest.csv").read_text() == "mine"


def test_an_object_that_is_there_is_not_replaced(
    s3: S3Client, make: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("photos,a\n")
    s3.put_object(Bucket="jobs", Key="m.csv", Body=b"mine")
    refused = make("x.csv", "-o", "s3://jobs/m.csv")
    assert (refused.exit_code, "'s3://jobs/m.csv' exists" in refused.output) == (2, True)
    assert s3.get_object(Bucket="jobs", Key="m.csv")["Body"].read() == b"mine"
    assert make("x.csv", "-o", "s3://jobs/m.csv", "--force").exit_code == 0
    assert s3.get_object(Bucket="jobs", Key="m.csv")["Body"].read() == b"photos,a\n"
    assert "is no place for a manifest" in make("x.csv", "-o", "s3://jobs").output
