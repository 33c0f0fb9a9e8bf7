"""Rows of manifests and reports as SQL tables: the only module that imports duckdb.

Memory is bounded by `MEMORY`, whatever the number of rows: what does not fit goes to files in a
folder that the caller names and removes. duckdb's limit is that of its buffers; the process needs
110 to 200 MB besides (measured).
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from errno import ENOSPC
from typing import TYPE_CHECKING

import duckdb

from jobs.errors import DISK_FULL, Refused
from jobs.formats.report import HTTP_STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Connection = duckdb.DuckDBPyConnection

MEMORY = "256MB"

OF_THE_INPUT = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InvalidInputException)
"""What the files or the machine are to blame for; any other error is a mistake of ours."""

LONGEST_LINE = 1024 * 1024
"""Bytes. A line of a manifest needs 3 KB; one that is longer than this is no line of a manifest.
duckdb's buffers are 16 times as large, one for each thread."""

PATTERN_SIGN = re.compile(r"[*?\[]")
"""In the name of a file duckdb takes these for a pattern, and reads whatever files fit it."""

NO_CSV = re.compile(r"^ *file = (.*)$", re.MULTILINE)
"""Where duckdb names the file whose lines it cannot tell from each other."""

LF = "'\\n'"

DECODED = """CASE WHEN contains({0}, '%') OR contains({0}, '+')
  THEN TRY(url_decode(replace({0}, '+', ' '))) ELSE {0} END"""
"""A key field as `manifest.decode` reads it; NULL where that is no UTF-8."""

ENCODED = "replace(url_encode({0}), '%2F', '/')"
"""A key as `manifest.encode` writes it, whatever characters it has (the template tests that)."""


@contextmanager
def connect(
    folder: Path | None = None, called: Mapping[str, str] | None = None
) -> Iterator[Connection]:
    """Give an empty database in memory that spills into `folder`; close it at the end.

    Args:
        folder: removed by the caller; None: for a few rows, that spill nowhere.
        called: what the person knows the files by, whose paths are here; others by their paths.

    Raises:
        Refused: the disk is full, or a file is not what it was said to be.
    """
    # each thread reads blocks of its own: more of them would need more memory
    threads = min(4, os.cpu_count() or 1)
    spill = str(folder or "")
    connection = duckdb.connect(
        config={"memory_limit": MEMORY, "threads": threads, "temp_directory": spill}
    )
    try:
        yield connection
    except OF_THE_INPUT as error:
        if os.strerror(ENOSPC) in str(error):
            raise Refused(DISK_FULL) from error
        first = str(error).splitlines()[0].removeprefix("IO Error: ")
        if "state machine" in first and (found := NO_CSV.search(str(error))):
            raise Refused(
                f"{(called or {}).get(found[1], found[1])!r} cannot be read as CSV: its lines do "
                "not all end alike (in LF, or in CR LF; a blank line counts, too), or it is no "
                "text, but compressed for instance: write it as text, every line ended by LF."
            ) from error
        raise Refused(f"The rows cannot be worked through: {first}") from error
    finally:
        connection.close()


def manifest(connection: Connection, files: Sequence[Path], fields: Sequence[str]) -> None:
    """Create the view `cells(bucket, key, version)` of CSV files without a header, gzipped or not.

    Empty fields are empty texts; `version` is NULL where `fields` (a job's `Fields`) has none.
    """
    names = [name if name != "Ignore" else f"ignored{at}" for at, name in enumerate(fields)]
    columns = dict.fromkeys(names, "VARCHAR")
    version = "coalesce(VersionId, '')" if "VersionId" in names else "NULL::VARCHAR"
    connection.execute(
        f"CREATE VIEW cells AS SELECT coalesce(Bucket, '') AS bucket, coalesce(Key, '') AS key,"
        f" {version} AS version FROM {_csv(files, columns)}"
    )


