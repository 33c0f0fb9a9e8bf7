"""Completion reports for tests: their files in a folder or in an S3, as AWS lays them out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jobs.formats import report
from jobs.formats.report import File, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

JOB_ID = "7c1fa2b0-1111-2222-3333-444444444444"
CREATED = 1_764_000_000.0


def done(key: str, message: str = "Copied to s3://copies/x", version: str = "") -> Result:
    return Result("photos", key, version, "succeeded", "200", "", message)


def failed(
    key: str, message: str = "no", code: str = "PermanentFailure", version: str = ""
) -> Result:
    return Result("photos", key, version, "failed", "200", code, message)


# A rename of which each row had another end.
ROWS = [
    done("a", "Renamed to s3://copies/a"),
    done("b", "Already renamed: s3://copies/b"),
    done("c", "Renamed to s3://copies/c, an identical copy was there already"),
    done("d", "Already there: s3://copies/d"),
    failed("e%20f", "s3://photos/e f is archived: restore it first"),
    failed("g", "s3://photos/g changed while it was copied: try again", "TemporaryFailure"),
]


def files(rows: Iterable[Result], job_id: str = JOB_ID) -> Iterator[tuple[File, bytes]]:
    """Yield each file of a report, one a status, with its bytes."""
    rows = list(rows)
    for status in report.STATUSES:
        text = io.StringIO(newline="")
        report.write([row for row in rows if row.status == status], text)
        if data := text.getvalue().encode():
            key = report.result_key("reports", job_id, status, 0)
            yield File(status, "jobs", key, report.md5(data)), data


def in_folder(folder: Path, rows: Iterable[Result], job_id: str = JOB_ID) -> Path:
    found = list(files(rows, job_id))
    (folder / "results").mkdir(parents=True)
    for file, data in found:
        (folder / "results" / file.key.rpartition("/")[2]).write_bytes(data)
    (folder / "manifest.json").write_bytes(report.document([file for file, _ in found], CREATED))
    return folder


def rewrite(folder: Path, content: bytes) -> Path:
    """Give the first file of a report in a folder other bytes, and its right MD5; return it."""
    document = folder / "manifest.json"
    file = report.parse(document.read_bytes())[0]
    path = folder / "results" / file.key.rpartition("/")[2]
    path.write_bytes(content)
    text = document.read_text("utf-8").replace(file.md5, report.md5(content))
    document.write_text(text, "utf-8")
    return path


def in_s3(s3: S3Client, rows: Iterable[Result], job_id: str = JOB_ID, of: str = JOB_ID) -> str:
    """Store a report where that of job `of` is looked for; return the URI of its manifest.json."""
    found = list(files(rows, job_id))
    for file, data in found:
        s3.put_object(Bucket=file.bucket, Key=file.key, Body=data)
    key = report.manifest_key("reports", of)
    document = report.document([file for file, _ in found], CREATED)
    s3.put_object(Bucket="jobs", Key=key, Body=document)
    return f"s3://jobs/{key}"
