"""What `sam build` ships, from a project, from the bare template, and after parts were deleted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from re import MULTILINE
from typing import TYPE_CHECKING

import pytest

import bootstrap

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

IMPORTS_JOBS = {
    "jobs/local": re.compile(
        r"^\s*((from|import) jobs\.local|from jobs import .*local)", MULTILINE
    ),
    "jobs": re.compile(r"^\s*(from|import) jobs\b", MULTILINE),
}


@pytest.fixture(scope="session")
def path_with_runtime() -> str:
    folder = bootstrap.runtime_folder()
    if not folder:
        pytest.skip(f"no {bootstrap.RUNTIME} that answers: sam build needs the function's runtime")
    return os.pathsep.join([*folder, os.environ["PATH"]])


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def sam_build(folder: Path, path: str, *options: str) -> None:
    done = subprocess.run(
        ["sam", "build", *options],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_built_function_holds_src_and_nothing_else(built: Path, template: Path) -> None:
    assert files_of(built) == files_of(template / "src")


def test_the_template_builds_as_it_is(
    template: Path, path_with_runtime: str, tmp_path: Path
) -> None:
    copy = tmp_path / template.name  # braces and all: sam leaves folders where it builds
    shutil.copytree(template, copy)
    parameters = ("Runtime=python3.13", "Architecture=x86_64")
    sam_build(copy, path_with_runtime, "--parameter-overrides", *parameters)
    assert files_of(copy / ".aws-sam/build/Function") == files_of(template / "src")


@pytest.mark.parametrize("part", ["jobs/local", "jobs"])
def test_the_function_builds_and_its_tests_pass_without(
    part: str, bake: Bake, path_with_runtime: str
) -> None:
    project = bake()
    shutil.rmtree(project / part)
    for test in (project / "tests").rglob("test_*.py"):
        if IMPORTS_JOBS[part].search(test.read_text(encoding="utf-8")):
            test.unlink()  # the author deletes them together with what they test
    assert {"test_handler.py", "test_task.py", "test_layers.py"} <= {
        test.name for test in (project / "tests").iterdir()
    }
    done = subprocess.run(
        ["python", "-m", "pytest", "-q"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sam_build(project, path_with_runtime)
    assert files_of(project / ".aws-sam/build/Function") == files_of(project / "src")
