"""Lists in files: what can be read in two ways is refused, since a key read wrongly is another."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import jobs.__main__ as main
from jobs.formats import manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def run(content: str | bytes, *words: str) -> Result:
        (tmp_path / "x.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        options = ("manifest", "x.csv", "--bucket", "photos", "--destination-bucket", "copies")
        return CliRunner().invoke(main.cli, [*options, *words], catch_exceptions=False)

    return run


def pairs(path: Path) -> dict[str, str]:
    with (path / "manifest.csv").open("rb") as file:
        found = [manifest.decode(row.key) for row in manifest.read(file, ["Bucket", "Key"])]
    return {row["origKey"]: row["newKey"] for row in map(json.loads, found)}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_times_are_of_the_zone_that_they_name_or_of_utc(
    make: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    content = (
        "key,last_modified_date\nold,2026-01-01T00:30:00+02:00\nnew,2025-12-31T22:30:00-03:00\n"
        "utc,2026-01-01 00:00:01.000 UTC\nbare,2026-01-01 00:00:01\nearly,2025-12-31T23:59:59Z\n"
    )
    assert make(content, "--newer", "2026-01-01").exit_code == 0
    with (tmp_path / "manifest.csv").open("rb") as file:
        rows = manifest.read(file, ["Bucket", "Key"])
        assert sorted(row.key for row in rows) == ["bare", "new", "utc"]


@pytest.mark.parametrize(
    ("content", "words", "expected"),
    [
        ("key,value.txt\nb,c\n", (), {"key": "value.txt", "b": "c"}),
        ("new name,old name\na b,1\n", (), {"1": "a b"}),
        ("\ufeffidentifier,filename\r\n1,ü +.txt\r\n", (), {"1": "ü +.txt"}),
        ("a,東\r\nb,c\r\n".encode("utf-16"), (), {"a": "東", "b": "c"}),
        ('"a, ""b""","x\ny"\nc,d\n', (), {'a, "b"': "x\ny", "c": "d"}),
        ("id;1,a\nid;2,b\n", ("--separator", ","), {"id;1": "a", "id;2": "b"}),
        ("1\ta, b;c\n2\td\n", (), {"1": "a, b;c", "2": "d"}),
    ],
    ids=["no header", "columns by name", "Excel", "PowerShell", "quotes", "told", "tabs"],
)
def test_a_map_is_read_as_it_stands(
    make: Callable[..., Result],
    tmp_path: Path,
    content: str | bytes,
    words: tuple[str, ...],
    expected: dict[str, str],
) -> None:
    done = make(content, "--map", *words)
    assert (done.exit_code, pairs(tmp_path)) == (0, expected), done.output
    has_header = "old" in str(content) or "identifier" in str(content)
    assert ("Row 1 is taken for a header: " in done.output) == has_header


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id;1,a\nid;2,b\n", "can be read as separated by commas or semicolons: say which by"),
        ("a,b\nc,\n", "1 row without a new name, the first is row 2"),
        ("a,b\n,d\n", "1 row without a key, the first is row 2"),
        ("a,b,c\n", "has 3 columns: --map reads two"),
        ("a,b\nc\n", "1 line cannot be read, the first is line 2 (c): give every row the same"),
        ('a, "b"\nc,d\n', "has a space beside a quote (line 1)"),
        ('a,b\n"c,d\n', "double each quote inside a quoted cell"),
        ("a,ü\n".encode("latin-1"), "save it as UTF-8 (in Excel: CSV UTF-8)"),
        ("a,b\n".encode("utf-32"), "a text in UTF-32: save it as UTF-8"),
        (b"a,b\r\nc,d\n", "ends some lines with CR LF and some with LF"),
        (b"a,b\rc,d\r", "ends its lines with CR alone"),
        (b"a\rb,c\nd,e\n", "its lines do not all end alike"),
        (b"a,b\0\n", "has NUL bytes (line 1)"),
        ("s3://photos/a,b\nc/d/e/f,g\n", "in 1 of 2 rows, in the others a key alone"),
        ("key,object key\na,b\n", "Two columns name the key"),
        ("bucket,key,version_id\nphotos,a,1\nphotos,b,\n", "the null version is written null"),
        (b"\x1f\x8b\x08\0", "a compressed file"),
        (b"\n\n", "has no row"),
    ],
)
def test_a_list_that_leaves_a_doubt_is_refused_and_nothing_is_written(
    make: Callable[..., Result], tmp_path: Path, content: str | bytes, said: str
) -> None:
    done = make(content, *(["--map"] if "key" not in str(content) else []))
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert done.output.count("\n") <= 2
    assert os.listdir(tmp_path) == ["x.csv"]  # noqa: PTH208 - hidden ones, too


