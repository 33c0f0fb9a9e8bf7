"""Brings objects of S3 to this machine, and says what came."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botocore.response import StreamingBody

PIECE = 1024 * 1024


def save(body: StreamingBody, path: Path, add: Callable[[int], None] = lambda _: None) -> str:
    """Write a body to `path`; return its MD5 in hex. `add` gets the size of each piece."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("xb") as file:
        for piece in body.iter_chunks(PIECE):
            digest.update(piece)
            file.write(piece)
            add(len(piece))
    return digest.hexdigest()
