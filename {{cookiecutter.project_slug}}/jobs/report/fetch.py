"""Fetches a completion report, from S3 or a folder, and proves each file by its MD5.

manifest.json is read first: it is written last, and names the files. Sources: "Examples: completion
reports" in the S3 User Guide; a job's report may come minutes after its end, or never, when the
report bucket refuses it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import bars, errors, where
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.formats import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.bars import Counter

SCHEME = "s3://"
NAME = "manifest.json"
IN_FLIGHT = 8  # files at once; a client has 10 connections
LAST_WAIT = 0.5  # seconds for the others to end: their folder is removed then
CHUNK = 1 << 20
TRIES = 3  # of a file whose bytes do not come whole
FREE_SHARE = 0.8  # of the free disk that a report may fill
JOB_FOLDER = re.compile(r"(?:^|/)job-([A-Za-z0-9_-]{5,36})/")


class NotThere(Refused):
    """A job has no report: it may still come, or no task ran, or none was asked for."""

    def __init__(self, sentence: str, *, may_come: bool, no_task_ran: bool = False) -> None:
        """Say why."""
        super().__init__(sentence)
        self.may_come = may_come
        self.no_task_ran = no_task_ran


@dataclass(frozen=True, slots=True)
class Part:
    """One file of rows, on this machine.

    Attributes:
        status: `succeeded` or `failed`, as manifest.json says of all its rows.
        uri: where it came from.
        md5: hex, of its bytes, as manifest.json promises; it was compared.
        path: the file here.
    """

    status: str
    uri: str
    md5: str
    path: Path


@dataclass(frozen=True, slots=True)
class Fetched:
    """A report on this machine.

    Attributes:
        uri: of its manifest.json.
        created: when, as manifest.json says, in ISO 8601; empty: it does not say.
        job_id: of the job that wrote it; None: its place does not say.
        parts: its files.
        is_whole: False: the files of succeeded rows were too large to fetch.
    """

    uri: str
    created: str
    job_id: str | None
    parts: tuple[Part, ...]
    is_whole: bool = True

    @property
    def paths(self) -> list[Path]:
        """The files of rows."""
        return [part.path for part in self.parts]


def of_job(s3: S3Client, job: JobDescriptorTypeDef, folder: Path, *, failed_only: bool) -> Fetched:
    """Return the report of a job, fetched into `folder`.

    Raises:
        Refused: the job has not ended, wrote no report, or the report is not of this job.
    """
    check_ended(job)
    uri = place(job)
    if uri is None:
        raise NotThere(
            f"Job {short(job)} was submitted without a report: there is nothing to read.",
            may_come=False,
        )
    try:
        found = in_s3(s3, uri, folder, failed_only=failed_only)
    except ClientError as error:
        if errors.code(error) not in errors.MISSING_CODES:
            raise
        raise _not_there(job, uri) from None
    if found.job_id not in {None, job["JobId"]}:
        raise Refused(f"The report is of job {found.job_id}, not of {job['JobId']}.")
    return found


def check_ended(job: JobDescriptorTypeDef) -> None:
    """Refuse a job that still runs or waits.

    Raises:
        Refused: says how to watch it.
    """
    if job["Status"] not in joblist.ENDED:
        raise Refused(
            f"Job {short(job)} is {job['Status']}: its report comes when it has ended; "
            f"{where.command(f'watch {short(job)}')}."
        )


def place(job: JobDescriptorTypeDef) -> str | None:
    """Return the URI of the manifest.json of a job's report; None: it asks for no report."""
    asked = job.get("Report", {})
    if not asked.get("Enabled"):
        return None
    bucket = asked["Bucket"].rpartition(":::")[2]
    return f"{SCHEME}{bucket}/{report.manifest_key(asked.get('Prefix'), job['JobId'])}"


def short(job: JobDescriptorTypeDef) -> str:
    """Return the beginning of a job's id that people type."""
    return job["JobId"][:8]


