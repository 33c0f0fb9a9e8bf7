"""The generated README's commands, run as they are written. Its set-up block: test_readme.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boto3
import pytest

import containers
import local_jobs
import readme_transcripts
from conftest import run_in
from jobs.local import command
from readme_transcripts import shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Bake

FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Run elsewhere, in the same words.
ELSEWHERE = {
    "python -m jobs demo\n": "test_demo.py",
    "python -m jobs local\n": "local_jobs.running, below",
    "sam build && sam deploy\n": "test_deployed.py, which answers its question",
}


def blocks(project: Path) -> list[str]:
    return FENCED.findall((project / "README.md").read_text(encoding="utf-8"))


def block(project: Path, words: str) -> str:
    [found] = [text for text in blocks(project) if words in text]
    return found


def run(project: Path, commands: str, variables: Mapping[str, str]) -> str:
    return run_in(project, "bash", "-euc", commands, environ=variables)


SOURCE, DESTINATION = "amzn-s3-demo-source-bucket", "amzn-s3-demo-destination-bucket"


def step(project: Path, command: str, variables: Mapping[str, str]) -> str:
    """Run a command of the README's table: its names filled in, its questions answered by --yes."""
    asks = re.search(r"submit march.csv --(first|after)|jobs confirm", command)
    filled = command.replace("BUCKET/PREFIX", f"{SOURCE}/2026/") + (" --yes" if asks else "")
    return run(project, filled, variables)


def test_every_block_is_run_by_a_test(default_project: Path) -> None:
    here = ("pip install", "jobs try", "sam local invoke", "aws s3 cp - ")
    for text in blocks(default_project):
        assert text in ELSEWHERE or sum(words in text for words in here) == 1, text


def test_the_command_for_own_files_shows_what_the_readme_shows(default_project: Path) -> None:
    assert block(default_project, "jobs try") == "python -m jobs try README.md\n"
    [shown] = readme_transcripts.OF_TRY.findall(readme_transcripts.TRY.read_text("utf-8"))
    said = readme_transcripts.try_readme(default_project)
    assert shape(shown) == shape(said), "`make transcripts` renews it"


def test_the_commands_for_the_local_service_are_those_that_it_suggests(
    default_project: Path,
) -> None:
    """test_local_service_cli.py runs them."""
    hints = command.HINTS.format(source=SOURCE, destination=DESTINATION, objects="")
    suggested = [line[4:] for line in hints.splitlines() if line.startswith("#   ")]
    assert block(default_project, "aws s3 cp - ").splitlines() == suggested


STEPS = re.compile(r"^\| [a-z ]+ \| (`python -m jobs .*) \|$", re.MULTILINE)
COUNT = 120
# Not of a job that ended well: test_operators_loop.py runs these.
OF_ANOTHER_JOB = {"cancel", "priority", "retry", "resume", "undo"}


@pytest.mark.slow
def test_the_steps_of_a_job_run_one_after_the_other(bake: Bake) -> None:
    project = bake()
    readme = (project / "README.md").read_text(encoding="utf-8")
    commands = [
        each if each.startswith("python ") else f"python -m jobs {each}"
        for line in STEPS.findall(readme)
        for each in re.findall("`([^`]+)`", line)
        if each not in OF_ANOTHER_JOB
    ]
    assert len(commands) > 8
    with local_jobs.running(project, environment={}) as variables:
        s3 = boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL_S3"])
        for number in range(COUNT):
            s3.put_object(Bucket=SOURCE, Key=f"2026/{number} a+b.txt", Body=b"object")
        said = {each: step(project, each, variables) for each in commands}
        copies = s3.list_objects_v2(Bucket=DESTINATION)["KeyCount"]
    assert copies == COUNT
    assert "aws s3control create-job" in said["python -m jobs submit march.csv --dry-run"]
    first = said["python -m jobs submit march.csv --first 100 --watch"]
    assert "100 rows, all answered once" in first
    assert f"{COUNT - 100} rows, all answered once" in said["python -m jobs watch"]


@pytest.mark.slow
def test_the_commands_for_the_container_answer_both_events(bake: Bake) -> None:
    containers.skip_without_engine()
    project = bake()
    commands = block(project, "sam local invoke")
    served = commands.replace("-p 5000 &", "-p 5000 >moto.log 2>&1 &\ntrap 'kill $!' EXIT\nsleep 5")
    assert served != commands
    # The image that is here is the one to use: it may not be had from the registry.
    said = run(project, served, {"SAM_SKIP_PULL_IMAGE": "1"})
    assert "copies/photos/one.jpg" in said
    assert "reports/final+1.txt" in said
