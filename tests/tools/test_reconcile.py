"""A report compared with the manifest: rows answered once, twice, never, or of no manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import report_files
from jobs.formats import report, tables
from jobs.report import fetch, reconcile, summary
from report_files import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.report.reconcile import Answered


def compared(
    folder: Path,
    manifest: str,
    rows: list[report.Result],
    fields: Sequence[str] = ("Bucket", "Key"),
) -> Answered:
    path = folder / "m.csv"
    path.write_text(manifest)
    fetched = fetch.in_folder(report_files.in_folder(folder / "r", rows))
    with tables.connect(folder) as connection:
        summary.read(connection, fetched, 0)
        tables.manifest(connection, [path], fields)
        return reconcile.compare(connection)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("abc", (3, 0, 0, 0)),
        ("ab", (2, 0, 1, 0)),
        ("abcc", (2, 1, 0, 0)),
        ("abcx", (3, 0, 0, 1)),
        ("aaxx", (0, 1, 2, 2)),
        ("", (0, 0, 3, 0)),
    ],
)
def test_rows_are_compared_as_multisets(
    tmp_path: Path, answers: str, expected: tuple[int, ...]
) -> None:
    rows = [done(each) for each in answers]
    found = compared(tmp_path, "photos,a\nphotos,b\nphotos,c\n", rows)
    assert (found.once, found.twice, found.never, found.stray) == expected
    assert found.once + found.twice + found.never == 3


def test_two_names_that_duckdb_gives_one_hash_are_two_rows(tmp_path: Path) -> None:
    names = [f"2025/{day}/image 000000{day}.jpg" for day in ("020", "028")]
    with tables.connect(tmp_path) as connection:
        hashes = "SELECT hash('photos', ?, '') = hash('photos', ?, '')"
        assert connection.execute(hashes, names).fetchone() == (True,)  # why it matters
    manifest = "".join(f"photos,{name}\n" for name in names)
    found = compared(tmp_path, manifest, [done(names[0])] * 2)
    assert (found.once, found.twice, found.never, found.stray) == (0, 1, 1, 0)


def test_a_row_that_the_manifest_has_twice_has_two_answers(tmp_path: Path) -> None:
    rows = [done("a", version="v1"), done("a", version="v1"), done("b", version="\\N")]
    text = "photos,a,v1\nphotos,a,v1\nphotos,b,\n"
    assert compared(tmp_path, text, rows, ["Bucket", "Key", "VersionId"]).is_whole
