"""`python -m jobs try`: which objects files become, what counts as written, and how it is saved."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from jobs.errors import Refused
from jobs.local.functions.invoke import Answer, NotInvokedError
from jobs.local.try_files import changes, events
from jobs.local.try_files.command import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("photos/2026/one.jpg", "photos/a b+%.txt", "photos/.hidden", "photos/.git/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("source", "destination", "jobs"):
            client.create_bucket(Bucket=bucket)
        yield client


def test_what_was_written_is_saved_as_numbered_files_with_an_index(
    tmp_path: Path, s3: S3Client
) -> None:
    before = changes.objects(s3, without="jobs")
    keys = ["a", "a/b", "../up.txt", "é" * 450 + ".jpg", "CON.no suffix"]
    for key in keys:
        s3.put_object(Bucket="destination", Key=key, Body=key.encode())
    s3.put_object(Bucket="jobs", Key="a report", Body=b"")
    written = sorted(changes.objects(s3, without="jobs") - before)

    changes.save(s3, written, tmp_path / "new" / "folder")

    with (tmp_path / "new" / "folder" / "index.csv").open(encoding="utf-8", newline="") as index:
        rows = list(csv.DictReader(index))
    assert {row["key"] for row in rows} == set(keys)
    for row in rows:
        assert (tmp_path / "new" / "folder" / row["file"]).read_text() == row["key"]
    assert sorted(row["file"] for row in rows) == [
        "0001.txt",
        "0002",
        "0003",
        "0004",
        "0005.jpg",
    ]
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        *(row["file"] for row in rows),
        "index.csv",
    }


def test_an_object_that_was_written_over_counts_as_written(s3: S3Client) -> None:
    s3.put_object(Bucket="source", Key="k", Body=b"old")
    before = changes.objects(s3, without="jobs")
    s3.put_object(Bucket="source", Key="k", Body=b"new")
    [written] = changes.objects(s3, without="jobs") - before
    assert written.url == "s3://source/k"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--argument", "a=b"], "need files"),
        (["--argument", "a", "FOLDER"], "--argument 'a' is not understood: write NAME=VALUE"),
        (["--argument", "a=1", "--argument", "a=2", "FOLDER"], "each name once"),
        (["--argument", f"a={'1' * 1025}", "FOLDER"], "at most 1024 are allowed"),
        (["--argument", f"{'a' * 65}=1", "FOLDER"], "at most 64 are allowed"),
        ([*(f"--argument=a{n}=1" for n in range(11)), "FOLDER"], "at most 10 are allowed"),
        (["--row", '{"tags": {}}'], "--argument, --row and --save need files"),
        (["--row", "tags", "FOLDER"], "--row 'tags' is not understood: write a JSON object"),
        (["--row", '["tags"]', "FOLDER"], "is not understood: write a JSON object"),
        (["--row", '{"origKey": "a"}', "FOLDER"], "without origKey, which is the file's own"),
        (["--save", "FOLDER", "FOLDER"], "is not empty: name a folder that is new or empty"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_starts(
    folder: Path, arguments: list[str], said: str
) -> None:
    given = [str(folder) if each == "FOLDER" else each for each in arguments]
    done = CliRunner().invoke(command, given)
    assert isinstance(done.exception, Refused)
    assert said in str(done.exception)


def test_a_row_that_is_too_long_once_encoded_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("東" * 60) / ("京" * 60)
    deep.mkdir(parents=True)
    (deep / "a").touch()
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert isinstance(done.exception, Refused)
    assert "characters long once encoded: a manifest takes 1 to 1024" in str(done.exception)


def test_a_request_is_answered_on_an_s3_that_is_filled_anew(tmp_path: Path) -> None:
    order: list[str] = []
    request = tmp_path / "one.json"
    request.write_text('{"tasks": []}')
    results: list[Any] = [{"taskId": "t", "resultCode": "Succeeded", "resultString": "done"}]

    def target(_arn: str, payload: bytes) -> Answer:
        order.append(payload.decode())
        return Answer(json.dumps({"results": results}).encode())

    answered = events.answer(target, request, lambda: order.append("filled"))

    assert order == ["filled", '{"tasks": []}']
    assert answered.results == [("Succeeded", "done")]
    assert not answered.is_other
    (tmp_path / "one.expected.json").write_text('{"results": []}')
    assert events.answer(target, request, lambda: None).is_other


@pytest.mark.parametrize("name", ["one.json", "one.expected.json"])
@pytest.mark.parametrize("text", ["", "{", "\ufeff{}", "[" * 100_000])
def test_a_file_of_events_that_is_no_json_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=rf"events/{name} is no JSON \(.*\): mend it"):
        events.answer(lambda *_: Answer(b"{}"), tmp_path / "one.json", lambda: None)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"Function": []}', '{"Function": {"A": 1}}', '{"Function": {"A": null}}']
)
def test_variables_that_are_no_texts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(events, "EVENTS", tmp_path)
    assert events.variables() == {}
    (tmp_path / "env.json").write_text(text)
    with pytest.raises(Refused, match=r"events/env\.json cannot be used: write"):
        events.variables()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def seed(url):\n    raise KeyError('k')\n", "seed.py, line 2: KeyError: 'k'"),
        ("def seed(url) return\n", "seed.py, line 1: SyntaxError"),
        ("", "AttributeError: "),
        ("import sys\nsys.exit(3)\n", "seed.py, line 2: SystemExit: 3"),
    ],
    ids=["it fails", "no Python", "no seed", "it leaves"],
)
def test_a_seed_that_fails_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    monkeypatch.setattr(events, "EVENTS", tmp_path)
    (tmp_path / "seed.py").write_text(code)
    with pytest.raises(Refused, match=r"events/seed\.py cannot fill the S3: ") as refused:
        events.seeding("http://127.0.0.1:9")()
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "payload",
    [b"null", b"{}", b"no JSON", b'{"results": []}', b'{"results": [1]}', b'{"results": [{}]}'],
)
def test_an_answer_without_result_codes_is_broken(tmp_path: Path, payload: bytes) -> None:
    request = tmp_path / "one.json"
    request.write_text("{}")
    answered = events.answer(lambda *_: Answer(payload), request, lambda: None)
    assert answered.is_broken
    assert len(answered.results) == 1


def test_a_function_that_gave_no_answer_is_an_error_of_its_request(tmp_path: Path) -> None:
    def target(*_: object) -> Answer:
        raise NotInvokedError("EnvironmentNotStarted", "no more processes", 500)

    request = tmp_path / "one.json"
    request.write_text("{}")
    answered = events.answer(target, request, lambda: None)
    assert answered.results == [("function error", "EnvironmentNotStarted: no more processes")]


def test_a_function_error_of_a_request_is_shown(tmp_path: Path) -> None:
    request = tmp_path / "one.json"
    request.write_text("{}")
    failed = Answer(b'{"errorMessage": "boom"}', is_function_error=True)
    answered = events.answer(lambda *_: failed, request, lambda: None)
    assert answered.results == [("function error", "boom")]
    assert answered.error == "boom"
