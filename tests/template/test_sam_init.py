"""`sam init --location` and cookiecutter give the same project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conftest import ROOT, files_of, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

ANSWERS = {"project_slug": "by-sam", "operation": "rename", "source_bucket": "some-source"}


def modes_of(folder: Path) -> dict[str, int]:
    return {each: (folder / each).stat().st_mode for each in files_of(folder)}


def test_sam_init_gives_the_same_tree_as_cookiecutter(bake: Bake, tmp_path: Path) -> None:
    command = ["sam", "init", "--no-input", "--location", str(ROOT)]
    home = {"HOME": str(tmp_path), "__SAM_CLI_APP_DIR": str(tmp_path / "sam")}
    place = ("--output-dir", tmp_path / "out", "--extra-context", json.dumps(ANSWERS))
    run_in(tmp_path, *command, *place, environ=home)
    ours, theirs = bake(**ANSWERS), tmp_path / "out" / "by-sam"
    assert files_of(theirs) == files_of(ours)
    assert modes_of(theirs) == modes_of(ours)
