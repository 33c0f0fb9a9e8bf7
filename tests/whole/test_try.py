"""`python -m jobs try` as a program: files of a person, and a task of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

TASK = """
import boto3

from s3batch import PermanentFailure, Task

S3 = boto3.client("s3")


def run(task: Task) -> str:
    body = S3.get_object(Bucket=task.bucket, Key=task.key)["Body"].read()
    if not body:
        raise PermanentFailure("empty")
    size = int(task.arguments["size"])
    print("a line of", task.key)
    S3.put_object(Bucket=task.bucket, Key=f"small/{task.key}", Body=body[:size])
    S3.delete_object(Bucket=task.bucket, Key=task.key)
    return f"cut to {size}"
"""


def tried(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "jobs", "try", *arguments],
        cwd=project,
        env=os.environ | environ,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_own_files_become_objects_and_the_own_task_runs_on_each(bake: Bake, tmp_path: Path) -> None:
    project = bake(source_bucket="my-photos")
    (project / "src" / "task.py").write_text(TASK)
    (tmp_path / "one.txt").write_text("hello world")
    (tmp_path / "empty.txt").touch()
    saved = tmp_path / "saved"

    done = tried(
        project,
        *(str(tmp_path / name) for name in ("one.txt", "empty.txt")),
        *("--argument", "size=5", "--save", str(saved)),
    )

    assert done.returncode == 1, done.stderr  # one task failed
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:6] == [
        "object result what it says",
        "one.txt succeeded cut to 5",
        "empty.txt failed PermanentFailure: empty",
        "written s3://my-photos/small/one.txt 5 bytes",
        "deleted s3://my-photos/one.txt",
        f"Saved 1 object in {saved}, listed in index.csv.",
    ]
    assert lines[6].startswith("1 succeeded, 1 failed, in ")
    assert (saved / "0001.txt").read_text() == "hello"
    assert done.stderr.splitlines() == ["a line of one.txt"]


def test_without_files_the_requests_of_events_are_answered(default_project: Path) -> None:
    done = tried(default_project, OVERWRITE="always")

    assert done.returncode == 0, done.stderr
    assert "Not as in events/" not in done.stdout
    assert "missing-object" in done.stdout
    # a variable of the shell wins, and is named
    assert done.stderr.splitlines() == [
        "From this shell, in the place of what is deployed: OVERWRITE='always'."
    ]


def test_a_response_that_the_operation_makes_another_names_the_operation(bake: Bake) -> None:
    done = tried(bake(operation="rename"))

    assert done.returncode == 0, done.stderr
    [said] = [line for line in done.stdout.splitlines() if line.startswith("Not as in events/")]
    assert "json-row" in said
    assert "OPERATION=rename here, copy there" in said
    assert "record.py" not in said
