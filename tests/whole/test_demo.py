"""`python -m jobs demo`: what it shows is true, and a failure shows as one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import readme_transcripts
from jobs.formats import report
from processes import wait_for_descendants, wait_until_gone
from readme_transcripts import shape

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake


def demo(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "jobs", "demo", *arguments],
        cwd=project,
        env=os.environ | environ,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_every_hurtful_key_is_copied_and_the_missing_object_is_named(
    template: Path, tmp_path: Path
) -> None:
    done = demo(template, "--save", str(tmp_path / "saved"))

    assert (done.stderr, done.returncode) == ("", 0)
    assert "copies are there, byte for byte" in done.stdout
    assert "\x1b" not in done.stdout  # piped: no colours
    folders = list((tmp_path / "saved" / "reports").iterdir())
    rows = saved_rows(tmp_path / "saved", folders[0])
    assert [(row.key, row.code) for row in rows if row.status == "failed"] == [
        ("odd/missing.txt", "PermanentFailure")
    ]
    assert f"{len(rows) - 1} succeeded, 1 failed" in done.stdout
    assert f"s3://jobs/reports/{folders[0].name}/manifest.json" in done.stdout
    log = (tmp_path / "saved" / "handler.log").read_text(encoding="utf-8").splitlines()
    assert sum('"resultCode"' in line for line in log) == len(rows)


def saved_rows(folder: Path, job: Path) -> list[report.Result]:
    rows: list[report.Result] = []
    for file in report.parse((job / "manifest.json").read_bytes()):
        with (folder / file.key).open("rb") as data:
            rows += report.read(data)
    return rows


def test_no_setting_of_the_user_reaches_it_and_it_says_what_the_readme_shows(
    default_project: Path, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = nowhere\nca_bundle = /no/such/file\n")

    done = demo(
        default_project,
        AWS_PROFILE="no-such-profile",
        AWS_CONFIG_FILE=str(tmp_path / "config"),
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:1",
        AWS_SESSION_TOKEN="theirs",  # noqa: S106 - nobody's
        HTTP_PROXY="http://127.0.0.1:1",
        http_proxy="http://127.0.0.1:1",
        DESTINATION_BUCKET="theirs",
        STORAGE_CLASS="no such class",
    )

    assert (done.stderr, done.returncode) == ("", 0)
    [shown] = readme_transcripts.OF_THE_DEMO.findall(readme_transcripts.DEMO.read_text("utf-8"))
    assert shape(shown) == shape(done.stdout), "`make transcripts` renews it"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "shown"),
    [
        pytest.param("raise ValueError('broken on purpose')", "broken on purpose", id="fails"),
        pytest.param("return 'Copied'", "Not copied byte for byte: ", id="lies"),
    ],
)
def test_a_task_that_does_not_copy_is_found_out(bake: Bake, change: str, shown: str) -> None:
    project = bake()
    task = project / "src" / "task.py"
    text = task.read_text(encoding="utf-8")
    line = "    row, job = task.arguments.maps\n"
    assert text.count(line) == 1
    task.write_text(text.replace(line, f"    {change}\n{line}"), encoding="utf-8")

    done = demo(project)

    assert done.returncode == 1
    assert shown in done.stdout
    assert "This is not the expected outcome." in done.stdout


def test_a_project_that_was_generated_to_rename_renames(bake: Bake) -> None:
    project = bake(operation="rename", source_bucket="here", destination_bucket="there")

    done = demo(project)

    assert (done.stderr, done.returncode) == ("", 0)
    assert "copies are there, byte for byte" in done.stdout
    assert "s3://here/odd/missing.txt" in " ".join(done.stdout.split())


DIRECTORY = "logs--use1-az4--x-s3"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "destination"), [("plain", DIRECTORY), (DIRECTORY, "plain"), (DIRECTORY, DIRECTORY)]
)
def test_directory_buckets_are_renamed_from_and_to(
    bake: Bake, source: str, destination: str
) -> None:
    project = bake(operation="rename", source_bucket=source, destination_bucket=destination)
    give_prefix(project)

    done = demo(project)

    assert (done.stderr, done.returncode) == ("", 0)
    assert "copies are there, byte for byte" in done.stdout


def give_prefix(project: Path) -> None:
    config = project / "samconfig.toml"
    text = config.read_text("utf-8").replace('DestinationPrefix=""', 'DestinationPrefix="new/"')
    config.write_text(text, "utf-8")


@pytest.mark.slow
def test_one_bucket_without_a_prefix_is_said_in_one_sentence_and_works_with_one(bake: Bake) -> None:
    project = bake(source_bucket="only", destination_bucket="only")

    refused = demo(project)

    assert (refused.stdout, refused.returncode) == ("", 2)
    assert refused.stderr.count("\n") == 1
    assert "one bucket, 'only'" in refused.stderr
    assert "set DestinationPrefix in samconfig.toml" in refused.stderr
    give_prefix(project)
    assert demo(project).returncode == 0


def test_work_that_is_no_copy_is_shown_by_equal_results(bake: Bake) -> None:
    project = bake()
    (project / "src" / "task.py").write_text("def run(task):\n    return 'looked at'\n")

    done = demo(project)

    assert (done.stderr, done.returncode) == ("", 0)
    assert "objects  succeeded  looked at" in done.stdout
    assert "byte for byte" not in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize(
    "is_ignored",
    [False, pytest.param(True, marks=pytest.mark.slow)],
    ids=["in a shell", "by a script with &"],
)
def test_ctrl_c_ends_it_and_all_that_it_started(bake: Bake, is_ignored: bool) -> None:
    project = bake()
    (project / "src" / "app.py").write_text(ENDLESS)
    command = [sys.executable, "-m", "jobs", "demo"]
    if is_ignored:  # a shell without job control lets what it puts in the background ignore SIGINT
        command = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command]
    with subprocess.Popen(
        command,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        # the fork server, an environment to begin with, and a second one: two tasks run
        started = wait_for_descendants(process, 3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Aborted!" in errors
    assert "byte for byte" not in output
    wait_until_gone(*started)


ENDLESS = """
def lambda_handler(event, context):
    while True:
        pass
"""
