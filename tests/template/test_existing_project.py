"""Generating where a project is already: nothing of it is overwritten in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cookiecutter.exceptions import FailedHookException, OutputDirExistsException
from cookiecutter.main import cookiecutter

from conftest import CACHES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake


def generate(folder: Path, **options: bool) -> None:
    places = {"replay_dir": str(CACHES / "replay"), "cookiecutters_dir": str(CACHES / "templates")}
    cookiecutter(str(ROOT), no_input=True, output_dir=folder, default_config=places, **options)


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({}, OutputDirExistsException),
        ({"overwrite_if_exists": True}, FailedHookException),
        ({"overwrite_if_exists": True, "skip_if_file_exists": True}, FailedHookException),
    ],
    ids=["as usual", "-f", "-f -s"],
)
def test_an_edited_project_is_left_as_it_is(
    bake: Bake,
    options: dict[str, bool],
    refused: type[Exception],
    capfd: pytest.CaptureFixture[str],
) -> None:
    project = bake()
    (project / "src" / "task.py").write_text("# mine")
    with pytest.raises(refused):
        generate(project.parent, **options)
    assert (project / "src" / "task.py").read_text() == "# mine"
    assert (project / "template.yaml").exists()
    if options:
        assert f"{str(project)!r} has files already" in capfd.readouterr().err


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "s3-batch-copy").mkdir()
    generate(tmp_path, overwrite_if_exists=True)
    assert (tmp_path / "s3-batch-copy" / "template.yaml").exists()
