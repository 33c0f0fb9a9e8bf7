"""A newer version of the template reaches a project that its author has edited everywhere."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, run_in
from template import author_edits

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import PythonWith

NAMED = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Author"), ("EMAIL", "author@example.org"))
}


def run(folder: Path, *command: str | Path) -> str:
    return run_in(folder, *command, environ=NAMED)


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Go on")


def newer(template: Path) -> None:
    """Make a next version of the template, which changes what is not the author's."""
    inside = template / "{{cookiecutter.project_slug}}"
    answers = json.loads((template / "cookiecutter.json").read_text("utf-8"))
    answers["_version"] = "99.0.0"
    (template / "cookiecutter.json").write_text(json.dumps(answers))
    for name in ("jobs/errors.py", "src/s3batch/handler.py", "src/s3copy/__init__.py"):
        with (inside / name).open("a", encoding="utf-8") as module:
            module.write("\nNEWER = 99\n")
    (inside / "jobs" / "newer.py").write_text("NEWER = 99\n")
    (inside / "jobs" / "policies" / "owners.py").unlink()
    commit(template)


@pytest.mark.slow
def test_cruft_brings_a_newer_template_and_keeps_every_edit(
    tmp_path: Path, python_with: PythonWith
) -> None:
    cruft = python_with("cruft").with_name("cruft")
    template = tmp_path / "template"
    run(tmp_path, "git", "clone", "--quiet", ROOT, template)
    run(tmp_path, cruft, "create", template, "--no-input", "--output-dir", tmp_path)
    project = tmp_path / "s3-batch-copy"
    run(project, "git", "init", "--quiet")
    commit(project)
    for edit in (author_edits.own_task, *author_edits.STACK_EDITS):
        edit(project)
    for name in ("README.md", "tests/test_template.py", "src/settings.py", "events/seed.py"):
        with (project / name).open("a", encoding="utf-8") as file:
            file.write("\n# mine\n")
    shutil.rmtree(project / "jobs" / "local")
    commit(project)
    kept = {name: (project / name).read_bytes() for name in ("template.yaml", "src/task.py")}
    newer(template)

    run(project, cruft, "update", "--skip-apply-ask")

    assert list(project.rglob("*.rej")) == []
    assert "<<<<<<<" not in run(project, "git", "diff")
    assert {name: (project / name).read_bytes() for name in kept} == kept
    assert "# mine" in (project / "src/settings.py").read_text("utf-8")
    assert not (project / "jobs" / "policies" / "owners.py").exists()
    assert (project / "jobs" / "newer.py").exists()
    assert "NEWER" in (project / "src/s3batch/handler.py").read_text("utf-8")
    assert '"99.0.0"' in (project / "pyproject.toml").read_text("utf-8")
