"""The fake S3 behind HTTP, each answer after a set time: for real SDKs and measurements.

`drips` names operations whose answer begins at once, goes on with white space as S3's does while it
copies, and ends after so many seconds.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError, ReadTimeoutError

from fakes3 import wire
from fakes3.client import FakeClient

if TYPE_CHECKING:
    from fakes3.store import Store


DRIP = 0.02  # seconds between two bytes


class Server(ThreadingHTTPServer):
    """Answers for one store; `latency` gives the seconds of an operation; `seen` counts."""

    daemon_threads = True
    request_queue_size = 256  # a hundred parts connect at once

    def __init__(self, store: Store, latency: dict[str, float] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.client = FakeClient(store)
        self.latency = latency or {}
        self.drips: dict[str, float] = {}
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has given an answer up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet: two would wait 40 ms for each other
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        operation, given = wire.read(self.command, self.path, dict(self.headers), body)
        time.sleep(self.server.latency.get(operation, self.server.latency.get("", 0.0)))
        method = "".join(f"_{char.lower()}" if char.isupper() else char for char in operation)
        with self.server.lock:
            self.server.seen[operation] += 1
            try:
                answer = getattr(self.server.client, method.lstrip("_"))(**given)
            except ClientError as refusal:
                self._send(*_refusal(refusal))
                return
            except ReadTimeoutError:
                self.close_connection = True  # no answer
                return
        headers, out = wire.write(operation, answer)
        if operation in self.server.drips:
            self._drip(self.server.drips[operation], out)
            return
        self._send(204 if operation == "DeleteObject" else 200, headers, out)

    # http.server calls these names.
    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - its names

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _drip(self, seconds: float, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunks = [b'<?xml version="1.0" encoding="UTF-8"?>', *[b" "] * int(seconds / DRIP), body]
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()
            time.sleep(DRIP)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _refusal(refusal: ClientError) -> tuple[int, dict[str, str], bytes]:
    answer: Any = refusal.response
    body = f"<Error><Code>{answer['Error']['Code']}</Code><Message>no</Message></Error>"
    meta = answer["ResponseMetadata"]
    return meta["HTTPStatusCode"], dict(meta["HTTPHeaders"]), body.encode()
