"""check --fix keeps every object, check --split orders what a renumbering needs."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from jobs.check import checking, fix, loading, source, split
from jobs.check.split import Step
from jobs.errors import Refused
from jobs.formats import manifest
from jobs.formats.row_rules import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

COPY = Work("copy", "never", "copies", "")
RENAME = Work("rename", "never", "b12", "")


def mended(tmp_path: Path, content: bytes, way: str = "") -> bytes:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    folder = tmp_path / "work"
    folder.mkdir()
    found = fix.fix(source.in_file(path, ()), tmp_path / "out.csv", folder, (), way=way)
    checks = tmp_path / "checks"
    checks.mkdir()
    assert checking.check(found, COPY, checks).errors == ()
    return (tmp_path / "out.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "way", "expected"),
    [
        (b"\xef\xbb\xbfb12,a\n", "", b"b12,a\n"),
        (b"Bucket,Key\r\nb12,a\r\n\r\nb12,b\n", "", b"b12,a\nb12,b\n"),
        (b"b12,a\rb12,b\r", "", b"b12,a\nb12,b\n"),
        ("b12,\u00e9\r\nb12,b\r\n".encode("utf-16"), "raw", b"b12,%C3%A9\nb12,b\n"),
        ("b12,a\n".encode("utf-16-le"), "", b"b12,a\n"),
        (b"b12,a b+c%2B\nb12,100%\n", "raw", b"b12,a%20b%2Bc%252B\nb12,100%25\n"),
        (b"b12,a+b%2B\n", "encoded", b"b12,a%20b%2B\n"),
        (b'b12,"a\nb"\r\nb12,c\r\n', "raw", b"b12,a%0Ab\nb12,c\n"),
        (b'b12,"a\r\nb"\r\nb12,c\r\n', "raw", b"b12,a%0D%0Ab\nb12,c\n"),
    ],
    ids=[
        *("mark", "header", "old Mac", "UTF-16", "UTF-16 without a mark", "raw", "encoded"),
        *("LF in a key", "CR LF in a key"),
    ],
)
def test_what_fix_writes_passes_and_has_the_same_objects(
    tmp_path: Path, content: bytes, way: str, expected: bytes
) -> None:
    assert mended(tmp_path, content, way) == expected


def test_a_row_that_cannot_be_read_is_never_dropped(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="1 line that cannot be read, the first is line 2"):
        mended(tmp_path, b"b12,a\nb12\nb12,c\n")
    assert not (tmp_path / "out.csv").exists()


def test_keys_that_are_not_what_was_said_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="would not have the same objects once mended"):
        mended(tmp_path, b"b12,a\nb12,%ff\n", "encoded")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("content", [b'b12,c\nb12,"a\r\nb"\n', b'b12,c\r\nb12,"a\r\nb"\n'])
def test_a_line_break_in_a_key_does_not_become_another_one(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused, match=r"Line 2 of '.*m\.csv' holds a CR LF in quotes"):
        mended(tmp_path, content, "raw")
    assert not (tmp_path / "out.csv").exists()


def test_nothing_is_left_of_a_result_that_is_no_csv(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"m\.csv' cannot be read as CSV"):
        mended(tmp_path, b'b12,"a\r\nb"\r\nb12,c\r\n')
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m.csv", "work"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"bucket,key\n", "no row but one that looks like a header: "), (b"\n", "no row: ")],
)
def test_a_manifest_without_a_row_is_not_written(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(Refused, match=rf"m\.csv' has {words}a job needs at least one"):
        mended(tmp_path, content)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_is_no_csv_is_called_by_its_name(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(Refused, match=r"m\.csv' cannot be read as CSV"):
        mended(tmp_path, "b12,a\rb12,b\nb12,c\n".encode(encoding))
    assert not (tmp_path / "out.csv").exists()


def test_where_a_header_is_looked_for_a_manifest_in_s3_is_called_by_its_place(
    tmp_path: Path,
) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"b12,a\rb12,b\nb12,c\n")
    opened = replace(source.in_file(path, ()), name="s3://jobs/m.csv")
    with pytest.raises(Refused, match=r"'s3://jobs/m\.csv' cannot be read as CSV"):
        loading.header_of(opened, tmp_path)


def split_up(folder: Path, pairs: Iterable[tuple[str, str]]) -> list[Path]:
    """Split the rename of these names into manifests in the folder `jobs`."""
    path = folder / "m.csv"
    path.write_text("".join(f"b12,{quote(row(*pair))}\n" for pair in pairs))
    work = folder / "work"
    work.mkdir()
    return split.split(source.in_file(path, ()), RENAME, work, folder / "jobs")


def renames(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield the old and the new name of each row, job by job."""
    for each in paths:
        with each.open("rb") as file:
            for moved in manifest.read(file, ["Bucket", "Key"]):
                said = json.loads(manifest.decode(moved.key))
                yield said["origKey"], said["newKey"]