def in_s3(s3: S3Client, uri: str, folder: Path, *, failed_only: bool) -> Fetched:
    """Return the report whose manifest.json is at `uri`, fetched into `folder`.

    Raises:
        Refused: it is no such place or no report, or a file is not what manifest.json promises.
        ClientError: it is not there, or may not be read.
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    key = f"{key}{NAME}" if key.endswith("/") else key
    if not bucket or Path(key).name != NAME:
        raise Refused(f"{uri!r} is no report: give the s3:// place of its {NAME}.")
    uri = f"{SCHEME}{bucket}/{key}"
    document = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    files = _files(document, uri)
    wanted = [each for each in files if not failed_only or each.status == "failed"]
    sizes = [_size(s3, each, uri) for each in wanted]
    if sum(sizes) > FREE_SHARE * shutil.disk_usage(folder).free:
        wanted = [each for each in wanted if each.status == "failed"]
    with bars.progress("fetching the report (bytes)", sum(sizes)) as counter:
        parts = tuple(_fetch_all(s3, wanted, folder, counter))
    first = files[0].key if files else key
    return Fetched(uri, _created(document), _job_id(first), parts, len(wanted) == len(files))


def at(s3: S3Client, uri: str, folder: Path, *, failed_only: bool) -> Fetched:
    """Return the report that a person named by its place.

    Raises:
        Refused: as `in_s3`; or there is none.
    """
    try:
        return in_s3(s3, uri, folder, failed_only=failed_only)
    except ClientError as error:
        if errors.code(error) not in errors.MISSING_CODES:
            raise
        raise Refused(f"No report is at {uri!r}: list s3://BUCKET/PREFIX/ to find it.") from None


def in_folder(place: str | Path, *, failed_only: bool = False) -> Fetched:
    """Return the report in a folder: its files are in `results/` or beside its manifest.json.

    Raises:
        Refused: there is no manifest.json in it, or a file is missing or not what it promises.
    """
    given = Path(place)
    document_at = given if given.name == NAME else given / NAME
    if not document_at.is_file():
        raise Refused(f"{str(given)!r} holds no {NAME}: give the folder of a report.")
    document = document_at.read_bytes()
    parts, files = [], _files(document, str(document_at))
    wanted = [each for each in files if not failed_only or each.status == "failed"]
    for each in wanted:
        name = Path(each.key).name
        options = (document_at.parent / "results" / name, document_at.parent / name)
        path = next((path for path in options if path.is_file()), None)
        if path is None:
            raise Refused(
                f"{str(document_at)!r} names {name!r}, which is not beside it: fetch the whole "
                "report."
            )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, _md5).hexdigest()
        _check_md5(str(path), digest, each.md5)
        parts.append(Part(each.status, str(path), each.md5, path))
    first = files[0].key if files else ""
    is_whole = len(wanted) == len(files)
    return Fetched(str(document_at), _created(document), _job_id(first), tuple(parts), is_whole)


def _files(document: bytes, name: str) -> list[report.File]:
    try:
        files = report.parse(document)
    except report.BrokenError as error:
        why = str(error).partition(": ")[2].removesuffix(".")
        raise Refused(
            f"{name!r} is no {NAME} of a report ({why}): fetch it again, or give the place of one."
        ) from None
    return files


def _created(document: bytes) -> str:
    return str(json.loads(document).get("ReportCreationDate", ""))


def _job_id(key: str) -> str | None:
    found = JOB_FOLDER.findall(key)
    return found[-1] if found else None


def _size(s3: S3Client, file: report.File, document: str) -> int:
    try:
        return s3.head_object(Bucket=file.bucket, Key=file.key)["ContentLength"]
    except ClientError as error:
        if errors.code(error) not in errors.MISSING_CODES:
            raise
        raise Refused(
            f"{document!r} names {file.key!r}, which is not there: the report is incomplete."
        ) from None


def _fetch_all(
    s3: S3Client, files: Sequence[report.File], folder: Path, counter: Counter
) -> list[Part]:
    """Fetch the files, some at once; after Ctrl-C or a fault the others are left where they are.

    The threads are daemons: one that waits for a silent server must not keep the verb from ending.
    """
    is_over, waiting = Event(), SimpleQueue[tuple[int, report.File]]()
    fetched = SimpleQueue[tuple[int, Part | BaseException]]()
    for numbered in enumerate(files):
        waiting.put(numbered)

    def add(count: int) -> None:
        if is_over.is_set():
            raise CancelledError
        counter.add(count)

    def work() -> None:
        while not (is_over.is_set() or waiting.empty()):
            with suppress(Empty):
                number, file = waiting.get_nowait()
                try:
                    fetched.put((number, _fetch(s3, file, folder / f"{number}.csv", add)))
                except BaseException as error:  # noqa: BLE001 - raised below
                    fetched.put((number, error))

    threads = [Thread(target=work, daemon=True) for _ in range(min(IN_FLIGHT, len(files)))]
    for thread in threads:
        thread.start()
    parts: dict[int, Part] = {}
    try:
        while len(parts) < len(files):
            number, part = fetched.get()
            if isinstance(part, BaseException):
                raise part
            parts[number] = part
    finally:
        is_over.set()
        _wait_for(threads)
    return [parts[number] for number in range(len(files))]


def _wait_for(threads: Sequence[Thread]) -> None:
    until = time.monotonic() + LAST_WAIT
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _fetch(s3: S3Client, file: report.File, path: Path, add: Callable[[int], None]) -> Part:
    """Fetch one file; again when its bytes do not come whole, which its MD5 shows."""
    uri = f"{SCHEME}{file.bucket}/{file.key}"
    digest = ""
    for _ in range(TRIES):
        digest = _download(s3, file, path, add)
        if digest == file.md5.lower():
            break
    _check_md5(uri, digest, file.md5)
    return Part(file.status, uri, file.md5, path)


def _download(s3: S3Client, file: report.File, path: Path, add: Callable[[int], None]) -> str:
    digest = _md5()
    body = s3.get_object(Bucket=file.bucket, Key=file.key)["Body"]
    with path.open("wb") as out:
        for chunk in body.iter_chunks(CHUNK):
            digest.update(chunk)
            out.write(chunk)
            add(len(chunk))
    return digest.hexdigest()


def _check_md5(name: str, found: str, promised: str) -> None:
    if found != promised.lower():
        raise Refused(
            f"{name!r} is not what {NAME} promises (MD5 {found}, not {promised}): fetch it again; "
            "if it stays, take the report as incomplete."
        )


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


def _not_there(job: JobDescriptorTypeDef, uri: str) -> NotThere:
    """Return why there is no report, as far as the job says."""
    reasons = "; ".join(each["FailureReason"] for each in job.get("FailureReasons", []))
    counts = job.get("ProgressSummary", {})
    if not (counts.get("NumberOfTasksSucceeded") or counts.get("NumberOfTasksFailed")):
        because = f" ({reasons})" if reasons else ""
        may_come = job["Status"] == "Complete"
        # S3 may have failed to make its list, and a job without one has no rows
        has_rows = "Manifest" in job or "Location" in job.get("GeneratedManifestDescriptor", {})
        following = f" {where.command(f'resume {short(job)}')} makes the manifest of all its rows."
        return NotThere(
            f"Job {short(job)} {was(job)} before its first object{because}: no report was written."
            f"{following if has_rows and not may_come else ''}",
            may_come=may_come,
            no_task_ran=not may_come,
        )
    because = f": {reasons}" if reasons else ""
    return NotThere(
        f"Job {short(job)} {was(job)}, but no report is at {uri}{because}; it may come late: "
        f"{where.command(f'report {short(job)}')} tries again.",
        may_come=True,
    )


def was(job: JobDescriptorTypeDef) -> str:
    """Return the job's end as a verb: `is Complete`, `Failed`, `was Cancelled`."""
    return {"Complete": "is Complete", "Cancelled": "was Cancelled"}.get(
        job["Status"], job["Status"]
    )
