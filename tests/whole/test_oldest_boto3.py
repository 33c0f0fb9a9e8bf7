"""The function on the oldest boto3 that it supports, as an older runtime of Lambda would bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake, PythonWith

# Tests of the function itself import nothing of the tools. So the interleavings of rows are not
# among them: they are held against the rules of check, and ask nothing of boto3, like the mutants.
NOT_THE_FUNCTION = re.compile(
    r"^\s*(from|import) (jobs|yaml|rule_codes|fakes3 import mutants)\b", re.MULTILINE
)
OURS = ROOT / "tests" / "function"


@pytest.mark.slow
def test_the_tests_of_the_function_pass_on_it(bake: Bake, python_with: PythonWith) -> None:
    project = bake()
    python = python_with("oldest-boto3")
    theirs = function_tests(project / "tests")
    assert {"test_handler.py", "test_task.py"} <= {test.name for test in theirs}
    run_in(project, python, "-m", "pytest", "-q", *theirs)
    plain = (python, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "-m")
    run_in(ROOT, *plain, "not slow", *function_tests(OURS))
    run_in(ROOT, *plain, "slow", OURS / "test_s3copy_real_sdks.py")
    assert run_in(ROOT, python, "-c", "import boto3; print(boto3.__version__)") == "1.40.61\n"


def function_tests(folder: Path) -> list[Path]:
    return [
        test
        for test in sorted(folder.glob("test_*.py"))
        if not NOT_THE_FUNCTION.search(test.read_text(encoding="utf-8"))
    ]
