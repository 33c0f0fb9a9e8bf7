"""undo: only what the report proves is taken back, to where it was."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote

import pytest

import report_files
from ended_jobs import JSON_ROW, lines, names, put_manifest, rename, run
from jobs.again import rights, undo, undoing
from jobs.formats import manifest, tables
from jobs.project import rule
from report_files import done, failed
from s3batch import protocol
from s3copy import messages
from s3copy.values import Target

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.formats.report import Result


@pytest.fixture
def job(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The job, and a function that may take it back."""
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    return job


OUT = {"destinationPrefix": "out/"}
# As src/s3copy writes it: it must be known by its place.
ALREADY = messages.already_renamed(
    cast("Any", SimpleNamespace(target=Target("photos", "out/d"))), "3sL4"
)


def prepared(
    folder: Path, rows: list[Result], arguments: dict[str, str] = OUT, *, already: bool = False
) -> tuple[undoing.Plan, list[tuple[str, str, str]]]:
    """Return what undo makes of a report: its plan, and the rows of its manifest."""
    report = report_files.in_folder(folder / "r", rows)
    with tables.connect(folder) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        plan = undoing.prepare(connection, arguments, folder, already=already)
        return plan, connection.execute(undoing.manifest_query()).fetchall()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Renamed to s3://photos/out/a b", None),
        ("Renamed to s3://photos/out/a b (version 3sL4)", None),
        ("Renamed to s3://photos/out/a b, without its 2 tags", None),
        ("Renamed to s3://photos/out/a b, an identical copy was there already", "merged"),
        ("Renamed to s3://photos/out/a b2", "differs"),
        ("Renamed to s3://photos/out/a b (1)", "differs"),
        ("Renamed to s3://photos/out/a b, c", "differs"),
        ("Renamed to s3://photos/out/a", "differs"),
        ("Renamed to s3://other/out/a b", "differs"),
        (f"{undoing.ALREADY}s3://photos/out/a b", "already"),
        ("Copied to s3://photos/out/a b", "unknown"),
        ("renamed", "unknown"),
        (protocol.one_line(f"Renamed to s3://photos/out/a b{'x' * 1024}"), "cut"),
    ],
)
def test_only_a_rename_that_the_report_proves_is_taken_back(
    tmp_path: Path, message: str, reason: str | None
) -> None:
    plan, back = prepared(tmp_path, [done("a%20b", message)])
    assert plan.left_out == ({reason: 1} if reason else {})
    assert [(bucket, json.loads(unquote(key))) for bucket, key, _ in back] == (
        [] if reason else [("photos", {"origKey": "out/a b", "newKey": "a b"})]
    )


@pytest.mark.parametrize("key", ["{}", '{"newKey": "x"}', "{a", '{"origKey": 1'])
def test_a_key_that_looks_like_json_is_a_key_as_for_the_function(tmp_path: Path, key: str) -> None:
    rows = [done(quote(key, safe="/"), f"Renamed to s3://photos/out/{key}")]
    _, [(_, text, _)] = prepared(tmp_path, rows)
    assert json.loads(unquote(text)) == {"origKey": f"out/{key}", "newKey": key}


def test_a_row_that_no_manifest_takes_is_left_out_alone(tmp_path: Path) -> None:
    """Both names, encoded, may be too long for one: the other rows go back all the same."""
    keys = ("a", "x" * 485, "x" * 495, "é" * 60, "写" * 60)
    rows = [done(quote(name), f"Renamed to s3://photos/p/{name}") for name in keys]
    plan, back = prepared(tmp_path, rows, {"destinationPrefix": "p/"})
    assert (plan.rows, plan.left_out) == (3, {"long": 2})
    assert max(len(key) for _, key, _ in back) <= manifest.KEY_LIMIT


