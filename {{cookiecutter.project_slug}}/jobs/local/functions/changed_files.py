"""Tells which files of a folder changed since it was last looked at."""

from __future__ import annotations

import os
import time
from pathlib import Path

LOOK_SECONDS = 0.2
"""The folder is not looked at again within this time: a task must not wait for the disk."""


class Folder:
    """The files of one folder, all but hidden ones, what Python compiles, and editors' copies."""

    def __init__(self, folder: Path) -> None:
        """Remember the files as they are now."""
        self._folder = folder
        self._looked = time.monotonic()
        self._files = self._look()

    def changed(self) -> list[str]:
        """Return the files that changed, came or went since the last look, as `src/task.py`."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return []
        self._looked = now
        before, self._files = self._files, self._look()
        names = before.keys() | self._files.keys()
        return sorted(name for name in names if before.get(name) != self._files.get(name))

    def _look(self) -> dict[str, tuple[int, int]]:
        found = {}
        for root, folders, files in os.walk(self._folder):
            folders[:] = [each for each in folders if each[0] != "." and each != "__pycache__"]
            for name in files:
                if name[0] == "." or name.endswith(("~", ".pyc")):
                    continue
                path = Path(root, name)
                try:
                    status = path.stat()
                except FileNotFoundError:  # gone meanwhile
                    continue
                short = path.relative_to(self._folder.parent).as_posix()
                found[short] = (status.st_mtime_ns, status.st_size)
        return found
