"""Any legal answers, by any way to give them: a project that lints, tests and builds."""

from __future__ import annotations

import itertools
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bootstrap
from conftest import ROOT, TEMPLATE, bake_into, files_of, run_in
from jobs.project import parameters, samconfig
from jobs.project import template as stack_template

if TYPE_CHECKING:
    from conftest import Bake

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
# Odd, and legal to S3, CloudFormation and cookiecutter.
ODD_NAMES = {
    "project_name": "Zoë's “archive” 📦",
    "project_slug": "x--2",
    "source_bucket": "1.2.3.4.5",
    "destination_bucket": "logs--use1-az4--x-s3",
}
STACK = stack_template.load(TEMPLATE / "template.yaml")
CHOICES = [
    STACK["Parameters"][name]["AllowedValues"] for name in ("Operation", "Runtime", "Architecture")
]


def answers(operation: str, runtime: str, architecture: str) -> dict[str, str]:
    chosen = {"operation": operation, "python_runtime": runtime, "architecture": architecture}
    return {**ODD_NAMES, **chosen}


@pytest.mark.parametrize(
    ("operation", "runtime", "architecture"), list(itertools.product(*CHOICES))
)
def test_every_combination_gives_values_that_the_stack_takes(
    operation: str, runtime: str, architecture: str, tmp_path: Path
) -> None:
    # what the hooks say of each choice: test_answers.py
    project = bake_into(tmp_path, answers(operation, runtime, architecture), accept_hooks=False)
    tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    given = samconfig.parameters(project / "samconfig.toml")
    values = parameters.values(STACK, given)
    assert (values["Operation"], values["Runtime"]) == (operation, runtime)
    assert values["Architecture"] == architecture
    assert values["SourceBucket"] == ODD_NAMES["source_bucket"]


@pytest.mark.slow
def test_odd_answers_give_a_project_that_lints_and_tests(bake: Bake) -> None:
    project = bake(**answers("rename", "python3.12", "arm64"))
    run_in(project, "ruff", "check", "--no-cache")
    run_in(project, "ruff", "format", "--check", "--no-cache")
    run_in(project, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.slow
@pytest.mark.parametrize(("runtime", "architecture"), list(itertools.product(*CHOICES[1:])))
def test_every_runtime_builds_for_both_architectures(
    runtime: str, architecture: str, bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "RUNTIME", runtime)
    folder = bootstrap.runtime_folder()
    if not folder:
        pytest.skip(f"no {runtime} that answers: sam build needs the function's runtime")
    project = bake(**answers("rename", runtime, architecture))
    path = {"PATH": os.pathsep.join([*folder, os.environ["PATH"]])}
    run_in(project, "sam", "build", environ=path)
    assert files_of(project / ".aws-sam/build/Function") == files_of(project / "src")


def test_a_replay_file_gives_the_project_again(tmp_path: Path) -> None:
    replayed = tmp_path / "answers.json"
    given = {name: value for name, value in QUESTIONS.items() if not name.startswith("__")}
    given |= answers("rename", "python3.12", "arm64")
    replayed.write_text(json.dumps({"cookiecutter": given}))
    program = Path(sys.executable).with_name("cookiecutter")
    options: list[str | Path] = [
        "--replay-file",
        replayed,
        "--output-dir",
        tmp_path,
        "--default-config",
    ]
    run_in(tmp_path, program, *options, ROOT, environ={"HOME": str(tmp_path / "home")})
    again = bake_into(tmp_path / "again", answers("rename", "python3.12", "arm64"))
    assert files_of(tmp_path / "x--2") == files_of(again)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["uvx cookiecutter", "uvx pipx run cookiecutter"])
def test_programs_that_install_cookiecutter_themselves_give_the_project(
    way: str, tmp_path: Path, default_project: Path
) -> None:
    uvx = bootstrap.PRIVATE / "bin" / "uvx"
    if not uvx.exists():
        pytest.skip("no uvx in .tools/: make sets it up")
    command = [str(uvx), *way.split()[1:], "--no-input", "--default-config"]
    home = {"HOME": str(tmp_path), "PIPX_HOME": str(tmp_path / "pipx")}
    place = ("--output-dir", str(tmp_path / "out"), str(ROOT))
    run_in(tmp_path, *command, *place, installs=True, environ=home)
    assert files_of(tmp_path / "out" / default_project.name) == files_of(default_project)