def test_split_writes_jobs_that_pass_and_move_every_object_to_its_name(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - draws names, no secrets
    names = [f"n{number}" for number in range(24)]
    targets = chance.sample([*names, *(f"m{number}" for number in range(24))], 24)
    pairs = {old: new for old, new in zip(names, targets, strict=True) if old != new}
    assert {*pairs} & {*pairs.values()}
    bucket = {old: old for old in pairs}
    for old, new in renames(split_up(tmp_path, pairs.items())):
        assert new not in bucket, "the name of an object is taken"
        bucket[new] = bucket.pop(old)
    assert bucket == {new: old for old, new in pairs.items()}


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "b"), ("a", "b"), ("b", "c")],
        [("a", "b"), ("b", "a"), ("b", "a")],
        [(f"n{at}", f"n{(at + 1) % 11}") for at in (1, 2, 0, 7, 4, 9, 5, 3, 10, 6, 6, 8, 9)],
    ],
    ids=["chain", "swap", "ring of eleven"],
)
def test_of_a_row_that_is_there_twice_no_later_job_moves_the_next_object(
    tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    bucket = {old: old for old, _ in pairs}
    for old, new in renames(split_up(tmp_path, pairs)):
        bucket[new] = bucket.pop(old)
    assert bucket == {new: old for old, new in pairs}


def row(old: str, new: str) -> str:
    return json.dumps({"origKey": old, "newKey": new})


def test_a_long_chain_goes_through_free_names_in_two_jobs() -> None:
    links = {at: Step(at + 1 if at < 49 else None, str(at), str(at + 1), None) for at in range(50)}
    first, second = split.ordered(links)
    assert {step.old for step in first} == {str(at) for at in range(50)}
    assert {step.new for step in first} == {step.old for step in second} | {"50"}
    assert {step.new for step in second} == {str(at) for at in range(1, 50)}


def test_a_free_name_is_in_the_bucket_that_the_row_names() -> None:
    links = {0: Step(1, "a", "b", "photos"), 1: Step(0, "b", "a", "photos")}
    steps = [step for job in split.ordered(links) for step in job]
    assert (len(steps), {step.bucket for step in steps}) == (3, {"photos"})


def test_a_free_name_is_one_that_no_row_has() -> None:
    first = split._free_name("a", set())
    assert split._free_name("a", {first}) != first


def test_what_no_order_mends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"has E21 \(one new name\), which no order of jobs mends"):
        split_up(tmp_path, [("a", "c"), ("b", "c")])
    assert not (tmp_path / "jobs").exists()


def test_no_folder_is_left_where_a_job_would_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "KEY_LIMIT", 10)
    with pytest.raises(Refused, match="A row of --split would be too long"):
        split_up(tmp_path, [("a", "b"), ("b", "c")])
    assert not (tmp_path / "jobs").exists()
