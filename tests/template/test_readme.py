"""The README's commands: each exists, and the first works from a clone into an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

import bootstrap
from conftest import ROOT, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

README = ROOT / "README.md"
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def make_targets() -> list[str]:
    blocks = "\n".join(FENCED.findall(README.read_text(encoding="utf-8")))
    return sorted(set(re.findall(r"^(?:\$ )?make (\w+)", blocks, re.MULTILINE)))


def test_the_readme_shows_the_two_commands() -> None:
    assert {"demo", "test"} <= set(make_targets())


def test_every_make_command_of_the_readme_exists() -> None:
    for target in make_targets():
        run_in(ROOT, "make", "--dry-run", target)


def test_make_alone_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    said = run_in(ROOT, "make")
    assert re.findall(r"make (\w+) - ", said) == targets


def test_the_generated_readme_is_short(template: Path) -> None:
    assert len((template / "README.md").read_text("utf-8").splitlines()) <= 150


def test_the_task_shown_is_the_task(template: Path) -> None:
    [shown] = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown in (template / "src" / "task.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_demo_runs_from_a_clone_in_an_empty_folder(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    # The stranger's shell knows nothing of the environment that this test runs in.
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("VIRTUAL")}
    first, second = (
        subprocess.run(
            ["make", "demo"],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for _ in range(2)
    )
    if "index cannot be reached" in first.stderr:
        pytest.skip("no network: the tools cannot be installed")
    for done in (first, second):
        assert done.returncode == 0, done.stdout + done.stderr
        assert "succeeded" in done.stdout.lower()
    assert "installing uv" in first.stdout
    assert "installing" not in second.stdout
    assert run_in(clone, "git", "status", "--porcelain") == ""


@pytest.mark.slow
def test_the_project_is_generated_as_the_readme_says(tmp_path: Path) -> None:
    [command] = [b for b in FENCED.findall(README.read_text("utf-8")) if b.startswith("uvx ")]
    uvx = bootstrap.PRIVATE / "bin" / "uvx"
    if not uvx.exists():
        pytest.skip("no uvx in .tools/: make sets it up")
    subprocess.run(
        ["git", "clone", "--quiet", ROOT, tmp_path / "cookiecutter-s3-batch"], check=True
    )
    environ = bootstrap.surroundings() | {"PATH": f"{uvx.parent}:{os.environ['PATH']}"}
    words = f"{command.strip()} --no-input --default-config"
    run_in(tmp_path, "bash", "-c", words, installs=True, environ=environ)
    assert (tmp_path / "s3-batch-copy" / "template.yaml").exists()


@pytest.mark.slow
def test_the_generated_readme_sets_the_project_up_as_written(bake: Bake) -> None:
    project = bake()
    set_up = FENCED.findall((project / "README.md").read_text(encoding="utf-8"))[0]
    assert "pytest" in set_up
    assert " passed" in run_in(project, "bash", "-euc", set_up, installs=True)
