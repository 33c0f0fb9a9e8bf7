"""Opens a report: fetched, proven, its rows as tables; what `report`, `watch` and `again` share."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, terminal
from jobs.errors import Refused
from jobs.formats import tables
from jobs.report import fetch, manifest_rows, reconcile, summary
from jobs.report.ended import NotThere
from jobs.report.fetch import Fetched
from jobs.report.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.formats.tables import Connection
    from jobs.report.manifest_rows import Rows


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report is.

    Attributes:
        s3: a client in its Region; None: it is on this machine.
        job: the job that wrote it; None: it is named by its place.
        place: the URI of its manifest.json, or a folder; empty: that of the job.
        beside: where a folder is made for what is fetched, and for rows that memory does not hold.
    """

    s3: S3Client | None
    job: JobDescriptorTypeDef | None
    place: str = ""
    beside: Path | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A report that was read.

    Attributes:
        result: what its rows say.
        connection: with the views `results` and `caused`, and `cells` where it was compared.
        rows: the manifest; None: it was not compared.
        folder: for what else is written down; it goes with the report.
    """

    result: Result
    connection: Connection
    rows: Rows | None
    folder: Path

    @property
    def has_versions(self) -> bool:
        """Whether each row of the manifest names a version."""
        return self.rows is not None and "VersionId" in self.rows.fields


@contextmanager
def opened(  # noqa: PLR0913 - each is another question to a report
    source: Source,
    *,
    does_reconcile: bool = False,
    needs_manifest: bool = True,
    failed_only: bool = False,
    no_report_is_empty: bool = False,
    examples: int = 3,
) -> Iterator[Open]:
    """Give a report that was fetched and read.

    Args:
        source: where it is.
        does_reconcile: compare it with the manifest.
        needs_manifest: False: where the manifest cannot be read that is said, and it goes on.
        failed_only: fetch the files of failed rows only.
        no_report_is_empty: a job none of whose tasks ran wrote none: no row has an answer.
        examples: how many of each cause.

    Raises:
        Refused: there is none, or it is not what it should be; NotThere: it may still come.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(
        prefix="jobs-report-", dir=source.beside, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        try:
            fetched = _fetched(source, folder, failed_only=failed_only)
        except NotThere as missing:
            if not (no_report_is_empty and missing.no_task_ran):
                raise
            fetched = Fetched("", "", None, ())
        with tables.connect(folder, {str(each.path): each.uri for each in fetched.parts}) as made:
            found = summary.read(made, fetched, examples)
            rows = _manifest(source, folder, is_needed=needs_manifest) if does_reconcile else None
            if rows:
                tables.manifest(made, rows.paths, rows.fields)
                found = replace(found, answered=reconcile.compare(made))
            found = replace(found, seconds=time.monotonic() - began)
            yield Open(Result(source.job, fetched, found), made, rows, folder)


def _fetched(source: Source, folder: Path, *, failed_only: bool) -> Fetched:
    if source.s3 is None:
        return fetch.in_folder(source.place, failed_only=failed_only)
    if source.job is None:
        return fetch.in_s3(source.s3, source.place, folder, failed_only=failed_only)
    return fetch.of_job(source.s3, source.job, folder, failed_only=failed_only)


def _manifest(source: Source, folder: Path, *, is_needed: bool) -> Rows | None:
    if source.s3 is None or source.job is None:
        raise Refused("--reconcile needs the job: give its id, not the place of its report.")
    try:
        return manifest_rows.fetch(source.s3, source.job, folder)
    except (Refused, ClientError) as error:
        if is_needed:
            raise
        terminal.say(f"{errors.sentence(error)} The report is not compared with it.")
    return None
