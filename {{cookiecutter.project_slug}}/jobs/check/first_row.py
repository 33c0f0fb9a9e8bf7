"""What the first row of a manifest says: how many columns there are, and which bucket it names."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.aws.uris import SCHEME
from jobs.check import byte_pass
from jobs.errors import Refused
from jobs.formats import manifest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FIRST = 64 * 1024  # bytes, enough for the first row
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars"}


def read(path: Path, asked: Sequence[str], name: str) -> tuple[tuple[str, ...], str]:
    """Return what each column of a file holds, and the bucket that its first row names.

    The columns are those that were `asked` for, or what two always are. Sentences call the file
    `name`.

    Raises:
        Refused: it is another kind of file, or has not two columns and none were asked for.
    """
    with path.open("rb") as file:
        start = file.read(FIRST)
    byte_pass.refuse_other_file(start, name)
    # a blank line before it is a finding, but no row
    text = start.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n").decode("utf-8", "replace")
    line = text.split("\n", 1)[0].split("\r", 1)[0]
    cells = next(csv.reader([line]), [])
    count = len(cells) if b"\0" not in start else 0
    if not asked and count == 1:
        raise Refused(_one_column(line, name))
    if not asked and count not in {0, 2}:  # 0: no text at all, which the rules say
        raise Refused(
            f"{name!r} has {count} columns: give --versioned when the third is the version, or "
            "--fields with a name (Bucket, Key, VersionId, Ignore) for each."
        )
    names = tuple(asked or manifest.COLUMNS[:2])
    return names, dict(zip(names, cells, strict=False)).get("Bucket", "")


def _one_column(line: str, name: str) -> str:
    file = terminal.word(name)
    copy = ""
    if name.startswith(SCHEME):  # manifest would list what is below it
        file = terminal.word(name.rpartition("/")[2])
        copy = f"fetch it with `aws s3 cp {terminal.word(name)} .`, "
    cure = f"{copy}python -m jobs manifest {file} reads those."
    if line.startswith(SCHEME):
        return f"{name!r} has one column, of {SCHEME} places: {cure}"
    found = [words for separator, words in SEPARATORS.items() if separator in line]
    words = found[0] if found else "tabs or semicolons"
    return f"{name!r} has one column: is it separated by {words}? {cure}"
