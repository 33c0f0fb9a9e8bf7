"""Tasks and report rows on disk, so that memory does not grow with the manifest."""

from __future__ import annotations

import csv
import hashlib
import random
import tempfile
from contextlib import ExitStack
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

from jobs.formats import report
from jobs.local.engine.lambda_contract import Task

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from jobs.aws.uploads import Uploads

SPOOL_BUFFER = 1 << 16
"""Bytes."""


class TaskSpool:
    """Tasks in a temporary file: write them all, then read them all."""

    def __init__(self) -> None:
        """Open an empty temporary file; it vanishes with `close` or with the process."""
        self._file: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 - closed by close()
            "w+", encoding="utf-8", newline="", buffering=SPOOL_BUFFER
        )
        # with this line end csv quotes a lone carriage return too, on every Python
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self.count = 0

    def add(self, task: Task, message: str = "") -> None:
        """Append a task; `message` is why its last attempt failed."""
        # csv writes None and "" alike: the first column tells them apart
        self._writer.writerow((int(task.version_id is not None), *task, message))
        self.count += 1

    def __iter__(self) -> Iterator[tuple[Task, str]]:
        """Yield each task and its message, from the first."""
        self._file.flush()
        self._file.seek(0)
        for has_version, number, redrives, errors, bucket, key, version, taken, text in csv.reader(
            self._file
        ):
            version_id = version if has_version == "1" else None
            counts = (int(number), int(redrives), int(errors))
            yield Task(*counts, bucket, key, version_id, taken == "True"), text

    def shuffled(self, window: int) -> Iterator[tuple[Task, str]]:
        """Yield each task and its message, each `window` of them in a random order."""
        if window <= 1:
            yield from self
            return
        left = iter(self)
        while ahead := list(islice(left, window)):
            random.shuffle(ahead)
            yield from ahead

    def close(self) -> None:
        """Drop the file."""
        self._file.close()


class ReportSpool:
    """The rows of a completion report in temporary files, split by status as the report is."""

    def __init__(self, limit: int, *, failed_only: bool) -> None:
        """Keep at most `limit` rows a file; `failed_only` drops the succeeded rows."""
        self._limit = limit
        self._failed_only = failed_only
        self._open = ExitStack()
        self._files: dict[str, list[IO[str]]] = {status: [] for status in report.STATUSES}
        self._rows = dict.fromkeys(report.STATUSES, 0)

    def add(self, result: report.Result) -> None:
        """Append a row."""
        if self._failed_only and result.status == "succeeded":
            return
        if self._rows[result.status] % self._limit == 0:
            file = tempfile.TemporaryFile(  # noqa: SIM115 - closed with the others
                "w+", encoding="utf-8", newline=""
            )
            self._open.enter_context(file)
            self._files[result.status].append(file)
        report.write((result,), self._files[result.status][-1])
        self._rows[result.status] += 1

    def upload(
        self, uploads: Uploads, bucket: str, prefix: str | None, job_id: str, created: float
    ) -> str:
        """Write the report: its rows first and its manifest.json, which commits it, last.

        Returns the key of the manifest.json. Raises NotStoredError.
        """
        files = []
        for status, parts in self._files.items():
            for part, file in enumerate(parts):
                key = report.result_key(prefix, job_id, status, part)
                file.flush()
                digest = _upload(uploads, bucket, key, file.buffer)  # type: ignore[attr-defined]
                files.append(report.File(status, bucket, key, digest))
        document = report.document(files, created)
        key = report.manifest_key(prefix, job_id)
        digest = report.md5(document)
        uploads.put(Bucket=bucket, Key=f"{key}.md5", Body=digest.encode())
        uploads.put(Bucket=bucket, Key=key, Body=document)
        return key

    def close(self) -> None:
        """Drop the files."""
        self._open.close()


def _upload(uploads: Uploads, bucket: str, key: str, file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(cast("io.BufferedReader", file), "md5").hexdigest()
    file.seek(0)
    uploads.put(Bucket=bucket, Key=key, Body=file)
    return digest
