"""A local S3: moto's server on 127.0.0.1. Its objects live in memory and end with the process.

moto answers for the other services of AWS too (STS, IAM, DynamoDB ...), at the same URL.
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import ExitStack
    from pathlib import Path


@contextmanager
def running(listener: socket.socket | None = None, keep: Path | None = None) -> Iterator[str]:
    """Serve S3 on `listener`, or on any port, while the context lasts, and give its URL.

    With `keep` the objects are saved there at the end, and brought back at the start. Raises
    Refused: see `kept.objects`.
    """
    with beginning(listener, keep) as (url, wait):
        wait()
        yield url


@contextmanager
def beginning(
    listener: socket.socket | None = None, keep: Path | None = None, buckets: Iterable[str] = ()
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Like `running`, but give the URL at once, and what waits until S3 answers there.

    moto takes a second to import: another process can start meanwhile. Its first request is
    answered when the `buckets` are there. This process must import nothing before it has waited,
    since two threads would. What `running` raises, the wait does.
    """
    own = listener or socket.create_server(("127.0.0.1", 0))
    host, port = own.getsockname()
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(_served, own, keep, buckets)
        try:
            yield f"http://{host}:{port}", begun.result
        finally:
            if not begun.exception():
                begun.result().close()


def _served(own: socket.socket, keep: Path | None, buckets: Iterable[str]) -> ExitStack:
    from jobs.local.s3 import service  # noqa: PLC0415 - moto: only who needs it waits

    return service.serve(own, keep, buckets)
