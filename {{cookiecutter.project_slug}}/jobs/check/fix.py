"""`check --fix`: writes a manifest anew without what its bytes have wrong.

It mends a header, a mark, blank lines, line ends, UTF-16 and, told which, the encoding of keys. It
never drops or adds an object: rows that cannot be read are refused, and the result is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import new_file, terminal
from jobs.check import loading, source
from jobs.check.loading import one_line_end
from jobs.errors import Refused
from jobs.formats import manifest, tables, unread_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.check.source import Opened
    from jobs.formats.tables import Connection

# How the key field of the result is made, and which object the field of the source means.
WAYS = {
    "": ("key", "key"),
    "raw": (tables.ENCODED.format("key"), "key"),
    "encoded": (tables.ENCODED.format(tables.DECODED.format("key")), tables.DECODED.format("key")),
}


def fix(opened: Opened, out: Path, folder: Path, asked: Sequence[str], *, way: str) -> Opened:
    """Write the mended manifest to `out`; return it.

    `folder` takes what does not fit into memory; `asked` are the columns that were asked for, or
    none. The `way` says whether the keys are `raw` or `encoded`; empty: they stay as they are.

    Raises:
        Refused: `out` exists, or a row cannot be read and would be lost, or there is none; or it is
            an inventory, which has keys that would be rows of JSON in a CSV manifest.
    """
    if opened.is_inventory:
        words = f"{terminal.word(opened.name)} -o {terminal.pasted(str(out))}"
        raise Refused(
            f"{opened.name!r} is an inventory, which --fix cannot mend: python -m jobs manifest "
            f"{words} writes a manifest of it."
        )
    if out.exists():
        raise Refused(f"{str(out)!r} exists: give another name to --fix.")
    opened = _in_utf_8(opened, folder, asked)
    files = one_line_end(opened, folder)
    with (
        new_file.whole(out) as part,
        tables.connect(folder, loading.called(opened, (*files, part))) as connection,
    ):
        tables.manifest(connection, files, opened.fields)
        header = loading.header(connection)
        skipped = bool(header)
        _write(connection, opened, part, way, skipped=skipped)
        if files != opened.files:
            _refuse_other_breaks(connection, opened)
        _compare(connection, opened, part, way, skipped=skipped)
    if header:
        loading.say_header(header)
    return source.in_file(out, _columns(opened))


def _in_utf_8(opened: Opened, folder: Path, asked: Sequence[str]) -> Opened:
    looked = opened.looked[0]
    if looked.encoding == "utf-8":
        return opened
    copy = loading.in_utf_8(opened.files[0], looked, folder, opened.name)
    return source.in_file(copy, asked, opened.name)


def _columns(opened: Opened) -> tuple[str, ...]:
    return tuple(manifest.fields(versions="VersionId" in opened.fields))


def _write(connection: Connection, opened: Opened, part: Path, way: str, *, skipped: bool) -> None:
    field, _ = WAYS[way]
    columns = ["bucket", f"{field} AS key", "version"][: len(_columns(opened))]
    rows = tables.scalar(
        connection,
        f"COPY (SELECT {', '.join(columns)} FROM cells OFFSET {int(skipped)})"
        f" TO {tables.literal(str(part))} (HEADER false)",
    )
    if unread := unread_lines.of(connection):
        lines = terminal.count(len(unread), "line")
        raise Refused(
            f"{opened.name!r} has {lines} that cannot be read, the first is line "
            f"{unread[0].line} ({unread[0].text.strip()!r}): mend the file first, or rows "
            "would be lost."
        )
    if not rows:
        header = " but one that looks like a header" if skipped else ""
        raise Refused(f"{opened.name!r} has no row{header}: a job needs at least one.")


def _refuse_other_breaks(connection: Connection, opened: Opened) -> None:
    """Refuse a cell with CR LF in it, of which `one_line_end` has made LF: another object."""
    breaks = "contains(concat(bucket, key, version), chr(10))"
    if not tables.scalar(connection, f"SELECT count(*) FILTER ({breaks}) FROM cells"):
        return
    is_quoted = False
    with opened.files[0].open("rb") as file:
        for number, line in enumerate(file, start=1):
            is_quoted ^= line.count(b'"') % 2 == 1
            if is_quoted and line.endswith(b"\r\n"):
                raise Refused(
                    f"Line {number:,} of {opened.name!r} holds a CR LF in quotes, and the lines do "
                    "not all end alike: end all lines in CR LF first."
                )


def _compare(
    connection: Connection, opened: Opened, part: Path, way: str, *, skipped: bool
) -> None:
    """Refuse a result that does not have the very same objects, each as often as before."""
    _, meant = WAYS[way]
    means = tables.DECODED.format("key") if way else "key"
    before = _sums(connection, f"(FROM cells OFFSET {int(skipped)})", meant)
    connection.execute("ALTER VIEW cells RENAME TO given")
    tables.manifest(connection, [part], _columns(opened))
    if _sums(connection, "cells", means) != before:
        raise Refused(
            f"{opened.name!r} would not have the same objects once mended: its keys are not all "
            "what --raw or --encoded says; nothing was written."
        )


def _sums(connection: Connection, rows: str, key: str) -> tuple[object, ...] | None:
    """Return a fingerprint of the objects as a multiset: their number and the sum of hashes."""
    one = f"hash(bucket, {key}, coalesce(version, ''), reverse({key}))"
    return connection.execute(
        f"SELECT count(*), sum({one}::HUGEINT), count({key}) FROM {rows}"
    ).fetchone()