@pytest.mark.parametrize(
    ("row", "arguments", "place", "back"),
    [
        (
            {"origKey": "k", "newKey": "n/é\n1\u2028\x852"},
            {},
            "photos/n/é 1  2",
            ("photos", {"origKey": "n/é\n1\u2028\x852", "newKey": "k"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": "others"},
            {"destinationBucket": "copies"},
            "others/n",
            ("others", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": "photos"},
            {"destinationBucket": "copies"},
            "photos/n",
            ("photos", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": ""},
            {"destinationBucket": "copies"},
            "photos/n",
            ("photos", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k"},
            {"destinationBucket": "copies", "destinationPrefix": "p/"},
            "copies/p/k",
            ("copies", {"origKey": "p/k", "newKey": "k", "newBucket": "photos"}),
        ),
    ],
    ids=["named in the row", "bucket in the row", "own bucket", "empty bucket", "by the rule"],
)
def test_the_way_back_names_the_old_place(
    tmp_path: Path,
    row: dict[str, str],
    arguments: dict[str, str],
    place: str,
    back: tuple[str, dict[str, str]],
) -> None:
    key = quote(json.dumps(row), safe="/")
    rows = [done(key, f"Renamed to s3://{place}")]
    _, [(bucket, text, _)] = prepared(tmp_path, rows, arguments)
    assert (bucket, json.loads(unquote(text))) == back
    assert text == quote(json.dumps(back[1], ensure_ascii=False, separators=(",", ":")), safe="/")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_row_that_was_answered_twice_is_taken_back_once(tmp_path: Path, is_first: bool) -> None:
    """A second delivery says that the first one had renamed the object."""
    rows = [done("d", "Renamed to s3://photos/out/d (version v1)"), done("d", ALREADY)]
    rows = rows if is_first else rows[::-1]
    plan, [(_, _, version)] = prepared(tmp_path, rows, already=True)
    assert (plan.rows, plan.left_out, version) == (1, {"twice": 1}, "v1")


def test_a_rule_of_the_authors_own_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = rule.Rule(is_prefix=False, call=lambda key, prefix: f"{prefix}{key.upper()}")
    monkeypatch.setattr(rule, "load", lambda: own)
    rows = [done("a", "Renamed to s3://photos/p/A"), done("b", "Renamed to s3://photos/p/b")]
    plan, _ = prepared(tmp_path, rows, {"destinationPrefix": "p/"})
    assert (plan.rows, plan.left_out) == (1, {"differs": 1})


def test_undo_writes_checked_rows_and_lists_what_it_leaves_out(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    rename(job)
    rows = [
        done("a%20b", "Renamed to s3://photos/out/a b"),
        done(JSON_ROW, "Renamed to s3://photos/new b"),
        done("d", ALREADY),
        failed("%C3%A9%2Bc"),
    ]
    report_files.in_s3(s3, rows)
    code, told, said = run("undo", "7c1fa2")
    assert code == 0
    assert told.startswith("job 7c1fa2b0: 2 of 3 renames. undo-7c1fa2b0.csv: 2 rows, checked.")
    assert "left out 1: an earlier delivery or job renamed it" in said
    with (tmp_path / "undo-7c1fa2b0.left-out.csv").open(newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["d"]
    assert len(lines(tmp_path / "undo-7c1fa2b0.csv")) == 2
    _, told, _ = run("undo", "7c1fa2", "--already", "-o", "all.csv")
    assert told.startswith("job 7c1fa2b0: 3 of 3")
    following = "Next: python -m jobs undo 7c1fa2b0 -o all.csv --already --submit"
    assert told.rstrip().endswith(following), "the same rows"


def test_objects_of_several_buckets_are_taken_back_one_bucket_after_the_other(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """A manifest is of one bucket, and so is each way back."""
    rename(job)
    row = quote(json.dumps({"origKey": "b", "newKey": "n", "newBucket": "others"}), safe="/")
    put_manifest(s3, job, f"photos,d\nphotos,{row}\n")
    both = [done("d", "Renamed to s3://photos/out/d"), done(row, "Renamed to s3://others/n")]
    report_files.in_s3(s3, both)
    code, _, said = run("undo", "7c1fa2")
    assert code == 2
    assert "are in 2 buckets now (others, photos), and a manifest is of one: " in said
    assert names(tmp_path) == []
    code, told, said = run("undo", "7c1fa2", "--bucket", "others", "-o", "others.csv")
    assert (code, told.startswith("job 7c1fa2b0: 1 of 2 renames.")) == (0, True), said
    assert told.rstrip().endswith("undo 7c1fa2b0 -o others.csv --bucket others --submit")
    assert "left out 1: it is in another bucket" in said
    assert [each[:7] for each in lines(tmp_path / "others.csv")] == ["others,"]
    assert run("undo", "7c1fa2", "--bucket", "photos", "-o", "photos.csv")[0] == 0
    assert [each[:7] for each in lines(tmp_path / "photos.csv")] == ["photos,"]


@pytest.mark.parametrize(
    ("told", "rows", "columns"),
    [
        (("v1", "v2"), ("v1", "v2"), "Bucket,Key,VersionId"),
        (("v1", ""), ("", ""), "Bucket,Key"),
    ],
    ids=["of all", "of some"],
)
def test_undo_names_the_versions_that_the_report_tells(  # noqa: PLR0913, PLR0917 - fixtures
    s3: S3Client,
    job: dict[str, Any],
    tmp_path: Path,
    told: tuple[str, str],
    rows: tuple[str, str],
    columns: str,
) -> None:
    """Another program may have put an object at the new name since: that one is not moved."""
    rename(job)
    said = [f" (version {each})" if each else "" for each in told]
    names = ("a b", "d")
    messages = [f"Renamed to s3://photos/out/{a}{b}" for a, b in zip(names, said, strict=True)]
    report_files.in_s3(s3, [done("a%20b", messages[0]), done("d", messages[1])])
    code, text, said_besides = run("undo", "7c1fa2", "--json")
    assert code == 0, said_besides
    assert ",".join(json.loads(text)["fields"]) == columns
    assert ("tells no version of 1, so no row names one" in said_besides) == ("" in told)
    with (tmp_path / "undo-7c1fa2b0.csv").open(newline="") as file:
        found = [
            (json.loads(unquote(row[1]))["newKey"], "".join(row[2:])) for row in csv.reader(file)
        ]
    assert sorted(found) == list(zip(names, rows, strict=True))


def test_a_list_of_what_is_left_out_is_not_replaced_unless_that_is_said(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    rename(job)
    report_files.in_s3(s3, [done("a%20b", "Renamed to s3://photos/out/a b"), done("d", ALREADY)])
    mine = tmp_path / "undo-7c1fa2b0.left-out.csv"
    mine.write_text("mine")
    code, _, said = run("undo", "7c1fa2")
    assert (code, "left-out.csv' exists: give another name, or --force" in said) == (2, True)
    assert (mine.read_text(), names(tmp_path)) == ("mine", [mine.name])
    assert run("undo", "7c1fa2", "--already", "--force")[0] == 0
    assert names(tmp_path) == ["undo-7c1fa2b0.csv"], "nothing is left out, so an old list is none"


def test_a_copy_has_nothing_to_take_back_but_its_copies_are_listed(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    job["Operation"]["LambdaInvoke"]["UserArguments"]["destinationBucket"] = "copies"
    report_files.in_s3(
        s3,
        [
            done("d", "Copied to s3://copies/d (version 3sL4)"),
            done("%C3%A9%2Bc", "Copied to s3://copies/elsewhere/é+c"),
            failed("a%20b"),
        ],
    )
    code, _, said = run("undo", "7c1fa2")
    assert code == 2
    assert "renamed nothing, so there is nothing to take back: undo 7c1fa2b0 --list FILE" in said
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv")
    assert (code, "left out 1: the report does not prove where" in said) == (0, True)
    with (tmp_path / "copies.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["bucket"], row["key"], row["version"]) == ("copies", "d", "3sL4")


@pytest.mark.parametrize(
    "more", [["--submit"], ["-o", "m.csv"], ["--already"], ["--bucket", "b"], ["--json"]]
)
@pytest.mark.usefixtures("job")
def test_a_list_of_copies_is_all_that_list_writes(tmp_path: Path, more: list[str]) -> None:
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv", *more)
    assert (code, names(tmp_path)) == (2, [])
    assert "--list writes that file and no more: leave out" in said


def test_the_objects_of_a_rename_are_not_listed_as_copies(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """Whoever deletes what --list names would delete the only ones that there are."""
    rename(job)
    report_files.in_s3(s3, [done("d", "Renamed to s3://photos/out/d")])
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv")
    assert (code, names(tmp_path)) == (2, [])
    assert "is a rename, and --list writes the copies of a copy: leave it out" in said


def test_a_job_that_names_no_operation_is_undone_as_far_as_its_report_says(
    s3: S3Client, job: dict[str, Any]
) -> None:
    job["Operation"]["LambdaInvoke"]["UserArguments"] = {"destinationPrefix": "out/"}
    report_files.in_s3(s3, [done("d", "Renamed to s3://photos/out/d"), done("a%20b", "Done")])
    code, told, _ = run("undo", "7c1fa2")
    assert (code, told.startswith("job 7c1fa2b0: 1 of 2 renames.")) == (0, True)
    job["Operation"] = {"S3PutObjectTagging": {}}
    code, _, said = run("undo", "7c1fa2", "--force")
    assert (code, "is S3PutObjectTagging: only what this function did" in said) == (2, True)


@pytest.mark.parametrize("bucket", [None, "", "copies"])
def test_the_way_back_has_the_destination_that_the_job_had(bucket: str | None) -> None:
    """An empty one is the bucket of the objects: left out it would be the deployment's."""
    said = {} if bucket is None else {"destinationBucket": bucket}
    back = undo._arguments({"operation": "rename", **said})
    assert back == {"operation": "rename", "overwrite": "never", **said}
