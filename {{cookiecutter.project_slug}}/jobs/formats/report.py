"""What a completion report of S3 Batch Operations is: how it is laid out, written and read.

The bytes are those of real reports: no header, CRLF, quotes only where needed, and the HTTP status
*before* the error code, although the report's own ReportSchema says the reverse. Rows stream.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client

FORMAT = "Report_CSV_20180820"

SCHEMA = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
"""As AWS writes it into manifest.json. Real rows have columns 5 and 6 the other way round."""

STATUSES = ("succeeded", "failed")

HTTP_STATUS = re.compile(r"[1-5]\d\d")


class Result(NamedTuple):
    """One row of a report, in the order of its columns."""

    bucket: str
    key: str
    """As it stands in the manifest: still URL-encoded."""
    version_id: str
    """Empty: the manifest has no such column. `\\N`: it has, and the field is empty."""
    status: str
    """`succeeded` or `failed`."""
    http_status: str
    """Of the call that ran the task: for Lambda 200, on failed rows too."""
    code: str
    """Empty on success."""
    message: str
    """The task's result string, or what went wrong."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of rows, all of the same status, as manifest.json names it."""

    status: str
    bucket: str
    key: str
    md5: str
    """Hex."""


class BrokenError(ValueError):
    """A report that cannot be read or whose bytes are not those that its manifest.json promises."""


def folder(prefix: str | None, job_id: str) -> str:
    """Return where a job's report is: a prefix that ends in `/` gives a double slash, as in AWS."""
    return f"{prefix}/job-{job_id}" if prefix else f"job-{job_id}"


def result_key(prefix: str | None, job_id: str, status: str, part: int = 0) -> str:
    """Return the key of a file of rows: its name is 40 hex digits, the same for the same job."""
    name = hashlib.sha1(f"{job_id}/{status}/{part}".encode(), usedforsecurity=False).hexdigest()
    return f"{folder(prefix, job_id)}/results/{name}.csv"


def manifest_key(prefix: str | None, job_id: str) -> str:
    """Return the key of the report's manifest.json, which is written last: read it first."""
    return f"{folder(prefix, job_id)}/manifest.json"


def write(results: Iterable[Result], file: IO[str]) -> None:
    """Append rows. Open `file` with `newline=""`."""
    csv.writer(file, lineterminator="\r\n").writerows(results)


def document(files: Iterable[File], created: float) -> bytes:
    """Return the manifest.json for files; `created` is in seconds of `time.time()`."""
    date = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    whole = {
        "Format": FORMAT,
        "ReportCreationDate": date.replace("+00:00", "Z"),
        "Results": [
            {
                "TaskExecutionStatus": each.status,
                "Bucket": each.bucket,
                "MD5Checksum": each.md5,
                "Key": each.key,
            }
            for each in files
        ],
        "ReportSchema": SCHEMA,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def md5(data: bytes) -> str:
    """Return the hex MD5: of manifest.json it is what `manifest.json.md5` holds."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def parse(data: bytes) -> list[File]:
    """Return the files that a report's manifest.json names; BrokenError if it is not one."""
    names = ("TaskExecutionStatus", "Bucket", "Key", "MD5Checksum")
    try:
        found = [tuple(each[name] for name in names) for each in json.loads(data)["Results"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = f"{error} is not there" if isinstance(error, KeyError) else str(error)
        raise BrokenError(f"This is no manifest.json of a report: {why}.") from error
    for each in found:
        if not all(isinstance(value, str) and value for value in each):
            raise BrokenError(f"This is no manifest.json of a report: {each!r} names no file.")
    files = [File(*each) for each in found]
    for key, times in Counter(each.key for each in files).items():
        if times > 1:
            raise BrokenError(f"This is no manifest.json of a report: it names {key!r} twice.")
    return files


def read(file: IO[bytes]) -> Iterator[Result]:
    """Yield the rows of a file, whichever way round it has the status and the code."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        for number, cells in enumerate(csv.reader(text), start=1):
            if len(cells) != len(Result._fields):
                raise BrokenError(f"Row {number} has {len(cells)} columns, not 7: {cells!r}")
            if HTTP_STATUS.fullmatch(cells[5]) and not HTTP_STATUS.fullmatch(cells[4]):
                cells[4], cells[5] = cells[5], cells[4]
            yield Result._make(cells)
    finally:
        text.detach()


def load(s3: S3Client, bucket: str, key: str) -> Iterator[Result]:
    """Yield every row of the report whose manifest.json is at `key`: of a small one.

    Each file is proven to have the MD5 of the manifest.json before its first row is given:
    BrokenError otherwise. ClientError if an object is not there.
    """
    for each in parse(s3.get_object(Bucket=bucket, Key=key)["Body"].read()):
        data = s3.get_object(Bucket=each.bucket, Key=each.key)["Body"].read()
        if md5(data) != each.md5:
            raise BrokenError(f"The MD5 of {each.key!r} is not {each.md5}: fetch it again.")
        yield from read(io.BytesIO(data))
