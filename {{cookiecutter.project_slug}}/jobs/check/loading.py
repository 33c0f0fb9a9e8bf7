"""Brings a manifest on this machine into tables; says what its bytes and first row are."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.errors import Refused
from jobs.formats import row_rules, row_table, tables
from jobs.formats.manifest import KEY_LIMIT
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jobs.check.byte_pass import Bytes
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.rules import Rule
    from jobs.formats.tables import Connection

PIECE = 4 * 1024 * 1024
# What a cell of a header says, without its punctuation. AWS: manifests have no header
# (S3 User Guide, inventory-configure-bops); what is taken for one is our choice.
HEADER_WORDS = frozenset(
    f"{before}{word}{after}"
    for before in ("", "s3", "source", "src", "object", "old")
    for word in ("bucket", "key", "object", "file", "path", "version", "name")
    for after in ("", "name", "id", "key")
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A manifest in a database.

    Attributes:
        connection: with the views `cells` and `rows`, and the table `checked`.
        rules: of single rows, in the order of their bits.
        header: the cells of the first row if that is a header, and so no object.
        bucket: of the first object; of an inventory, the one that it lists.
    """

    connection: Connection
    opened: Opened
    work: Work
    rules: tuple[Rule, ...]
    header: tuple[str, ...]
    bucket: str


@contextmanager
def load(opened: Opened, work: Work, folder: Path) -> Iterator[Loaded]:
    """Give the manifest as tables; `folder` takes what does not fit into memory.

    Raises:
        Refused: its rows cannot be worked through, or the rule of task.py cannot be loaded.
    """
    files = one_line_end(opened, folder)
    with tables.connect(folder, called(opened, files)) as connection:
        tables.manifest(connection, files, opened.fields)
        if work.rule == "names":
            _name(connection, work, folder)
        first_row = () if opened.is_inventory else header(connection)
        first = _bucket(connection, opened, int(bool(first_row)))
        single = row_table.create(connection, work, first, is_inventory=opened.is_inventory)
        if first_row:
            connection.execute(
                "UPDATE checked SET old = NULL, new = NULL, twin = NULL, flags = 0 WHERE rowid = 0"
            )
        yield Loaded(connection, opened, work, tuple(single), first_row, first)


def in_utf_8(path: Path, looked: Bytes, folder: Path, name: str) -> Path:
    """Write a file that is in UTF-16 anew, in `folder`.

    Raises:
        Refused: it is not so to its end; the sentence calls it `name`.
    """
    copy = folder / "utf-8.csv"
    encoding = "utf-16" if looked.has_mark else looked.encoding
    try:
        with (
            path.open(encoding=encoding, newline="") as reading,
            copy.open("x", encoding="utf-8", newline="") as writing,
        ):
            while piece := reading.read(PIECE):
                writing.write(piece)
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Refused(f"{name!r} is no whole {encoding.upper()} ({error}).") from None
    return copy


def one_line_end(opened: Opened, folder: Path) -> tuple[Path, ...]:
    """Return the manifest's files, or a copy in `folder` where LF and CR LF are mixed.

    The copy has LF alone, since duckdb reads one kind only; rows and lines stay as they are.
    """
    if opened.is_inventory or not opened.looked[0].is_mixed:
        return opened.files
    copy = folder / "one-line-end.csv"
    with opened.files[0].open("rb") as reading, copy.open("wb") as writing:
        rest = b""
        while piece := reading.read(PIECE):
            piece = rest + piece
            rest = piece[-1:] if piece.endswith(b"\r") else b""
            writing.write(piece.removesuffix(rest).replace(b"\r\n", b"\n"))
        writing.write(rest)
    return (copy,)


def called(opened: Opened, files: tuple[Path, ...]) -> dict[str, str]:
    """Return what the person knows the files of a manifest by, as `tables.connect` takes it."""
    return {str(path): opened.name for path in files}


def header_of(opened: Opened, folder: Path) -> tuple[str, ...]:
    """Return what `header` does, of a manifest that is not loaded; of an inventory nothing."""
    if opened.is_inventory or opened.looked[0].encoding != "utf-8":
        return ()
    files = one_line_end(opened, folder)
    with tables.connect(folder, called(opened, files)) as connection:
        tables.manifest(connection, files, opened.fields)
        return header(connection)


def header(connection: Connection) -> tuple[str, ...]:
    """Return the cells of the first row if it is a header; else nothing.

    `bucket,key` always is one, as for the local service. Other words of headers are one where the
    next row names another bucket: a bucket may be called source-bucket, and have one row.
    """
    first, *others = connection.execute("SELECT * FROM cells LIMIT 2").fetchall() or [()]
    cells = tuple(each for each in first if each is not None)
    if [each.lower() for each in cells[:2]] == ["bucket", "key"]:
        return cells
    words = {re.sub(r"[\s_-]", "", each).lower() for each in cells}
    is_header = others and others[0][0] != cells[0] and words <= HEADER_WORDS
    return cells if is_header else ()


def say_header(cells: Iterable[str]) -> None:
    """Say that the first row is taken for a header, and so for no object."""
    terminal.say(f"Row 1 is taken for a header: {', '.join(map(terminal.shown, cells))}.")


def _bucket(connection: Connection, opened: Opened, row: int) -> str:
    if opened.is_inventory:
        return opened.first_bucket
    found = connection.execute(f"SELECT bucket FROM cells LIMIT 1 OFFSET {row}").fetchone()
    return str(found[0]) if found else ""


def _name(connection: Connection, work: Work, folder: Path) -> None:
    """Create the view `named(name, problem)`: what the rule of task.py says to each row."""
    old, named = folder / "old.csv", folder / "named.csv"
    connection.execute(
        f"COPY (SELECT left(coalesce(told[1], text, ''), {KEY_LIMIT}),"  # a longer one is E10
        " told[2] IS NOT NULL OR text IS NULL"
        f" FROM ({row_rules.texts('cells')})) TO {tables.literal(str(old))}"
        " (HEADER false, FORCE_QUOTE *)"
    )
    if not (rule := project_rule.load()):
        raise Refused("src/task.py has no rule new_key any more: run check again.")
    with (
        old.open(encoding="utf-8", newline="") as reading,
        named.open("x", encoding="utf-8", errors="backslashreplace", newline="") as writing,
    ):
        writer = csv.writer(writing, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for key, needs_none in csv.reader(reading):
            is_named = needs_none == "true"
            writer.writerow(("", "") if is_named else _answer(rule.call, key, work.prefix))
    old.unlink()
    tables.names(connection, named)


def _answer(call: project_rule.NewKey, key: str, prefix: str) -> tuple[str, str]:
    """Return the new key, or what is wrong with it."""
    try:
        found = call(key, prefix)
    except Exception as error:  # noqa: BLE001 - whatever an author's rule raises
        return "", f"the rule raised {type(error).__name__}: {error}"[:200]
    if not isinstance(found, str):
        return "", f"the rule returned {type(found).__name__}, no text"
    try:
        found.encode()
    except UnicodeEncodeError:
        return "", "the rule returned half of a character"
    return found, "" if found else "the rule returned an empty text"
