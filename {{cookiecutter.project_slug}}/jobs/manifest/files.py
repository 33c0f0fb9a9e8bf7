"""Brings a list of objects in a file into the table `objects`: CSV, TSV or Parquet.

Keys stand there as they are, not encoded. What could be read in two ways is refused: a key that is
read wrongly is another object.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.check import byte_pass, first_row, loading, source
from jobs.errors import Refused
from jobs.formats import tables
from jobs.manifest import columns

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.check.byte_pass import Bytes
    from jobs.formats.tables import Connection
    from jobs.manifest.options import Wish

SEPARATORS = {",": "commas", **first_row.SEPARATORS}
# Words of a header over a list of old and new names, besides those of `columns.COLUMNS`.
OLD = frozenset(
    {
        *("key", "old", "oldname", "oldkey", "origkey", "oldfilename", "from", "source"),
        *("sourcekey", "name", "id", "identifier", "uuid"),
    }
)
NEW = frozenset(
    {
        *("new", "newname", "newkey", "newfilename", "to", "destination", "target", "targetkey"),
        *("filename", "title"),
    }
)
# How much of a file is looked at to find the separator: bytes, and rows in them.
FIRST = 64 * 1024
ROWS = 1000


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of a file are laid out.

    Attributes:
        separator: between cells.
        names: what each column holds, or its header.
        header: the first row where that is one, and so no object.
    """

    separator: str
    names: tuple[str, ...]
    header: tuple[str, ...] = ()


def read(connection: Connection, path: Path, folder: Path, wish: Wish) -> int:
    """Fill `objects`; return how many delete markers were left out.

    `folder` takes a copy of a file in UTF-16. Between cells stands what was asked for, or what fits
    the first rows.

    Raises:
        Refused: the file is of another kind, can be read in two ways, or a row cannot be read.
    """
    separator = wish.separator.replace("\\t", "\t")
    if len(separator) > 1 or separator in {'"', "\n", "\r"}:
        raise Refused(f"{separator!r} is no separator: give one sign, or \\t for a tab.")
    source.refuse_no_file(path)
    if path.suffix == ".parquet":
        view = tables.parquet(connection, [path])
        return columns.named(connection, view, bucket=wish.bucket)
    text = _as_text(path, folder)
    shape = _shape(text, str(path), separator, is_map=wish.is_map)
    if shape.header:
        loading.say_header(shape.header)
    view = tables.rows(
        connection,
        [text],
        shape.names,
        separator=shape.separator,
        has_header=bool(shape.header),
    )
    return columns.named(connection, view, shape.names, bucket=wish.bucket)


def _as_text(path: Path, folder: Path) -> Path:
    """Return the file, in UTF-8; Refused if its bytes leave a doubt."""
    name = str(path)
    looked = byte_pass.look(path, name)
    if looked.encoding != "utf-8":
        path = loading.in_utf_8(path, looked, folder, name)
        looked = byte_pass.look(path, name)
    if doubt := _doubt(looked):
        raise Refused(f"{name!r} {doubt}.")
    return path


def _doubt(looked: Bytes) -> str:
    """Return what could be read in two ways, or an empty text."""
    if looked.is_old_mac:
        return "ends its lines with CR alone, as on old Macs: write LF, with tr '\\r' '\\n'"
    if looked.is_mixed:
        return (
            "ends some lines with CR LF and some with LF, so that a key could end in CR: write LF, "
            "with tr -d '\\r'"
        )
    if looked.nul_lines:
        return f"has NUL bytes (line {looked.nul_lines[0]}): write it as UTF-8 text"
    if looked.spaced_quotes:
        return (
            f"has a space beside a quote (line {looked.spaced_quotes[0]}), which is read in two "
            "ways: write none between a separator and a quote"
        )
    return ""


def _shape(path: Path, name: str, separator: str, *, is_map: bool) -> Shape:
    with path.open("rb") as opened:
        start = opened.read(FIRST)
    # a CR within a cell is no matter of the separator
    lines = start.decode("utf-8-sig", "replace").replace("\r", " ").split("\n")
    if len(start) == FIRST and len(lines) > 1:
        lines.pop()  # it may be cut
    lines = [f"{line.rstrip(' ')}\n" for line in lines[:ROWS] if line.strip(" ")]
    if not lines:
        raise Refused(f"{name!r} has no row: nothing names an object.")
    found = separator or ("\t" if name.endswith(".tsv") else _separator(lines, name))
    cells = next(csv.reader(lines, delimiter=found))
    return _named(found, cells, name, is_map=is_map)


def _separator(lines: list[str], name: str) -> str:
    """Return the only separator that gives all rows the same number of cells, or a comma."""
    fitting = [each for each in SEPARATORS if len({*map(len, _rows(lines, each))} - {0}) == 1]
    fitting = [each for each in fitting if len(_rows(lines, each)[0]) > 1]
    if len(fitting) > 1:
        words = " or ".join(SEPARATORS[each] for each in fitting)
        raise Refused(f"{name!r} can be read as separated by {words}: say which by --separator.")
    return fitting[0] if fitting else ","


def _rows(lines: list[str], separator: str) -> list[list[str]]:
    """Return the cells of the lines; one row without cells if they are no such CSV."""
    try:
        return list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return [[]]


def _named(separator: str, cells: list[str], name: str, *, is_map: bool) -> Shape:
    words = [columns.plain(cell) for cell in cells]
    holds = {columns.COLUMNS.get(word) for word in words}
    if holds >= ({"key", "new"} if is_map else {"key"}):
        return Shape(separator, tuple(words), tuple(cells))
    if is_map and len(cells) != 2:  # noqa: PLR2004 - old and new
        count = terminal.count(len(cells), "column")
        raise Refused(f"{name!r} has {count}: --map reads two, old and new name.")
    if is_map:
        is_header = words[0] in OLD and words[1] in NEW
        return Shape(separator, ("key", "new"), tuple(cells) if is_header else ())
    names = {1: ("key",), 2: ("bucket", "key")}.get(len(cells))
    if not names:
        raise Refused(
            f"{name!r} has {len(cells)} columns and no header that names the key: write key, or "
            "bucket and key, or a header."
        )
    return Shape(separator, names)
