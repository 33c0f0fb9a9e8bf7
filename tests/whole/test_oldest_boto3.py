"""The function on the oldest boto3 that it supports, as an older runtime of Lambda would bring."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake, PythonWith

# Tests of the function itself: they import nothing of the tools (and so neither click nor rich).
NOT_THE_FUNCTION = re.compile(r"^\s*(from|import) (jobs|yaml)\b", re.MULTILINE)


@pytest.mark.slow
def test_the_tests_of_the_function_pass_on_it(bake: Bake, python_with: PythonWith) -> None:
    project = bake()
    python = python_with("oldest-boto3")
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *function_tests(project)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ours = ["--noconftest", "-p", "no:cacheprovider", "-m", "not slow", "tests/function"]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *ours],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    version = subprocess.run(
        [python, "-c", "import boto3; print(boto3.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() == "1.40.61"


def function_tests(project: Path) -> list[Path]:
    tests = [
        test
        for test in sorted((project / "tests").glob("test_*.py"))
        if not NOT_THE_FUNCTION.search(test.read_text(encoding="utf-8"))
    ]
    assert {"test_handler.py", "test_task.py"} <= {test.name for test in tests}
    return tests
