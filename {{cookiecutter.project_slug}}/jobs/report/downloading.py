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


def download(
    s3: S3Client, files: Sequence[File], paths: Sequence[Path], counter: Counter
) -> list[str]:
    """Write each file to its path; return their MD5s.

    The threads of such a pool are daemons: one that waits for a silent server does not keep the
    verb from ending.
    """
    is_over = Event()

    def add(count: int) -> None:
        if is_over.is_set():
            raise CancelledError
        counter.add(count)

    def fetch(number: int) -> tuple[int, str]:
        file = files[number]
        body = s3.get_object(Bucket=file.bucket, Key=file.key)["Body"]
        return number, downloads.save(body, paths[number], add)

    with ThreadPool(IN_FLIGHT) as pool:
        try:  # in whatever order they come: a fault is not to wait for another file
            digests = dict(pool.imap_unordered(fetch, range(len(files))))
        finally:
            is_over.set()
    return [digests[number] for number in range(len(files))]
