"""Runs of the check for tests: rows, and what is found in them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from click.testing import CliRunner

import jobs.__main__ as main
from jobs.check import checking, source
from jobs.formats.row_rules import Work

if TYPE_CHECKING:
    from click.testing import Result

    from jobs.check.findings import Checked

INTO_ARCHIVE = Work("rename", "never", "b12", "archive/")


def row(text: str) -> str:
    return f"b12,{quote(text, safe='/')}\n"


def pair(old: str, new: str) -> str:
    return row(f'{{"origKey": "{old}", "newKey": "{new}"}}')


def check(
    content: str | bytes, work: Work = INTO_ARCHIVE, fields: str = "", **more: Any
) -> Checked:
    """Return what the check finds in a manifest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, inner = folder / "m.csv", folder / "work"
        inner.mkdir()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        opened = source.in_file(path, source.fields(asked=fields, versioned=False))
        return checking.check(opened, work, inner, **more)


def codes(checked: Checked) -> set[str]:
    return {each.code for each in checked.findings}


def verb(*words: str) -> Result:
    """Run the verb, for a job that copies into the bucket `copies`."""
    command = ["check", *words, "--destination-bucket", "copies"]
    return CliRunner().invoke(main.cli, command, catch_exceptions=False)
