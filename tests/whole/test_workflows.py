"""The workflows of CI, here and in the generated project: what their linters say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, TEMPLATE, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import PythonWith

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("folder", [ROOT, TEMPLATE], ids=["repository", "project"])
def test_the_linters_of_workflows_find_nothing(folder: Path, python_with: PythonWith) -> None:
    programs = python_with("workflows").parent
    workflows = sorted((folder / ".github" / "workflows").iterdir())
    assert workflows
    commands: tuple[list[str | Path], ...] = (
        [programs / "actionlint", "-shellcheck=", "-pyflakes=", *workflows],
        [programs / "zizmor", "--offline", folder / ".github"],
    )
    for command in commands:
        run_in(folder, *command)
