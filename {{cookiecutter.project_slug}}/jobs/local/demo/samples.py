"""What the demo puts into its bucket: files of the project, and objects with difficult keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.formats import manifest
from jobs.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1 << 20
"""Bytes of a project file that is worth copying in a demo."""

MOST_FILES = 20
"""Enough to see: each costs three requests, and who starts the demo waits for them."""

KEY_BYTES = 900

PROJECT_FILE = "project file"

NEW_NAME = "renamed by its row.txt"


def _long(head: str) -> str:
    return head + "x" * (KEY_BYTES - len(head.encode()))


HURTFUL = {
    "a space": "odd/a space.txt",
    "a plus": "odd/1+1=2.txt",
    "%2B in the key": "odd/a%2Bb.txt",
    "a percent sign": "odd/100%.txt",
    "not ASCII": "odd/café 東京.txt",
    "an emoji": "odd/🪣.txt",
    "two slashes": "odd//two slashes.txt",
    "a comma": "odd/one,two.txt",
    "a quote": 'odd/say "hello".txt',
    "900 bytes": _long("odd/long-"),
    "900 bytes, some é": _long("odd/" + "é" * 30),
}
"""What is special -> key."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of the demo's manifest."""

    what: str
    key: str
    body: bytes | None
    """None: there is no such object."""
    new_key: str | None = None
    """Said by the row itself; None: the rename rule says it."""

    def row(self, bucket: str) -> manifest.Row:
        """Return the row of the manifest."""
        arguments = {"newKey": self.new_key} if self.new_key else None
        return manifest.row(bucket, self.key, arguments=arguments)


def samples() -> list[Sample]:
    """Return every row of the demo."""
    files = itertools.islice(_project(), MOST_FILES)
    odd = [Sample(what, key, f"{what}\n".encode()) for what, key in HURTFUL.items()]
    return [
        *(Sample(PROJECT_FILE, f"project/{name}", body) for name, body in files),
        *odd,
        Sample("a new name in its row", "odd/to rename.txt", b"a JSON row\n", NEW_NAME),
        Sample("not in the bucket", "odd/missing.txt", None),
    ]


def _project() -> Iterator[tuple[str, bytes]]:
    files = [path for path in PROJECT.iterdir() if path.name[0] != "."]
    files += (PROJECT / "src").rglob("*")
    for path in sorted(files):
        if path.is_file() and path.stat().st_size <= LARGEST and path.suffix != ".pyc":
            yield path.relative_to(PROJECT).as_posix(), path.read_bytes()
