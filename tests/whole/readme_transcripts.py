"""What the demo and `try` say, as both READMEs show it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import ROOT, TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

DEMO = ROOT / "README.md"
TRY = TEMPLATE / "README.md"
# make's own steps, of a fresh clone, stand above what the demo says
OF_THE_DEMO = re.compile(r"(?<=^==> python -m jobs demo\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
OF_TRY = re.compile(r"(?<=^```text\n)object .*?(?=^```$)", re.DOTALL | re.MULTILINE)
BUCKET = ("amzn-s3-demo-destination-bucket", "{{ cookiecutter.destination_bucket }}")


def demo(project: Path) -> str:
    """Return what the demo of a default project says."""
    return _said(project, "demo")


def try_readme(project: Path) -> str:
    """Return what `try` says of a default project's README, with the bucket as the answer to be."""
    return _said(project, "try", "README.md").replace(*BUCKET)


def _said(project: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jobs", *words],
        cwd=project,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return "\n".join(map(str.rstrip, done.stdout.splitlines())) + "\n"


def shape(transcript: str) -> list[str]:
    """Return the lines without what differs from run to run: ids, digests, dates, numbers."""
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID", transcript)
    text = re.sub(r"\b(?=[a-f]*[0-9])(?:[0-9a-f]{8}|[0-9a-f]{32})\b", "ID", text)
    text = re.sub(r"[0-9]+(?:[,.:-][0-9]+)*", "N", text)
    text = re.sub(r"\bN min(?: N s)?", "N s", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if not PROGRESS.match(line)]


# How often `watch` looks, and what it sees between, is another each time; and a listing that ends
# within two seconds shows no progress.
PROGRESS = re.compile(
    r"ID (?:New|Preparing|Ready|Active|Completing|Complete N/N N %)|listing \S+: N, N/s$"
)


def renew(project: Path) -> None:
    """Write what they say now into both READMEs."""
    _write(DEMO, OF_THE_DEMO, demo(project))
    _write(TRY, OF_TRY, try_readme(project))


def _write(page: Path, block: re.Pattern[str], said: str) -> None:
    text = page.read_text("utf-8")
    assert block.search(text), page
    page.write_text(block.sub(lambda _: said, text), "utf-8")
