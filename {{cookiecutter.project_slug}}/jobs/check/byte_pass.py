"""What a CSV reader would pass over in silence: marks, blank lines, line ends, other encodings.

One pass over the bytes, in pieces: 100 MB a second and more, and memory does not grow.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats.tables import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PIECE = 1024 * 1024
# The first bytes of other files (their specifications): gzip, bzip2, xz, zstd, ZIP and so .xlsx,
# Parquet, ORC.
OTHERS = {
    b"\x1f\x8b": "a compressed file: give the inventory's manifest.json, or unpack it",
    b"BZh": "a compressed file: unpack it",
    b"\xfd7zXZ": "a compressed file: unpack it",
    b"\x28\xb5\x2f\xfd": "a compressed file: unpack it",
    b"PK\x03\x04": "a ZIP or Excel file: save it as CSV (UTF-8)",
    b"PAR1": "a Parquet file: python -m jobs manifest reads those",
    b"ORC": "an ORC file: let the inventory or query write CSV or Parquet",
    codecs.BOM_UTF32_LE: "a text in UTF-32: save it as UTF-8",
    codecs.BOM_UTF32_BE: "a text in UTF-32: save it as UTF-8",
}
CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f\x7f-\xff]")  # of which a file that is no text has some
BLANK = re.compile(rb"\n\r?\n")  # half as long as `in` takes, which looks at every byte
# A quote with spaces before or after it. Readers differ: duckdb drops such spaces in silence, for
# others they and the quote are part of the key; what S3 does is not documented.
SPACED = re.compile(rb'(?:^|[,;\t|]) +"|" +(?:[,;\t|]|\r?$)', re.MULTILINE)
# A quoted cell without such spaces. Within it they belong to the text: `b," ,a"` is one key.
QUOTED = re.compile(rb'(^|[,;\t|])"(?:[^"]|"")*"(?=[,;\t|]|\r?$)')
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
FIRST = 64  # bytes, which tell what kind of file it is


@dataclass(slots=True)
class Bytes:
    """What the bytes of a file are.

    Attributes:
        encoding: `utf-8`, or the UTF-16 that it is in; then nothing else is known.
        has_mark: it begins with a byte order mark.
        blank_lines: the numbers of the lines that are empty.
        spaced_quotes: the numbers of the lines where a space stands before or after a quote.
        nul_lines: the numbers of the lines that hold a NUL.
        line_feeds: how many lines end in LF or CR LF.
        carriage_returns: how many lines end in CR LF.
        has_bare_returns: there is a CR after which no LF follows to the end of the file.
    """

    line_feeds: int = 0
    encoding: str = "utf-8"
    has_mark: bool = False
    blank_lines: list[int] = field(default_factory=list)
    spaced_quotes: list[int] = field(default_factory=list)
    nul_lines: list[int] = field(default_factory=list)
    carriage_returns: int = 0
    has_bare_returns: bool = False

    @property
    def is_mixed(self) -> bool:
        """Some lines end in LF, some in CR LF; duckdb reads one kind only."""
        return 0 < self.carriage_returns < self.line_feeds

    @property
    def is_old_mac(self) -> bool:
        """The lines end in CR alone."""
        return self.has_bare_returns and not self.line_feeds


def look(path: Path, name: str) -> Bytes:
    """Return what the bytes of `path` are, which sentences call `name`.

    Raises:
        Refused: it is empty, another kind of file, or has a line that no manifest can have.
    """
    with path.open("rb") as file:
        return _look(file, name)


def look_into_gzip(path: Path, name: str) -> Bytes:
    """Return what is in a gzipped file; `name` and Refused as in `look`."""
    try:
        with gzip.open(path) as file:
            return _look(file, name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Refused(f"{name!r} is no whole gzip file ({error}): write it anew.") from None


def _look(file: IO[bytes] | gzip.GzipFile, name: str) -> Bytes:
    start = file.read(FIRST)
    file.seek(0)
    if not start:
        raise Refused(f"{name!r} is empty: write a row of bucket and key for each object.")
    refuse_other_file(start, name)
    if encoding := _utf_16(start):
        return Bytes(encoding=encoding, has_mark=start[:2] in UTF_16)
    found = Bytes(has_mark=start.startswith(codecs.BOM_UTF8))
    for piece in _pieces(file):
        _refuse_long_line(piece, found.line_feeds + 1, name)
        _add(found, piece)
    return found


def refuse_other_file(start: bytes, name: str) -> None:
    """Refuse what its first bytes show to be another kind of file."""
    for magic, what in OTHERS.items():
        # a list of keys may begin with letters such as ORC
        if start.startswith(magic) and CONTROL.search(start[:FIRST]):
            raise Refused(f"{name!r} is no manifest but {what}.")


def _utf_16(start: bytes) -> str | None:
    """Return which UTF-16 it is: without a mark every second byte of Latin text is NUL."""
    for mark, name in UTF_16.items():
        if start.startswith(mark):
            return name
    even, odd = start[::2], start[1::2]
    if odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _pieces(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Yield whole lines, many at a time; of a line that is too long its beginning."""
    rest = b""
    while read := file.read(PIECE):
        cut = read.rfind(b"\n") + 1
        if cut or len(rest) > LONGEST_LINE:
            yield rest + read[:cut]
            rest = read[cut:]
        else:
            rest += read
    if rest:
        yield rest


def _refuse_long_line(piece: bytes, number: int, name: str) -> None:
    """Refuse a piece whose first line is too long: the others have come in one reading."""
    line = piece[: piece.find(b"\n") if b"\n" in piece else len(piece)]
    if len(line) > LONGEST_LINE and b"\r" not in line.rstrip(b"\r"):  # CR: it may be an old Mac's
        raise Refused(
            f"Line {number:,} of {name!r} is longer than {LONGEST_LINE // 1024**2} MiB: a manifest "
            "has one line for each object."
        )


def _add(found: Bytes, piece: bytes) -> None:
    ends = piece.count(b"\n")
    if b"\r" in piece:
        found.carriage_returns += piece.count(b"\r\n")
        found.has_bare_returns = found.has_bare_returns or not ends
    if piece.startswith((b"\n", b"\r\n")) or BLANK.search(piece):
        found.blank_lines += _numbers(found, piece, lambda line: line in {b"", b"\r"})
    if b'"' in piece and SPACED.search(piece):
        found.spaced_quotes += _numbers(found, piece, _has_spaced_quote)
    if b"\0" in piece:
        found.nul_lines += _numbers(found, piece, lambda line: b"\0" in line)
    found.line_feeds += ends


def _has_spaced_quote(line: bytes) -> bool:
    return SPACED.search(QUOTED.sub(rb"\1", line)) is not None


def _numbers(found: Bytes, piece: bytes, holds: Callable[[bytes], bool]) -> Iterator[int]:
    lines = piece.removesuffix(b"\n").split(b"\n")
    return (number for number, line in enumerate(lines, start=found.line_feeds + 1) if holds(line))
