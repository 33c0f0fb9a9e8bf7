"""Runs every measurement of this folder and writes what they print into bench/README.md.

    python bench/record.py              all of them, as `make bench` does
    python bench/record.py engine rows  only these

A measurement's place in the README is the code block after the line `<!-- NAME -->`.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
README = FOLDER / "README.md"
DATED = re.compile(r"^Measured on .*$", re.MULTILINE)


def measurements() -> list[str]:
    """Return the name of every measurement, in alphabetical order."""
    programs = (path for path in FOLDER.glob("*.py") if path != Path(__file__).resolve())
    return sorted(path.stem for path in programs if "__main__" in path.read_text(encoding="utf-8"))


def recorded(readme: str, name: str, output: str) -> str:
    """Return the README with `output` in the block of this measurement.

    Raises:
        LookupError: the README has no such place.
    """
    place = re.compile(
        rf"(<!-- {re.escape(name)} -->\n+```\n).*?(?=^```$)", re.DOTALL | re.MULTILINE
    )
    if not place.search(readme):
        raise LookupError(f"bench/README.md has no block after the line <!-- {name} -->.")
    return place.sub(lambda found: found[1] + output.rstrip() + "\n", readme, count=1)


def machine() -> str:
    """Return the line that says when and on what it was measured."""
    return (
        f"Measured on {time.strftime('%Y-%m-%d')} with Python {platform.python_version()}, on"
        f" {platform.system()} {platform.machine()} with {os.cpu_count()} cores."
    )


def main() -> int:
    """Run the measurements; returns 1 if one of them fails."""
    failed = []
    for name in sys.argv[1:] or measurements():
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, str(FOLDER / f"{name}.py")],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        if done.returncode:
            failed.append(name)
            continue
        readme = README.read_text(encoding="utf-8")
        readme = DATED.sub(machine(), recorded(readme, name, done.stdout), count=1)
        README.write_text(readme, encoding="utf-8")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
