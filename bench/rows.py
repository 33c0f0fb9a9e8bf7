"""Manifests of 1,000,000 rows, made and checked, beside the plain way: ratios of one run.

    python bench/rows.py              1,000,000 rows, medians of 5
    python bench/rows.py 10000000 1   another number of rows, and of runs: the check alone

The rows are old and new names, spaces among them; the manifest to check has a ring of two.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import beside
from beside import PROJECT, check

if TYPE_CHECKING:
    from jobs.manifest.options import Wish

ROWS, RUNS = 1_000_000, 5
RING = 2


def make(folder: Path, rows: int) -> None:
    """Write the inputs, by duckdb: Python needs minutes for ten million rows."""
    import duckdb

    key = "printf('2025/%03d/image %09d.jpg', n % 365, n)"
    new = f"CASE WHEN n < {RING} THEN printf('2025/%03d/image %09d.jpg', 1 - n, 1 - n)"
    row = """printf('{"origKey": "%s", "newKey": "%s"}', key, new)"""
    encoded = f"replace(url_encode({row}), '%2F', '/')"
    duckdb.execute("SET memory_limit = '1GB'")
    duckdb.execute(
        f"CREATE VIEW pairs AS SELECT {key} AS key, {new} ELSE printf('archive/%09d é.jpg', n) END"
        f" AS new FROM range({rows}) AS numbers(n)"
    )
    for name, columns in {
        "keys": "'photos', key",
        "map": "key, new",
        "manifest": f"'photos', {encoded}",
    }.items():
        path = folder / f"{name}.csv"
        duckdb.execute(f"COPY (SELECT {columns} FROM pairs) TO '{path}' (HEADER false)")


def plain_keys(folder: Path) -> None:
    with (
        (folder / "keys.csv").open(newline="", encoding="utf-8") as file,
        (folder / "plain-keys.csv").open("w", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows((bucket, quote(key)) for bucket, key in csv.reader(file))


def plain_map(folder: Path) -> None:
    with (
        (folder / "map.csv").open(newline="", encoding="utf-8") as file,
        (folder / "plain-map.csv").open("w", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        for old, new in csv.reader(file):
            row = json.dumps({"origKey": old, "newKey": new}, ensure_ascii=False)
            writer.writerow(("photos", quote(row)))


def plain_check(folder: Path) -> None:
    """What a script of twenty lines does: duplicates, new names that are taken, rings of two."""
    news: dict[str, str] = {}
    wanted: Counter[str] = Counter()
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for _, field in csv.reader(file):
            row = json.loads(unquote(field))
            news[row["origKey"]] = row["newKey"]
            wanted[row["newKey"]] += 1
    chained = [old for old, new in news.items() if new in news]
    check(len(chained) == RING, "the plain way finds the ring")
    check(max(wanted.values()) == 1, "the plain way finds no name twice")


def our_keys(folder: Path) -> None:
    _manifest(folder, "keys", is_map=False)


def our_map(folder: Path) -> None:
    _manifest(folder, "map", is_map=True)


def _manifest(folder: Path, name: str, *, is_map: bool) -> None:
    from types import SimpleNamespace
    from typing import cast

    from jobs.formats import tables
    from jobs.manifest import files, writing

    bucket = "photos" if is_map else ""
    wish = cast("Wish", SimpleNamespace(separator="", bucket=bucket, is_map=is_map))
    with tables.connect(folder) as connection:
        files.read(connection, folder / f"{name}.csv", folder, wish)
        chosen = writing.choose(connection, (), limit=None)
        path = folder / f"our-{name}.csv"
        writing.write(connection, path, chosen)


def our_check(folder: Path) -> None:
    from jobs.check import checking, source
    from jobs.formats.row_rules import Work

    spilled = folder / "spilled"
    spilled.mkdir(exist_ok=True)
    opened = source.in_file(folder / "manifest.csv", ())
    found = checking.check(opened, Work("rename", "never", "photos"), spilled)
    check([(each.code, each.count) for each in found.findings] == [("E20", RING)], "E20 is found")


WAYS = {
    "manifest of keys": (plain_keys, our_keys),
    "of old and new names": (plain_map, our_map),
    "check of these": (plain_check, our_check),
}


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        sys.path.insert(0, str(PROJECT))
        from jobs.check import checking  # noqa: F401 - what is imported is not what is measured
        from jobs.manifest import files, writing  # noqa: F401

        beside.run_one(globals()[sys.argv[2]], Path(sys.argv[3]))
        return
    rows, runs = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (ROWS, RUNS)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder, rows)
        if rows > ROWS:
            costs = [beside.measured(__file__, our_check, folder) for _ in range(runs)]
            cost = beside.median(costs)
            print(f"check of {rows:,} rows of old and new names: {cost.seconds:.1f} s, of them")
            print(f"{cost.cpu:.1f} s of CPU on all cores, {cost.megabytes} MB; medians of {runs}")
            return
        print(f"{rows:,} rows, medians of {runs}; CPU of all cores, MB is the peak of the process")
        beside.table(__file__, WAYS, folder, runs)
        for name in ("keys", "map"):
            plain_rows = (folder / f"plain-{name}.csv").read_bytes().splitlines()
            our_rows = (folder / f"our-{name}.csv").read_bytes().splitlines()
            check(sorted(plain_rows) == sorted(our_rows), "both ways write the same rows")


if __name__ == "__main__":
    main()
