"""jobs/README.md and jobs/HELP.md name every verb, as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import help_page
from conftest import TEMPLATE
from jobs.__main__ import VERBS, verbs

README = (TEMPLATE / "jobs" / "README.md").read_text("utf-8")


def test_the_help_page_is_what_the_verbs_say() -> None:
    # In a process of its own: click keeps the help option of a command that a test ran alone.
    said = subprocess.run(
        [sys.executable, "-c", "import help_page; print(help_page.page(), end='')"],
        cwd=Path(help_page.__file__).parent,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    again = "write it again: python tests/tools/help_page.py"
    assert help_page.PAGE.read_text("utf-8") == said.stdout, again


def test_the_readme_has_a_row_for_every_verb() -> None:
    rows = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z]+)`", row)}
    assert set(verbs()) - named == set()


def test_the_readme_has_a_row_for_every_folder() -> None:
    folders = {path.name for path in (TEMPLATE / "jobs").iterdir() if path.is_dir()}
    assert {folder for folder in folders if f"`{folder}/`" not in README} == set()


def test_a_verbs_command_stands_in_command_py_or_in_a_module_of_its_name() -> None:
    names = {verb: module.rpartition(".")[2] for verb, module in VERBS.items()}
    assert {verb for verb, name in names.items() if name not in {"command", verb}} == set()
