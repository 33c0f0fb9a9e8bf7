"""A local S3: moto's server on 127.0.0.1. Its objects live in memory and end with the process.

moto answers for the other services of AWS too (STS, IAM, DynamoDB ...), at the same URL.
"""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOOPBACK = "127.0.0.1"
ACCOUNT = "123456789012"  # moto's own
POLL_SECONDS = 0.02  # how long the end may have to wait for the server


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
    listener: socket.socket | None = None, keep: Path | None = None
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Like `running`, but give the URL at once, and what waits until S3 answers there.

    moto takes a second to import: another process can start meanwhile. This one must import nothing
    before it has waited, since two threads would. What `running` raises, the wait does.
    """
    own = listener or socket.create_server((LOOPBACK, 0))
    url = f"http://{LOOPBACK}:{own.getsockname()[1]}"
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(_served, own, keep)
        try:
            yield url, begun.result
        finally:
            if not begun.exception():
                begun.result().close()


def _served(own: socket.socket, keep: Path | None) -> ExitStack:
    """Begin to serve S3 on `own`; return what ends it."""
    with ExitStack() as ending:  # what began last ends first: nothing is written after the save
        ending.enter_context(own)
        from moto.moto_server import werkzeug_app  # noqa: PLC0415 - only who needs it waits
        from moto.s3.models import s3_backends  # noqa: PLC0415
        from werkzeug.serving import make_server  # noqa: PLC0415

        from jobs.local.s3 import kept, service  # noqa: PLC0415

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs each request
        ending.callback(s3_backends[ACCOUNT].reset)
        if keep is not None:
            ending.enter_context(kept.objects(keep))
        server = make_server(
            LOOPBACK,
            own.getsockname()[1],
            werkzeug_app.DomainDispatcherApplication(service.application),
            threaded=True,
            request_handler=werkzeug_app.MotoRequestHandler,
            fd=own.fileno(),
        )
        own.close()  # the server has a copy of it
        ending.callback(server.server_close)
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        ending.callback(thread.join)
        ending.callback(server.shutdown)
        return ending.pop_all()
