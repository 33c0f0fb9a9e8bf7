"""check --fix and --split as a whole: what they say, and which files they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from check_runs import verb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_next_step_names_the_columns_of_what_fix_wrote(here: Path) -> None:
    (here / "m.csv").write_text("a b,v1,photos\n")
    said = verb("m.csv", "--fields", "Key,VersionId,Bucket", "--fix", "x.csv", "--raw").output
    assert (here / "x.csv").read_text() == "photos,a%20b,v1\n"
    assert "submit x.csv --operation copy --destination-bucket copies --versioned\n" in said


def test_fix_replaces_no_file(here: Path) -> None:
    (here / "m.csv").write_text("photos,a\n")
    (here / "x.csv").write_text("mine")
    done = verb("m.csv", "--fix", "x.csv")
    said = "'x.csv' exists: give another name to --fix."
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert (here / "x.csv").read_text() == "mine"


def test_fix_names_the_header_that_it_leaves_out(here: Path) -> None:
    (here / "m.csv").write_text("source-bucket,file\nphotos,a\n")
    said = verb("m.csv", "--fix", "x.csv").output
    assert said.startswith("Row 1 is taken for a header: source-bucket, file.\n")
    assert (here / "x.csv").read_text() == "photos,a\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("photos,a,1\n".encode("utf-16"), "'m.csv' has 3 columns: give --versioned"),
        ("photos,a\n".encode("utf-16") + b"x", "'m.csv' is no whole UTF-16"),
    ],
    ids=["columns", "cut"],
)
def test_fix_calls_a_file_in_utf_16_by_its_name(here: Path, content: bytes, sentence: str) -> None:
    (here / "m.csv").write_bytes(content)
    done = verb("m.csv", "--fix", "x.csv")
    assert (done.exit_code, sentence in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--raw",), "give --fix OUT, too"),
        (("--fix", "x.csv", "--raw", "--encoded"), "say opposite things"),
        (("--fix", "x.csv", "--split", "x"), "mend first, then split that one"),
    ],
)
def test_options_that_do_not_go_together(here: Path, words: tuple[str, ...], sentence: str) -> None:
    (here / "m.csv").write_text("photos,a\n")
    done = verb("m.csv", *words)
    assert (done.exit_code, sentence in done.output) == (2, True), done.output
    assert [each.name for each in here.iterdir()] == ["m.csv"]


def test_split_is_for_renames(here: Path) -> None:
    (here / "m.csv").write_text("photos,a\n")
    done = verb("m.csv", "--operation", "copy", "--split", "jobs")
    said = "--split orders renames without versions: nothing else takes a name away."
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert [each.name for each in here.iterdir()] == ["m.csv"]


def test_one_job_of_a_split_is_called_one(here: Path) -> None:
    row = "photos,%7B%22origKey%22%3A%22a%22%2C%22newKey%22%3A%22b%22%7D\n"
    (here / "m.csv").write_text(row)
    said = verb("m.csv", "--operation", "rename", "--split", "jobs").output
    assert "1 job, to run one after the other; each manifest passes check:" in said
    assert "and each other once" not in said
