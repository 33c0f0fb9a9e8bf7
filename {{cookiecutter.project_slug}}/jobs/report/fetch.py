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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import bars, errors
from jobs.aws import joblist, uris
from jobs.errors import Refused
from jobs.formats import report
from jobs.report import downloading, ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.formats.report import File

NAME = "manifest.json"
FREE_SHARE = 0.8  # of the free disk that a report may fill
JOB_FOLDER = re.compile(r"(?:^|/)job-([A-Za-z0-9_-]{5,36})/")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of rows, on this machine, and where it came from.

    Attributes:
        status: `succeeded` or `failed`, as manifest.json says of all its rows.
        md5: hex, as manifest.json promises; it was compared.
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
        is_whole: False: the files of succeeded rows were not wanted, or too large to fetch.
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
    ended.check(job)
    uri = ended.report_uri(job)
    if uri is None:
        raise ended.NotThere(
            f"Job {joblist.short(job)} was submitted without a report: there is nothing to read."
        )
    missing = ended.not_there(job, uri)
    found = in_s3(s3, uri, folder, failed_only=failed_only, missing=missing)
    if found.job_id not in {None, job["JobId"]}:
        raise Refused(f"The report is of job {found.job_id}, not of {job['JobId']}.")
    return found


def in_s3(
    s3: S3Client, given: str, folder: Path, *, failed_only: bool, missing: Refused | None = None
) -> Fetched:
    """Return the report whose manifest.json is at the URI `given`, fetched into `folder`.

    Raises:
        Refused: it is no such place or no report, or a file is not what manifest.json promises;
            `missing`, if that is given: there is none.
    """
    bucket, key = uris.split(given)
    key = f"{key}{NAME}" if key.endswith("/") else key
    if not bucket or Path(key).name != NAME:
        raise Refused(f"{given!r} is no report: give the s3:// place of its {NAME}.")
    uri = f"{uris.SCHEME}{bucket}/{key}"
    none = Refused(f"No report is at {uri!r}: list s3://BUCKET/PREFIX/ to find it.")
    with errors.refusing(missing or none):
        document = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    files = _files(document, uri)
    wanted = _wanted(files, failed_only=failed_only)
    sizes = {each.key: _size(s3, each, uri) for each in wanted}
    if sum(sizes.values()) > FREE_SHARE * shutil.disk_usage(folder).free:
        wanted = _wanted(files, failed_only=True)
    parts = [
        Part(
            each.status,
            f"{uris.SCHEME}{each.bucket}/{each.key}",
            each.md5,
            folder / f"{number}.csv",
        )
        for number, each in enumerate(wanted)
    ]
    total = sum(sizes[each.key] for each in wanted)
    with bars.progress("fetching the report (bytes)", total) as counter:
        digests = downloading.download(s3, wanted, [part.path for part in parts], counter)
    return _proven(uri, document, files, parts, digests)


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
    files = _files(document, str(document_at))
    parts = [_beside(document_at, each) for each in _wanted(files, failed_only=failed_only)]
    digests = [_md5(part.path) for part in parts]
    return _proven(str(document_at), document, files, parts, digests)


def _files(document: bytes, name: str) -> list[File]:
    try:
        return report.parse(document)
    except report.BrokenError as error:
        why = str(error).partition(": ")[2].removesuffix(".")
        raise Refused(
            f"{name!r} is no {NAME} of a report ({why}): fetch it again, or give the place of one."
        ) from None


def _wanted(files: Sequence[File], *, failed_only: bool) -> list[File]:
    return [each for each in files if not failed_only or each.status == "failed"]


def _size(s3: S3Client, file: File, document: str) -> int:
    missing = f"{document!r} names {file.key!r}, which is not there: the report is incomplete."
    with errors.refusing(Refused(missing)):
        return s3.head_object(Bucket=file.bucket, Key=file.key)["ContentLength"]


def _beside(document_at: Path, file: File) -> Part:
    name = Path(file.key).name
    for path in (document_at.parent / "results" / name, document_at.parent / name):
        if path.is_file():
            return Part(file.status, str(path), file.md5, path)
    raise Refused(
        f"{str(document_at)!r} names {name!r}, which is not beside it: fetch the whole report."
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _proven(
    uri: str,
    document: bytes,
    files: Sequence[File],
    parts: Sequence[Part],
    digests: Sequence[str],
) -> Fetched:
    """Return the report; Refused if a file is not what its manifest.json promises."""
    for part, digest in zip(parts, digests, strict=True):
        if digest != part.md5.lower():
            raise Refused(
                f"{part.uri!r} is not what {NAME} promises (MD5 {digest}, not {part.md5}): fetch "
                "it again; if it stays, take the report as incomplete."
            )
    created = str(json.loads(document).get("ReportCreationDate", ""))
    jobs = JOB_FOLDER.findall(files[0].key if files else uri)
    is_whole = len(parts) == len(files)
    return Fetched(uri, created, jobs[-1] if jobs else None, tuple(parts), is_whole)
