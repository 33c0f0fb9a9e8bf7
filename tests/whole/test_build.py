"""What `sam build` ships, from a project, from the bare template, and after parts were deleted."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

import bootstrap
from conftest import files_of, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

ANOTHER_TASK = """
from s3batch import Task


def run(task: Task) -> str:
    return f"Saw {task.key}"
"""
# What an author runs to be rid of a part: the part and the tests of it, in one go.
REMOVALS = {
    "jobs/local": "rm -r jobs/local",
    "jobs": "rm -r jobs tests/test_jobs.py",
    # by who does other work; the test of the task goes with the task
    "src/s3copy": "rm -r src/s3copy tests/test_copy.py tests/test_task.py",
}
CHECKS = (("ruff", "check", "--no-cache"), ("mypy",), ("pytest", "-q"))


@pytest.fixture(scope="session")
def path_with_runtime() -> str:
    folder = bootstrap.runtime_folder()
    if not folder:
        pytest.skip(f"no {bootstrap.RUNTIME} that answers: sam build needs the function's runtime")
    return os.pathsep.join([*folder, os.environ["PATH"]])


def test_the_built_function_holds_src_and_nothing_else(built: Path, template: Path) -> None:
    assert files_of(built) == files_of(template / "src")


@pytest.mark.slow
def test_the_template_builds_as_it_is(
    template: Path, path_with_runtime: str, tmp_path: Path
) -> None:
    copy = tmp_path / template.name  # braces and all: sam leaves folders where it builds
    shutil.copytree(template, copy)
    parameters = ("Runtime=python3.13", "Architecture=x86_64")
    path = {"PATH": path_with_runtime}
    run_in(copy, "sam", "build", "--parameter-overrides", *parameters, environ=path)
    assert files_of(copy / ".aws-sam/build/Function") == files_of(template / "src")


@pytest.mark.slow
@pytest.mark.parametrize("part", REMOVALS)
def test_the_checks_pass_and_the_function_builds_without(
    part: str, bake: Bake, path_with_runtime: str
) -> None:
    project = bake()
    readmes = (project / "README.md").read_text() + (project / "jobs/README.md").read_text()
    assert REMOVALS[part].removesuffix(" tests/test_task.py") in readmes
    run_in(project, "/bin/sh", "-e", "-c", REMOVALS[part])
    assert not (project / part).exists()
    if part == "src/s3copy":
        (project / "src" / "task.py").write_text(ANOTHER_TASK.lstrip())
        run_in(project, sys.executable, "events/record.py")
    for check in CHECKS:
        run_in(project, sys.executable, "-m", *check)
    run_in(project, "sam", "build", environ={"PATH": path_with_runtime})
    assert files_of(project / ".aws-sam/build/Function") == files_of(project / "src")
