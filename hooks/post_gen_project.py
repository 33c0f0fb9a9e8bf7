"""Gives the generated files the modes that the user's umask asks for; it changes no content.

Cookiecutter copies the modes of the template: files of a read-only template could not be edited,
and a umask would mean nothing. Without hooks the project is the same, byte for byte.
"""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    """Set the mode of every file and folder of the project, in whose folder this runs."""
    umask = os.umask(0)
    os.umask(umask)
    for path in [Path(), *Path().rglob("*")]:
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)


if __name__ == "__main__":
    main()
