"""Downloads the files of a report, some at once; Ctrl-C or a fault ends it at once."""

from __future__ import annotations

from concurrent.futures import CancelledError
from multiprocessing.pool import ThreadPool
from threading import Event
from typing import TYPE_CHECKING

from jobs.aws import downloads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.bars import Counter
    from jobs.formats.report import File

IN_FLIGHT = 8  # files at once; a client has 10 connections
TRIES = 3  # of a file that came with other bytes


def download(
    s3: S3Client, files: Sequence[File], paths: Sequence[Path], counter: Counter
) -> list[str]:
    """Write each file to its path; return their MD5s, which may still be others than promised.

    The threads of such a pool are daemons: one that waits for a silent server does not keep the
    verb from ending.
    """
    is_over = Event()

    def add(count: int) -> None:
        if is_over.is_set():
            raise CancelledError
        counter.add(count)

    def fetch(number: int) -> tuple[int, str]:
        file, path, digest = files[number], paths[number], ""
        for _ in range(TRIES):
            path.unlink(missing_ok=True)
            body = s3.get_object(Bucket=file.bucket, Key=file.key)["Body"]
            digest = downloads.save(body, path, add)
            if digest == file.md5.lower():
                break
        return number, digest

    with ThreadPool(IN_FLIGHT) as pool:
        try:  # in whatever order they come: a fault is not to wait for another file
            digests = dict(pool.imap_unordered(fetch, range(len(files))))
        finally:
            is_over.set()
    return [digests[number] for number in range(len(files))]
