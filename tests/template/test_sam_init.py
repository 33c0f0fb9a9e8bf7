"""`sam init --location` and cookiecutter give the same project."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

ANSWERS = {"project_slug": "by-sam", "operation": "rename", "source_bucket": "some-source"}


def files_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_sam_init_gives_the_same_tree_as_cookiecutter(bake: Bake, tmp_path: Path) -> None:
    command = ["sam", "init", "--no-input", "--location", str(ROOT)]
    home = {"HOME": str(tmp_path), "__SAM_CLI_APP_DIR": str(tmp_path / "sam")}
    done = subprocess.run(
        [*command, "--output-dir", tmp_path / "out", "--extra-context", json.dumps(ANSWERS)],
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert files_of(tmp_path / "out" / "by-sam") == files_of(bake(**ANSWERS))
