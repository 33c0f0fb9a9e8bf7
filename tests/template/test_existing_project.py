"""Generating onto a disk: nothing there is overwritten in silence, and all can be edited."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from cookiecutter.exceptions import FailedHookException, OutputDirExistsException
from cookiecutter.main import cookiecutter

from conftest import CACHES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake


def generate(folder: Path, template: Path = ROOT, **options: bool) -> None:
    places = {"replay_dir": str(CACHES / "replay"), "cookiecutters_dir": str(CACHES / "templates")}
    cookiecutter(str(template), no_input=True, output_dir=folder, default_config=places, **options)


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
        generate(project.parent, ROOT, **options)
    assert (project / "src" / "task.py").read_text() == "# mine"
    assert (project / "template.yaml").exists()
    if options:
        assert f"{str(project)!r} has files already" in capfd.readouterr().err


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "s3-batch-copy").mkdir()
    generate(tmp_path, overwrite_if_exists=True)
    assert (tmp_path / "s3-batch-copy" / "template.yaml").exists()


@pytest.mark.parametrize(
    ("umask", "file", "folder"),
    [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)],
)
def test_the_files_of_a_read_only_template_follow_the_umask(
    umask: int, file: int, folder: int, tmp_path: Path
) -> None:
    """Whoever runs this may be root, whom no mode stops: the modes themselves are looked at."""
    template = tmp_path / "template"
    unwanted = shutil.ignore_patterns(".git", ".tools", "tests", "bench", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, template, ignore=unwanted)
    for path in template.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = os.umask(umask)
    try:
        generate(tmp_path / "out", template)
    finally:
        os.umask(before)
    project = tmp_path / "out" / "s3-batch-copy"
    modes = {(each.is_dir(), each.stat().st_mode & 0o777) for each in project.rglob("*")}
    assert modes == {(False, file), (True, folder)}
    assert project.stat().st_mode & 0o777 == folder
    for path in template.rglob("*"):  # so that pytest can clear it away
        path.chmod(0o700)