def rows(
    connection: Connection,
    files: Sequence[Path],
    names: Sequence[str],
    *,
    separator: str = ",",
    has_header: bool = False,
) -> str:
    """Create a view of CSV files by the names of their columns; return its name."""
    twice = [name for at, name in enumerate(names) if name in names[:at]]
    unique = [f"{name}{at}" if name in twice or not name else name for at, name in enumerate(names)]
    columns = dict.fromkeys(unique, "VARCHAR")
    header = str(has_header).lower()
    text = _csv(files, columns, delim=literal(separator), header=header)
    connection.execute(f"CREATE VIEW given AS FROM {text}")
    return "given"


def own_rows(connection: Connection, file: Path, names: Sequence[str]) -> str:
    """Create a view of a CSV file that these tools wrote, each row ended by LF; return its name.

    A cell may hold a CR LF; in other files duckdb takes the first end that it meets for all.
    """
    text = _csv([file], dict.fromkeys(names, "VARCHAR"), new_line=LF)
    connection.execute(f"CREATE VIEW given AS FROM {text}")
    return "given"


def parquet(connection: Connection, files: Sequence[Path]) -> str:
    """Create a view of Parquet files; return its name."""
    connection.execute(
        f"CREATE VIEW given AS FROM read_parquet([{_paths(files)}], hive_partitioning = false)"
    )
    return "given"


def names(connection: Connection, file: Path) -> None:
    """Create the view `named(name, problem)` of a CSV file with a row for each row of `cells`."""
    cells = "coalesce(name, '') AS name, coalesce(problem, '') AS problem"
    source = _csv([file], {"name": "VARCHAR", "problem": "VARCHAR"}, new_line=LF)
    connection.execute(f"CREATE VIEW named AS SELECT {cells} FROM {source}")


def report(connection: Connection, files: Sequence[Path]) -> None:
    """Create the view `results` of a report's files: the columns of `report.Result`, and `file`.

    The columns 5 and 6 may stand either way round: the one that is an HTTP status is the status.
    """
    names = ("bucket", "key", "version_id", "status", "fifth", "sixth", "message")
    cells = ", ".join(f"coalesce({name}, '') AS {name}" for name in names)
    swapped = (
        f"regexp_full_match(sixth, '{HTTP_STATUS.pattern}')"
        f" AND NOT regexp_full_match(fifth, '{HTTP_STATUS.pattern}')"
    )
    connection.execute(
        f"CREATE VIEW results AS SELECT bucket, key, version_id, status,"
        f" CASE WHEN {swapped} THEN sixth ELSE fifth END AS http_status,"
        f" CASE WHEN {swapped} THEN fifth ELSE sixth END AS code, message, filename AS file"
        f" FROM (SELECT {cells}, filename"
        f" FROM {_csv(files, dict.fromkeys(names, 'VARCHAR'), filename='true')})"
    )


def scalar(connection: Connection, query: str) -> int:
    """Return the one number that `query` gives."""
    found = connection.execute(query).fetchone()
    return int(found[0]) if found and found[0] is not None else 0


def literal(text: str) -> str:
    """Return `text` as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _csv(
    files: Sequence[Path],
    columns: dict[str, str],
    **options: str,
) -> str:
    """Return the table function that reads `files`; `unread_lines` has what it cannot read.

    The options are duckdb's, as SQL.
    """
    is_packed = any(file.name.endswith(".csv.gz") for file in files)
    options = {"delim": "','", "header": "false"} | options
    said = ", ".join(f"{name} = {value}" for name, value in options.items())
    types = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv([{_paths(files)}], columns = {{{types}}}, {said},"
        f" auto_detect = false, quote = '\"', escape = '\"',"
        f" store_rejects = true, max_line_size = {LONGEST_LINE},"
        f" hive_partitioning = false,"
        f" compression = '{'auto' if is_packed else 'none'}')"
    )


def _paths(files: Sequence[Path]) -> str:
    """Return the files for SQL, each by its very name: `a[1].csv` is not `a1.csv`.

    A folder `key=x` would be a column that replaces that of the file, hence no `hive_partitioning`.
    """
    return ", ".join(literal(PATTERN_SIGN.sub(r"[\g<0>]", str(file))) for file in files)
