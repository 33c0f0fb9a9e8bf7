"""The template folder, not rendered, passes the project's own checks, and all of it passes ours.

A generated project has the same files, byte for byte (test_render.py), but for the three with
Jinja: test_author_edits.py runs the checks there.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, TEMPLATE, run_in

if TYPE_CHECKING:
    from pathlib import Path

CHECKS = [
    "ruff check",
    "ruff format --check",
    "mypy",
    "cfn-lint template.yaml",
    "python -m pytest -q",
]


def passes(check: str, folder: Path) -> None:
    # A cache for each folder: they hold modules of the same names, and are checked at once.
    cache = {"MYPY_CACHE_DIR": f"{os.environ['MYPY_CACHE_DIR']}-{folder.name}"}
    run_in(folder, *check.split(), environ=cache)


@pytest.mark.parametrize("check", CHECKS)
def test_the_template_passes_as_it_is(check: str, template: Path) -> None:
    passes(check, template)


@pytest.mark.parametrize(
    "check",
    ["ruff check", "ruff format --check", pytest.param("mypy", marks=pytest.mark.slow)],
)
def test_the_repository_passes_the_same_rules(check: str) -> None:
    passes(check, ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_what_runs_on_every_system_calls_nothing_that_one_lacks(system: str) -> None:
    """Nobody ran it there: the types of Python's own library say what is there."""
    assert complaints(system) - complaints("linux") == set()


def complaints(system: str) -> set[str]:
    """Return what mypy says of that system, without other libraries, which spoils some types."""
    code = [f"{TEMPLATE.name}/{name}" for name in ("jobs", "src/s3batch", "src/s3copy")]
    library_only = "--no-site-packages --ignore-missing-imports --config-file="
    options = f"--platform {system} {library_only} --explicit-package-bases --no-error-summary"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # two at once would spoil one cache
    environ = {
        "MYPYPATH": os.pathsep.join(str(TEMPLATE / each) for each in ("src", "")),
        "MYPY_CACHE_DIR": f"{os.environ['MYPY_CACHE_DIR']}-{worker}-{system}",
    }
    done = subprocess.run(
        ["mypy", *options.split(), "bootstrap.py", "hooks", *code],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode < 2, done.stdout + done.stderr
    return set(done.stdout.splitlines())


def test_the_workflow_of_the_project_runs_these_checks(template: Path) -> None:
    workflow = (template / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    # sam validate --lint runs cfn-lint, on the template of the stack as sam reads it
    for check in ("ruff check", "ruff format --check", "mypy", "pytest", "sam validate --lint"):
        assert f"- run: {check}\n" in workflow
