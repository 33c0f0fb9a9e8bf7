"""`check --split`: the jobs to run one after the other that a renumbering needs.

A row whose new name another row's object still has must wait for that row's job. A ring is opened
by moving one of its objects to a free name first. Chains of more than `MOST_JOBS` jobs go through
free names altogether: two jobs, and twice the copies.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jobs.check import checking, loading, source
from jobs.errors import Refused
from jobs.formats import manifest, row_table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.check.loading import Loaded
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work

MOST_JOBS = 10
MOST_LINKS = 1_000_000
"""Rows that wait for others; they are ordered in memory."""
SOLVED = frozenset({"E20", "E22"})


class Step(NamedTuple):
    """One row of a job: the object's name, its new one, and the bucket (newBucket) if it says one.

    `waits_for` is the row whose object still has the new name; None: the name is free.
    """

    waits_for: int | None
    old: str
    new: str
    bucket: str | None


def split(opened: Opened, work: Work, folder: Path, out: Path) -> list[Path]:
    """Write the manifests into the folder `out`, which is made; return them in their order.

    Where that fails, there is no such folder.

    Raises:
        Refused: rows have errors that no order mends, or versions; or a manifest that would be
            written does not pass check.
    """
    checked = checking.check(opened, work, folder, most=1)
    if others := [each for each in checked.errors if each.code not in SOLVED]:
        raise Refused(
            f"{opened.name!r} has {others[0].code} ({others[0].title}), which no order of jobs "
            "mends: mend that first."
        )
    if work.operation != "rename" or checked.versions != "none":
        raise Refused("--split orders renames without versions: nothing else takes a name away.")
    out.mkdir()
    try:
        return _written(opened, work, folder, out, checked.bucket)
    except BaseException:
        shutil.rmtree(out)
        raise


def _written(opened: Opened, work: Work, folder: Path, out: Path, bucket: str) -> list[Path]:
    inner = folder / "split"
    inner.mkdir()
    with loading.load(opened, work, inner) as loaded:
        row_table.prepare(loaded.connection)
        jobs = ordered(_links(loaded)) or [[]]
        paths = list(_write(loaded, jobs, out, bucket))
    for path in paths:
        again = folder / path.stem
        again.mkdir()
        found = checking.check(source.in_file(path, ()), work, again, most=1)
        if found.errors:
            raise Refused(f"{path.name} would have {found.errors[0].code}: nothing can run it.")
    return paths


def _links(loaded: Loaded) -> dict[int, Step]:
    """Return the rows that wait for others or are waited for; of equal rows only the first.

    In a later job the second one would move the object that has come to its old name meanwhile.
    """
    count = tables.scalar(loaded.connection, "SELECT count(*) FROM links")
    if count > MOST_LINKS:
        raise Refused(
            f"{count:,} rows wait for others, and --split orders {MOST_LINKS:,} at most: move the "
            "objects to free names first, under a prefix of their own, in a job of its own."
        )
    found = loaded.connection.execute(
        "SELECT named.row, links.next, named.old, named.new, named.bucket FROM"
        " (SELECT row_number() OVER () - 1 AS row, old, new,"
        " CASE WHEN told[3] IS NOT NULL THEN new_bucket END AS bucket FROM rows) AS named"
        " LEFT JOIN links USING (row)"
        " WHERE named.row IN (SELECT row FROM links UNION SELECT next FROM links)"
        " QUALIFY row_number() OVER (PARTITION BY named.old ORDER BY named.row) = 1"
    ).fetchall()
    return {row: Step(*said) for row, *said in found}


def ordered(links: Mapping[int, Step]) -> list[list[Step]]:
    """Return the rows of each job. Old and new names are unique: there are only paths and rings."""
    levels, opened = _levels(links)
    if max(levels.values(), default=0) >= MOST_JOBS:
        # the new name of a row that waits for none is free
        levels = {row: 0 for row, link in links.items() if link.waits_for is None}
        opened = {*links} - {*levels}
    last = 1 + max(levels.values(), default=0)
    jobs: list[list[Step]] = [[] for _ in range(last + 1)]
    taken = {name for link in links.values() for name in (link.old, link.new)}
    for row, link in links.items():
        if row in opened:
            free = _free_name(link.old, taken)
            # in the bucket that the row names, where the object that it waits for is
            jobs[0].append(link._replace(new=free))
            jobs[last].append(link._replace(old=free))
        else:
            jobs[levels[row]].append(link)
    return [job for job in jobs if job]


def _levels(links: Mapping[int, Step]) -> tuple[dict[int, int], set[int]]:
    """Return the job of each row, and of each ring the row that goes by a free name."""
    waiter = {link.waits_for: row for row, link in links.items() if link.waits_for is not None}
    levels: dict[int, int] = {}
    for end in (row for row, link in links.items() if link.waits_for is None):
        _climb(end, 0, waiter, levels)
    opened: set[int] = set()
    for row in links:
        if row not in levels and row not in opened:
            opened.add(row)
            # its old name is free after the first job
            _climb(waiter[row], 1, waiter, levels, stop=row)
    return levels, opened


def _climb(
    row: int | None,
    level: int,
    waiter: Mapping[int, int],
    levels: dict[int, int],
    stop: int | None = None,
) -> None:
    """Give `row` its level, the row that waits for it the next one, and so on."""
    while row is not None and row != stop:
        levels[row] = level
        row, level = waiter.get(row), level + 1


def _free_name(old: str, taken: set[str]) -> str:
    """Return a name beside `old` that no row has: made of its hash, so that a rerun finds it."""
    digest = hashlib.sha256(old.encode()).hexdigest()
    for length in range(12, 65):
        name = f"{old.encode()[:900].decode(errors='ignore')}.moving-{digest[:length]}"
        if name not in taken:
            taken.add(name)
            return name
    raise Refused(f"No free name was found beside {old!r}.")


def _write(loaded: Loaded, jobs: list[list[Step]], out: Path, bucket: str) -> Iterator[Path]:
    """Write a manifest for each job; all other rows go into the first, as they are."""
    stem = Path(loaded.opened.key or loaded.opened.name).stem
    width = len(str(len(jobs)))  # 02 before 10: in the order of their names they are run
    for number, steps in enumerate(jobs, start=1):
        path = out / f"{stem}-{number:0{width}}.csv"
        if number == 1:
            loaded.connection.execute(
                "COPY (SELECT bucket, key FROM (SELECT row_number() OVER () - 1 AS row, bucket, key"
                " FROM cells) WHERE row NOT IN"
                " (SELECT row FROM links UNION SELECT next FROM links))"
                f" TO {tables.literal(str(path))} (HEADER false)"
            )
        with path.open("a", encoding="utf-8", newline="") as file:
            manifest.write((_row(bucket, step) for step in steps), file)
        yield path


def _row(bucket: str, step: Step) -> manifest.Row:
    told = {"newBucket": step.bucket} if step.bucket else {}
    try:
        return manifest.row(bucket, step.old, arguments={"newKey": step.new, **told})
    except ValueError as error:
        raise Refused(f"A row of --split would be too long: {error}") from None
