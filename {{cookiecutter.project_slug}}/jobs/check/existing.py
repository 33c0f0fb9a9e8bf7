"""What S3 has already, or has not: the findings W10 to W12, by listings of whole prefixes.

A listing costs one request for 1,000 objects, whatever the number of rows. Nothing is written.
"""

from __future__ import annotations

import csv
import os.path
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import bars, terminal
from jobs.aws import uris
from jobs.aws.listing import Lister
from jobs.check import planning
from jobs.check.findings import Hits
from jobs.errors import Refused
from jobs.formats import plan, tables
from jobs.formats.manifest import BUCKET
from jobs.formats.rules import ALWAYS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.check.loading import Loaded
    from jobs.formats.tables import Connection

LISTED = ("encoded", "size", "modified", "class", "version")
"""The columns of a listing; `encoded` is the key."""
MOST_BYTES = 10_000 * 5 * 1024**3
"""What a copy by parts can be: 10,000 of 5 GiB (S3 User Guide, qfacts), which is 48.8 TiB."""
SIZE = "size, CASE size WHEN 1 THEN ' byte' ELSE ' bytes' END"

# Each query gives (row, what is said of it); `numbered` are the rows of the bucket that is listed,
# `listed` is what it holds. Names are compared as texts: equal hashes would prove nothing.
TAKEN = Rule(
    "W10",
    "new name is there",
    ALWAYS,
    f"SELECT row, concat('there: ', {SIZE}, ' of ', modified)"
    " FROM numbered JOIN listed ON numbered.new = listed.key",
    "overwrite=never keeps what is there, and the row fails unless it is the very same object;"
    " always replaces it",
)
MISSING = Rule(
    "W11",
    "no such object",
    ALWAYS,
    "SELECT row, NULL FROM numbered ANTI JOIN listed ON {same}",
    "the row fails (the copy and rename task with missing=skip counts it as done): look for a key"
    " that was encoded twice or not at all, or is deleted",
)
NOT_COPIED = Rule(
    "W12",
    "archived or too large",
    ALWAYS,
    f"SELECT row, concat(class, ', ', {SIZE})"
    " FROM numbered JOIN listed ON {same}"
    f" WHERE class IN {plan.ARCHIVED} OR size > {MOST_BYTES}",
    "an archived object fails until it is restored (a listing does not say whether it is); above"
    " 48.8 TiB S3 copies none",
)
RULES = (TAKEN, MISSING, NOT_COPIED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be looked at in S3.

    Attributes:
        against: `s3://bucket/prefix`: is a new name there already? Empty: not asked.
        exists: is each row's object there, and can it be copied?
    """

    s3: S3Client
    against: str = ""
    exists: bool = False


def look(
    loaded: Loaded, asked: Asked, folder: Path, most: int
) -> tuple[list[Hits], dict[str, Any] | None]:
    """Return the rows that W10 to W12 find, and what a plan says of the objects.

    At most `most` examples of each finding. The objects are None where they were not looked for.

    Raises:
        Refused: `against` is no place in S3, or no row has its new name there.
    """
    if not BUCKET.fullmatch(loaded.bucket):  # no row can be read
        return [], None
    found, objects = list[Hits](), None
    if asked.against:
        _list_new_names(loaded, asked, folder)
        found += _hits(loaded.connection, TAKEN, most)
    if asked.exists:
        listed = planning.now()
        same = _list_objects(loaded, asked, folder)
        found += _hits(loaded.connection, MISSING, most, same)
        found += _hits(loaded.connection, NOT_COPIED, most, same)
        there = f"(SELECT listed.* FROM numbered JOIN listed ON {same})"
        objects = planning.described(loaded.connection, there, listed)
    return found, objects


def spool(lister: Lister, prefix: str, path: Path) -> Path:
    """Write what a listing finds to the CSV file `path`, in the columns `LISTED`."""
    words = f"listing s3://{lister.bucket}/{prefix}"
    with path.open("x", encoding="utf-8", newline="") as file, bars.progress(words) as counter:
        writer = csv.writer(file, lineterminator="\n")
        for page in lister.all(prefix):
            writer.writerows(page)
            counter.add(len(page))
    return path


def _list_new_names(loaded: Loaded, asked: Asked, folder: Path) -> None:
    bucket, prefix = uris.split(asked.against)
    if not (asked.against.startswith(uris.SCHEME) and BUCKET.fullmatch(bucket)):
        raise Refused(f"{asked.against!r} is no place in S3: write --against s3://BUCKET/PREFIX.")
    there = f"new_bucket = {tables.literal(bucket)} AND starts_with(new, {tables.literal(prefix)})"
    query = f"SELECT count(*) FILTER ({there}), count(*), any_value(new_bucket) FROM rows"
    rows, of, other = loaded.connection.execute(query).fetchone() or (0, 0, "")
    if not rows:
        raise Refused(
            f"No row has its new name in {asked.against!r}: give the place where the new names"
            f" are, such as s3://{other}/."
        )
    _number(loaded.connection, there)
    lister = Lister(asked.s3, bucket, versions=False)
    found = _list(loaded.connection, lister, prefix, folder / "new-names.csv")
    there = f"new names there: {rows:,} of {terminal.count(of, 'row')}"
    terminal.say(f"{asked.against} holds {terminal.count(found, 'object')}; {there}.")


def _list_objects(loaded: Loaded, asked: Asked, folder: Path) -> str:
    """List the prefix that all keys have; return the SQL that joins a row and its object."""
    objects = f"bucket = {tables.literal(loaded.bucket)} AND old IS NOT NULL"
    _number(loaded.connection, objects)
    ends = loaded.connection.execute("SELECT min(old), max(old) FROM numbered").fetchone() or ()
    keys = [each for each in ends if each is not None]
    prefix = os.path.commonprefix(keys)  # noqa: RUF071 - of texts, as S3 takes a prefix
    versions = "VersionId" in loaded.opened.fields
    lister = Lister(asked.s3, loaded.bucket, versions=versions)
    found = _list(loaded.connection, lister, prefix, folder / "objects.csv")
    what = "version" if versions else "object"
    terminal.say(f"s3://{loaded.bucket}/{prefix} holds {terminal.count(found, what)}.")
    version = " AND numbered.version = listed.version" if versions else ""
    return f"numbered.old = listed.key{version}"


def _number(connection: Connection, condition: str) -> None:
    """Create the view `numbered` of some rows, with their numbers."""
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW numbered AS SELECT * FROM"
        f" (SELECT row_number() OVER () - 1 AS row, * FROM rows) WHERE {condition}"
    )


def _list(connection: Connection, lister: Lister, prefix: str, path: Path) -> int:
    """Create the table `listed(key, version, size, modified, class)`; return its rows."""
    view = tables.own_rows(connection, spool(lister, prefix, path), LISTED)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE listed AS SELECT url_decode(encoded) AS key, version,"
        f" size::BIGINT AS size, modified, class FROM {view}"
    )
    connection.execute(f"DROP VIEW {view}")
    path.unlink()
    return tables.scalar(connection, "SELECT count(*) FROM listed")


def _hits(connection: Connection, rule: Rule, most: int, same: str = "") -> Iterator[Hits]:
    answer = connection.execute(
        f"SELECT count(*), min({{'row': row, 'said': said}}, {most})"
        f" FROM ({rule.sql.format(same=same)}) AS hits(row, said)"
    ).fetchone()
    if answer and answer[0]:
        said = {each["row"]: each["said"] or "" for each in answer[1]}
        rows = tuple((row, None) for row in said)
        yield Hits(rule, answer[0], rows, said)
