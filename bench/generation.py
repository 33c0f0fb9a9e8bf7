"""Seconds to generate a project, beside SAM's own hello-world and a template of one file.

    python bench/generation.py

The same command line of cookiecutter for each, in turn; SAM's template is the one in its package.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import samcli.lib.init

ROOT = Path(__file__).resolve().parents[1]
SAM = Path(samcli.lib.init.__file__).parent / "templates" / "cookiecutter-aws-sam-hello-python"
ROUNDS = 5


def bare(folder: Path) -> Path:
    """Make a template of one file, which costs what cookiecutter itself costs."""
    (folder / "{{cookiecutter.name}}").mkdir(parents=True)
    (folder / "{{cookiecutter.name}}" / "a.txt").touch()
    (folder / "cookiecutter.json").write_text(json.dumps({"name": "bare"}))
    return folder


def seconds(template: Path) -> float:
    with tempfile.TemporaryDirectory() as into:
        command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--default-config", "--output-dir", into],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        ways = {
            "this template": ROOT,
            "SAM's hello-world": SAM,
            "one file": bare(Path(temporary) / "bare"),
        }
        found = [{name: seconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    ours = statistics.median(each["this template"] for each in found)
    print(f"{'a project from':20}{'s':>7}{'ratio':>8}")
    for name in ways:
        theirs = statistics.median(each[name] for each in found)
        print(f"{name:20}{theirs:7.2f}{ours / theirs:8.2f}")
    print(f"Ratio: this template to the peer, medians of {ROUNDS}.")


if __name__ == "__main__":
    main()
