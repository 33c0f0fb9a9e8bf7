"""Report and resume of 1,000,000 rows, beside the plain way with `csv`: ratios of one run.

    python bench/reports.py              1,000,000 rows, medians of 5
    python bench/reports.py 10000000 1   another number of rows, and of runs

The inputs are a manifest, and a report that answers nine rows in ten; one answer in twenty is a
failure of one of four kinds, whose messages name the key.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import beside
from beside import PROJECT, check

if TYPE_CHECKING:
    from jobs.report.fetch import Fetched

ROWS, RUNS = 1_000_000, 5
KINDS = (
    "s3://photos/{} is archived: restore it first (s3 restore-object), then run it again",
    "s3://photos/{} changed while it was copied: nothing was deleted, try again",
    "S3 denied CopyObject (Access Denied): allow it in the role; from s3://photos/{} to s3://x/{}",
    "KeyError: '{}'",
)


def make(folder: Path, rows: int) -> None:
    with (
        (folder / "manifest.csv").open("w", encoding="utf-8") as manifest,
        (folder / "succeeded.csv").open("w", newline="") as done,
        (folder / "failed.csv").open("w", newline="") as failed,
    ):
        for n in range(rows):
            key = f"2025/{n % 365:03}/image%20{n:09}.jpg"
            manifest.write(f"photos,{key}\n")
            if n % 10 == 9:
                continue
            if n % 20 == 3:
                said = KINDS[n // 20 % 4].replace("{}", key.replace("%20", " "))
                failed.write(f'photos,{key},,failed,200,PermanentFailure,"{said}"\r\n')
            else:
                done.write(f"photos,{key},,succeeded,200,,Copied to s3://x/{key} (version 3s)\r\n")


def plain_report(folder: Path) -> None:
    """What a script of twenty lines does: count, group by a pattern, write the failed rows."""
    causes: Counter[tuple[str, str]] = Counter()
    succeeded = 0
    with (folder / "plain-retry.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        for name in ("succeeded.csv", "failed.csv"):
            with (folder / name).open(newline="") as file:
                for bucket, key, _, status, _, code, message in csv.reader(file):
                    if status == "succeeded":
                        succeeded += 1
                        continue
                    causes[code, message.replace(unquote(key), "…")] += 1
                    writer.writerow((bucket, key))
    check(len(causes) == len(KINDS), "the plain way finds every kind")


def plain_resume(folder: Path) -> None:
    answered: set[tuple[str, str]] = set()
    for name in ("succeeded.csv", "failed.csv"):
        with (folder / name).open(newline="") as file:
            answered.update((row[0], row[1]) for row in csv.reader(file))
    with (
        (folder / "manifest.csv").open(newline="") as file,
        (folder / "plain-resume.csv").open("w", newline="") as out,
    ):
        writer = csv.writer(out)
        writer.writerows(row for row in csv.reader(file) if (row[0], row[1]) not in answered)


def our_report(folder: Path) -> None:
    from jobs.formats import tables
    from jobs.report import failed_rows, summary

    with tables.connect(folder) as connection:
        found = summary.read(connection, _fetched(folder), 3)
        failed_rows.copy(connection, "SELECT bucket, key FROM caused", folder / "retry.csv")
    check(len(found.causes) == len(KINDS), "every kind is a cause")


def our_resume(folder: Path) -> None:
    from jobs.again import rows
    from jobs.formats import tables
    from jobs.report import failed_rows, reconcile

    with tables.connect(folder) as connection:
        tables.report(connection, _fetched(folder).paths)
        tables.manifest(connection, [folder / "manifest.csv"], ["Bucket", "Key"])
        reconcile.compare(connection)
        query = f"SELECT bucket, key FROM ({rows.NEVER})"
        failed_rows.copy(connection, query, folder / "resume.csv", "HEADER false")


def _fetched(folder: Path) -> Fetched:
    from jobs.report.fetch import Fetched, Part

    parts = [Part(status, "", "", folder / f"{status}.csv") for status in ("succeeded", "failed")]
    return Fetched("", "", None, tuple(parts))


WAYS = {
    "report": (plain_report, our_report),
    "resume": (plain_resume, our_resume),
}


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        sys.path.insert(0, str(PROJECT))
        from jobs.again import rows as _  # noqa: F401 - what is imported is not what is measured
        from jobs.report import failed_rows, fetch, reconcile, summary  # noqa: F401

        beside.run_one(globals()[sys.argv[2]], Path(sys.argv[3]))
        return
    rows, runs = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (ROWS, RUNS)
    print(f"{rows:,} rows, medians of {runs}; CPU of all cores, MB is the peak of the process")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder, rows)
        beside.table(__file__, WAYS, folder, runs)
        same = (folder / "plain-resume.csv").read_bytes().replace(b"\r\n", b"\n").split(b"\n")
        ours_too = (folder / "resume.csv").read_bytes().split(b"\n")
        check(sorted(same) == sorted(ours_too), "both ways leave the same rows")


if __name__ == "__main__":
    main()
