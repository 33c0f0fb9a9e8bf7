"""An S3 that does nothing: every request gets the answer of its kind after a fixed latency."""

from __future__ import annotations

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

COPIED = (
    b'<?xml version="1.0" encoding="UTF-8"?><CopyObjectResult><ETag>&quot;fe66c3&quot;</ETag>'
    b"<LastModified>2026-11-23T00:00:00.000Z</LastModified></CopyObjectResult>"
)


@contextlib.contextmanager
def serve(seconds: float) -> Iterator[str]:
    """Answer on a free port of 127.0.0.1, each request after `seconds`; give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm: ClassVar[bool] = True

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(seconds)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            self.answer(200, COPIED, Content_Type="application/xml")

        def do_HEAD(self) -> None:
            self.answer(405, x_amz_delete_marker="true")

        def do_DELETE(self) -> None:
            self.answer(204)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
