"""A local S3: moto's server on 127.0.0.1. Its objects live in memory and end with the process."""

from __future__ import annotations

import logging
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"


@contextmanager
def running(port: int = 0) -> Iterator[str]:
    """Serve S3 while the context lasts and give its URL; port 0 is any that is free.

    Raises OSError: the port is taken.
    """
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - a second, for who needs it only

    socket.create_server((LOOPBACK, port)).close()  # moto's thread would hang on a taken port
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs each request
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=port, verbose=False)
    server.start()
    try:
        host, bound = server.get_host_and_port()
        yield f"http://{host}:{bound}"
    finally:
        server.stop()
