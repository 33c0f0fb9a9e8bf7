"""Writes jobs/HELP.md of the template: the help text of every verb.

python tests/tools/help_page.py
"""

from __future__ import annotations

import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[2] / "{{cookiecutter.project_slug}}"
PAGE = TEMPLATE / "jobs" / "HELP.md"
WIDTH = 100  # columns
TOP = """# python -m jobs: the help of every verb

Generated from the verbs themselves. [README.md](README.md) says what this folder is.
"""


def page() -> str:
    """Return the whole page."""
    sys.path.insert(0, str(TEMPLATE))
    from click.testing import CliRunner  # noqa: PLC0415 - found in the template's folder

    from jobs.__main__ import cli, verbs  # noqa: PLC0415

    def shown(*words: str) -> str:
        result = CliRunner().invoke(
            cli, [*words, "--help"], prog_name="python -m jobs", terminal_width=WIDTH
        )
        lines = (line.rstrip() for line in result.output.splitlines())
        return "\n".join(lines).strip()

    sections = [f"\n```text\n{shown()}\n```\n"]
    sections += [f"\n## {verb}\n\n```text\n{shown(verb)}\n```\n" for verb in verbs()]
    return TOP + "".join(sections)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    PAGE.write_text(page(), "utf-8", newline="\n")
