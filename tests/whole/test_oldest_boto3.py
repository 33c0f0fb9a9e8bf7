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

# Tests of the function itself import nothing of the tools. So the interleavings of rows are not
# among them: they are held against the rules of check, and ask nothing of boto3.
NOT_THE_FUNCTION = re.compile(r"^\s*(from|import) (jobs|yaml|rule_codes)\b", re.MULTILINE)
OURS = ROOT / "tests" / "function"


@pytest.mark.slow
def test_the_tests_of_the_function_pass_on_it(bake: Bake, python_with: PythonWith) -> None:
    project = bake()
    python = python_with("oldest-boto3")
    theirs = function_tests(project / "tests")
    assert {"test_handler.py", "test_task.py"} <= {test.name for test in theirs}
    run(python, project, *theirs)
    plain = ["--noconftest", "-p", "no:cacheprovider", "-m", "not slow"]
    run(python, ROOT, *plain, *function_tests(OURS))
    version = subprocess.run(
        [python, "-c", "import boto3; print(boto3.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() == "1.40.61"


def run(python: Path, folder: Path, *arguments: str | Path) -> None:
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def function_tests(folder: Path) -> list[Path]:
    return [
        test
        for test in sorted(folder.glob("test_*.py"))
        if not NOT_THE_FUNCTION.search(test.read_text(encoding="utf-8"))
    ]
