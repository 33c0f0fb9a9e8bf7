"""`python -m jobs local` beside an S3 that is not its own, and with objects that are kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import batch_events
from jobs.local.s3 import server
from local_service import ACCOUNT, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = {"OVERWRITE": "always", "OPERATION": "copy"}


@pytest.fixture(scope="module")
def moto_alone() -> Iterator[str]:
    """An S3 that ignores the conditions of copies."""
    with batch_events.local_s3() as url:
        yield url


def refused(template: Path, *arguments: str, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jobs", "local", *arguments],
        cwd=template,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_rename_on_an_s3_that_ignores_conditions_needs_anyway(
    template: Path, moto_alone: str
) -> None:
    said = refused(template, "--s3-endpoint", moto_alone, OPERATION="rename", OVERWRITE="never")
    assert f"{moto_alone} does not enforce If-None-Match of CopyObject, " in said
    assert "With OPERATION=rename and OVERWRITE=never a copy or rename of src/s3copy could" in said
    assert "give --anyway for objects that may be lost, or for a task of your own that" in said


@pytest.mark.slow
def test_what_is_accepted_or_needs_no_condition_starts_and_leaves_annotations_alone(
    template: Path, tmp_path: Path, moto_alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--s3-endpoint", moto_alone, "--port", "0")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with running(template, tmp_path, *arguments) as local:
        said = local.errors.read_text()
        assert "the function runs with ANNOTATIONS=exclude" in said
        # everything that the shell then runs stays on this machine
        assert local.exports["JOBS_BUCKET"] == "jobs"
        assert local.aws("sts", "get-caller-identity")["Account"] == ACCOUNT
        assert local.aws("dynamodb", "list-tables") == {"TableNames": []}
    monkeypatch.setenv("OVERWRITE", "never")
    with running(template, tmp_path, *arguments, "--anyway") as local:
        assert "does not enforce" in local.errors.read_text()


@pytest.mark.slow
def test_an_s3_that_holds_all_is_used_without_a_word(template: Path, tmp_path: Path) -> None:
    with server.running() as url, running(template, tmp_path, "--s3-endpoint", url) as local:
        assert f"{url} enforces every condition" in local.errors.read_text()
        assert "ANNOTATIONS" not in local.errors.read_text()


def test_files_are_put_in_and_kept_until_the_next_start(template: Path, tmp_path: Path) -> None:
    (tmp_path / "files" / "a").mkdir(parents=True)
    (tmp_path / "files" / "a" / "é.txt").write_bytes(b"text")
    keep = ("--keep", str(tmp_path / "keep"))
    with running(template, tmp_path, *keep, "--folder", str(tmp_path / "files")) as local:
        source = local.exports["JOBS_SOURCE_BUCKET"]
        local.client("s3").put_object(Bucket="jobs", Key="..", Body=b"other")
        local.process.send_signal(signal.SIGINT)
        assert local.process.wait(timeout=60) == 0
        assert "2 objects are kept in" in local.errors.read_text()
    assert len(json.loads((tmp_path / "keep/index.json").read_text())["buckets"]) >= 3
    with running(template, tmp_path, *keep) as local:
        s3 = local.client("s3")
        assert s3.get_object(Bucket=source, Key="a/é.txt")["Body"].read() == b"text"
        assert s3.get_object(Bucket="jobs", Key="..")["Body"].read() == b"other"
