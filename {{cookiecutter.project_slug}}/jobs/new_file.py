"""Files that a verb writes: never unasked in place of another, and whole or not at all."""

from __future__ import annotations

import filecmp
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = ".part"  # the file until it is whole


def refuse(path: Path, *, force: bool) -> None:
    """Refuse to replace a file that is there, and a place where none can be.

    Raises:
        Refused: it is there, and --force was not given; or it is a folder or
            device, or in no folder.
    """
    if path.is_dir():
        raise Refused(f"{str(path)!r} is a folder: give the name of a file.")
    if path.exists() and not path.is_file():
        raise Refused(f"{str(path)!r} is a pipe or device: give the name of a file.")
    if not path.parent.is_dir():
        raise Refused(f"{str(path.parent)!r} is no folder: make it, or give another name.")
    refuse_another(path, None, force=force)


def refuse_another(path: Path, made: Path | None, *, force: bool) -> None:
    """Refuse to replace a file that is there, unless `made` is the same, byte for byte."""
    if force or not path.exists():
        return
    if made is None or not filecmp.cmp(path, made, shallow=False):
        raise Refused(f"{str(path)!r} exists: give another name, or --force to replace it.")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to write to, which becomes `path` unless something fails."""
    part = path.with_name(path.name + PART)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