def test_rows_of_another_bucket_are_counted_as_left_out(make: Callable[..., Result]) -> None:
    done = make("bucket,key\nphotos,a\nvideos,b\n")
    assert "1 row, 0.0 MB; 1 key left out (1 by --bucket)" in done.output
    refused = make("videos,b\n", "--force")
    assert "No object passes the filters (1 by --bucket): nothing to do." in refused.output


def test_warnings_of_what_was_made_are_told(make: Callable[..., Result]) -> None:
    assert "W03 encoded twice in 2 rows: the job looks for keys" in make("a%20b\nc%2Bd\n").output


def test_a_filter_on_what_no_row_says_is_refused(make: Callable[..., Result]) -> None:
    done = make("a\nb\n", "--older", "30d")
    assert "--older cannot be used: the source says that of no object" in done.output


def test_a_key_in_a_list_that_could_be_a_row_is_refused_until_it_is_said_what_it_is(
    make: Callable[..., Result], tmp_path: Path
) -> None:
    # whoever names objects could say what the job does with others: an Athena result lists any key
    content = '"photos","{""origKey"": ""secret"", ""newKey"": ""public/x""}"\nphotos,{guid}.jpg\n'
    refused = make(content)
    assert "may be the key of an object or a JSON row" in refused.output
    assert make(content, "--not", "{*").exit_code == 2  # nothing is left
    assert make(content, "--not", '{"*').exit_code == 0
    check = ["check", "x.csv", "--fix", "fixed.csv", "--raw", "--operation", "copy"]
    assert CliRunner().invoke(main.cli, check).exit_code == 0
    with (tmp_path / "fixed.csv").open("rb") as file:
        row, _ = manifest.read(file, ["Bucket", "Key"])
    assert json.loads(manifest.decode(row.key)) == {"origKey": "secret", "newKey": "public/x"}


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("--larger", "5"), ["b"]),
        (("--smaller", "7B"), ["a/1"]),
        (("--older", "2026-02-01"), ["a/1"]),
        (("--newer", "2026-02-01"), ["b"]),
        (("--class", "glacier"), ["b"]),
        (("--class", "standard", "--class", "glacier"), ["a/1", "b"]),
        (("--match", "a*"), ["a/1"]),
        (("--not", "a*"), ["b"]),
        (("--prefix", "a/", "--prefix", "c"), ["a/1"]),
    ],
    ids=" ".join,
)
def test_a_filter_leaves_out_what_does_not_pass(
    make: Callable[..., Result], tmp_path: Path, words: tuple[str, ...], kept: list[str]
) -> None:
    names = "key,size,last_modified_date,storage_class\n"
    rows = "a/1,5,2026-01-31,STANDARD\nb,7,2026-02-02,GLACIER\n"
    done = make(names + rows, *words)
    assert done.exit_code == 0
    assert ("1 archived object will fail until restored" in done.output) == ("b" in kept)
    found = (tmp_path / "manifest.csv").read_text().splitlines()
    assert found == [f"photos,{key}" for key in kept]


def test_start_after_leaves_out_rows_of_a_list_too(make: Callable[..., Result]) -> None:
    said = make("b\na\né\nz\n", "--start-after", "b").output
    assert "2 rows, 0.0 MB; 2 keys left out (2 by --start-after)" in said
