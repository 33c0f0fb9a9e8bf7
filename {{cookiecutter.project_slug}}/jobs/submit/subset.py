"""Some rows of a manifest: the first N, a share, or what a job has not had; and a few to show.

Rows are taken as they stand, and written as bucket, key and, where there is one, version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.check import loading, source
from jobs.errors import Refused
from jobs.formats import manifest, tables
from jobs.submit.other_jobs import CUT_SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection
    from jobs.submit.options import Wish

EXAMPLES = 12  # rows that a dry run shows
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Subset:
    """The manifest of some rows; `words` say which, for instance `first 100`."""

    opened: Opened
    words: str
    rows: int
    of: int


def chosen(s3: S3Client, wish: Wish, whole: Opened, folder: Path) -> Subset | None:
    """Return the rows that were asked for as a manifest of their own; None: all of them."""
    given = [name for name in ("first", "sample", "after") if getattr(wish, name) is not None]
    if len(given) > 1:
        raise Refused(f"--{given[0]} and --{given[1]} both choose rows: give one of them.")
    if wish.first is not None:
        return first(whole, wish.first, folder)
    if wish.sample is not None:
        return sample(whole, wish.sample, folder)
    if wish.after is not None:
        return after(whole, which_job.find(where.place(wish), wish.after), s3, folder)
    return None


def first(opened: Opened, count: int, folder: Path) -> Subset:
    """Return `count` rows spread over the manifest: the first, the last, others by their hash."""
    query = (
        "SELECT row, bucket, key, version FROM numbered"
        " ORDER BY (row = 1 OR row = (SELECT max(row) FROM numbered)) DESC, hash(bucket, key, row)"
        f" LIMIT {count}"
    )
    return _of_query(opened, query, folder, f"first-{count}")


def sample(opened: Opened, percent: float, folder: Path) -> Subset:
    """Return that share of the rows, by their hash: the same ones each time."""
    if math.isnan(percent):  # which is in every range of click
        raise Refused("--sample nan is no share of the rows: give a number from 0.01 to 100.")
    parts = round(percent * PERCENT)
    query = (
        "SELECT row, bucket, key, version FROM numbered"
        f" WHERE hash(bucket, key, row) % {PERCENT * PERCENT} < {parts}"
    )
    return _of_query(opened, query, folder, f"sample-{percent:g}")


def after(opened: Opened, job: JobDescriptorTypeDef, s3: S3Client, folder: Path) -> Subset:
    """Return the rows that the manifest of `job` does not have, each as often as it is left.

    Raises:
        Refused: the job has no manifest, it is gone or another, it has no row of `opened`, or
            nothing is left.
    """
    if job.get("Status") in CUT_SHORT:
        name = joblist.short(job)
        terminal.say(
            f"Job {name} {CUT_SHORT[job['Status']]}: what it has left is not in this one; "
            f"{where.command(f'resume {name}')} makes the manifest of that."
        )
    had = folder / "had"
    had.mkdir()
    other = _manifest_of(job, s3, had)
    with tables.connect(folder) as connection:
        _numbered(connection, other, had)
        connection.execute("CREATE TABLE had AS SELECT bucket, key, version FROM cells")
        connection.execute("DROP VIEW numbered; DROP VIEW cells")
        _numbered(connection, opened, folder)
        count = "row_number() OVER (PARTITION BY bucket, key, version)"
        query = (
            f"SELECT row, bucket, key, version FROM (SELECT *, {count} AS nth FROM numbered) AS own"
            f" ANTI JOIN (SELECT *, {count} AS nth FROM had) AS other ON own.bucket = other.bucket"
            " AND own.key = other.key AND own.version IS NOT DISTINCT FROM other.version"
            " AND own.nth = other.nth"
        )
        left = _written(connection, opened, query, folder, f"after-{joblist.short(job)}")
    if left.rows == left.of:
        raise Refused(
            f"Job {joblist.short(job)} has no row of {opened.name!r}: --after names a trial of "
            f"the same manifest; {where.command('list')} shows the jobs."
        )
    return left


def examples(opened: Opened, planned: Work, folder: Path) -> Sequence[tuple[str, str, str]]:
    """Return the old and the new name of a few rows; no rule: no new name.

    The third is the bucket that the row itself names, where it is not that of the job; else empty.
    """
    few = first(opened, EXAMPLES, folder).opened
    bucket = tables.literal(planned.bucket) if planned.bucket else "bucket"
    (names := folder / "names").mkdir()
    with loading.load(few, planned, names) as loaded:
        rows: Sequence[tuple[str, str, str]] = loaded.connection.execute(
            "SELECT coalesce(old, key), coalesce(new, ''), CASE WHEN new IS NOT NULL AND "
            f"new_bucket <> {bucket} THEN new_bucket ELSE '' END FROM rows"
        ).fetchall()
    return rows


def _manifest_of(job: JobDescriptorTypeDef, s3: S3Client, folder: Path) -> Opened:
    given = job.get("Manifest", {})
    location = given.get("Location")
    if not location:
        raise Refused(
            f"Job {joblist.short(job)} has a generated list, no manifest: --after needs one."
        )
    place = location["ObjectArn"].split(":::", 1)[1]
    found = source.in_s3(s3, f"s3://{place}", given["Spec"].get("Fields", []), folder)
    if found.etag != location["ETag"].strip('"'):
        raise Refused(f"'s3://{place}' is not the manifest of job {joblist.short(job)} any more.")
    return found


def _of_query(opened: Opened, query: str, folder: Path, words: str) -> Subset:
    with tables.connect(folder) as connection:
        _numbered(connection, opened, folder)
        return _written(connection, opened, query, folder, words)


def _numbered(connection: Connection, opened: Opened, folder: Path) -> None:
    tables.manifest(connection, loading.one_line_end(opened, folder), opened.fields)
    connection.execute("CREATE VIEW numbered AS SELECT row_number() OVER () AS row, * FROM cells")


def _written(
    connection: Connection, opened: Opened, query: str, folder: Path, words: str
) -> Subset:
    """Write the rows of `query`, in the order of the manifest."""
    fields = manifest.fields(versions="VersionId" in opened.fields)
    columns = ", ".join(("bucket", "key", "version")[: len(fields)])
    stem = Path(opened.key or opened.name).stem
    path = folder / f"{stem}-{words}.csv"
    connection.execute(
        f"COPY (SELECT {columns} FROM ({query}) ORDER BY row) TO {tables.literal(str(path))}"
        " (HEADER false)"
    )
    rows = tables.scalar(connection, f"SELECT count(*) FROM ({query})")
    total = tables.scalar(connection, "SELECT count(*) FROM cells")
    if not rows:
        raise Refused(f"Of {opened.name!r} no row is left: nothing to do.")
    return Subset(source.in_file(path, fields), words.replace("-", " "), rows, total)
