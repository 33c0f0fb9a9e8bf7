"""manifest: what it refuses to make a manifest of, and options that could do nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner

import jobs.__main__ as main
from jobs.project import rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def run(content: str, *words: str) -> Result:
        (tmp_path / "x.csv").write_text(content)
        return CliRunner().invoke(main.cli, ["manifest", "x.csv", *words], catch_exceptions=False)

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--versions",), "--versions is for a bucket to list, and 'x.csv' is a file"),
        (("-0",), "-0 is for standard input, and 'x.csv' is a file"),
        (("--separator", '"'), "'\"' is no separator"),
        (("--rename", "s/a"), "'s/a' is no renaming"),
        (("--rename", "s/a/b/", "--map"), "--rename and --map both give new names"),
        (("--rule",), "--rule needs a rule that only puts a prefix before the key"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_option_that_could_do_nothing_is_refused(
    make: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(rule, "load", lambda: rule.Rule(is_prefix=False, call=lambda key, _: key))
    done = make("a\n", "--bucket", "photos", *words)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert os.listdir() == ["x.csv"]  # noqa: PTH208 - hidden ones, too


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a\n", "Nothing says which bucket the keys are in: give --bucket."),
        ("photos,a\nvideos,b\n", "in several buckets, 'photos' and 'videos' among them: one"),
        ("s3://photos/a\ns3://videos/a\n", "in several buckets"),
        ("bucket,size,x\nphotos,1,a\n", "has 3 columns and no header that names the key"),
    ],
)
def test_what_is_in_no_bucket_or_in_several_is_refused(
    make: Callable[..., Result], content: str, said: str
) -> None:
    done = make(content)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert os.listdir() == ["x.csv"]  # noqa: PTH208 - hidden ones, too


def test_a_place_without_a_bucket_is_one_sentence() -> None:
    done = CliRunner().invoke(main.cli, ["manifest", "s3://", "-o", "x.csv", "--preview"])
    assert (done.exit_code, "'s3://' names no bucket" in done.output) == (2, True), done.output


@pytest.mark.parametrize("source", ["-", "s3://photos/", "s3://jobs/i/manifest.json"])
def test_only_a_file_has_columns_to_map(source: str) -> None:
    done = CliRunner().invoke(main.cli, ["manifest", source, "--map"], input="a,b\n")
    assert (done.exit_code, "--map is for a file" in done.output) == (2, True), done.output


def test_a_parquet_column_of_numbers_is_no_column_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    duckdb.sql("COPY (SELECT 1 AS key) TO 'x.parquet' (FORMAT parquet)")
    done = CliRunner().invoke(main.cli, ["manifest", "x.parquet", "--bucket", "photos"])
    said = "The column 'key' is INTEGER, no text: write it as text."
    assert (done.exit_code, said in done.output) == (2, True), done.output


@pytest.mark.parametrize("name", ["folder", "pipe"])
@pytest.mark.parametrize("verb", ["manifest", "check", "estimate", "submit"])
def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path, verb: str, name: str) -> None:
    (tmp_path / "folder").mkdir()
    if name == "pipe":
        if sys.platform == "win32":
            pytest.skip("Windows has no pipes that are files")
        os.mkfifo(tmp_path / "pipe")
    words = [verb, str(tmp_path / name)]
    if verb == "submit":
        roles = "arn:aws:iam::123456789012:role/r"
        function = "arn:aws:lambda:us-east-1:123456789012:function:f:1"
        words += ["--function-arn", function, "--role-arn", roles, "--jobs-bucket", "jobs"]
    done = CliRunner().invoke(main.cli, words)
    said = "is a folder" if name == "folder" else "is no file but a pipe"
    assert (done.exit_code, said in done.output) == (2, True), done.output
