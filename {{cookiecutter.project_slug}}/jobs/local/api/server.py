"""The s3control job API over HTTP, on this machine only.

It answers its own host names and opens no connection, so that it can be named as HTTP_PROXY (the
AWS SDKs put the account id before the host of an endpoint, and 123456789012.host has to resolve
unless a proxy is used) without being a relay. Any credentials do: signatures are not checked.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from jobs.local.api import request, safe_xml
from jobs.local.api.request import Request
from jobs.local.engine.api_errors import ApiError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

LONGEST_BODY = 1024 * 1024  # bytes; the largest valid CreateJob is far smaller
LONGEST_DRAIN = 64 * 1024 * 1024  # bytes of a refused body that are read, so the answer is seen
POLL_SECONDS = 0.02  # how long `close` may have to wait for the server
IDLE_SECONDS = 60.0  # how long a connection may say nothing


class Service(ThreadingHTTPServer):
    """Answers on a port of 127.0.0.1 from the moment it is made, to the end of its context."""

    def __init__(self, answer: Callable[[Request], bytes], listener: socket.socket) -> None:
        """Serve `listener`; `answer` returns the body for a request, or raises ApiError."""
        super().__init__(listener.getsockname(), _Request, bind_and_activate=False)
        self.socket.close()
        self.socket, self.server_port = listener, listener.getsockname()[1]
        self.answer = answer
        self._thread = threading.Thread(
            target=self.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens; a client also needs the account id before the host, or a proxy."""
        host, port = self.socket.getsockname()
        return f"http://{host}:{port}"

    def server_close(self) -> None:
        """Stop answering and free the port."""
        self.shutdown()
        super().server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; http.server writes a trace of anything."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # stubs


class _Request(BaseHTTPRequestHandler):
    """One connection; each request on it is answered by `answer` or refused in XML."""

    server: Service
    protocol_version = "HTTP/1.1"
    server_version = "local-s3-batch-operations"
    sys_version = ""
    timeout = IDLE_SECONDS
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Take every method (do_GET, do_PUT ...) to the same place."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        try:
            self._send(200, self.server.answer(self._request()))
        except ApiError as error:
            self._refuse(error)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # nobody is there to answer
        except Exception:  # noqa: BLE001 - a bug of ours is told here, and the client gets an answer
            traceback.print_exc(file=sys.stderr)
            message = "The local service failed: its own output says why."
            self._refuse(ApiError("InternalServiceException", message, status=500))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse, in XML, what http.server could not read."""
        self.close_connection = True
        self._refuse(ApiError("InvalidRequest", explain or message or "Not HTTP.", status=code))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the progress of the jobs is what is shown."""

    def _request(self) -> Request:
        """Return the request. Raises ApiError: for another host, no length, too long."""
        authority, path, query = request.target(self.path, self.headers.get("Host", ""))
        asked_to_close, self.close_connection = self.close_connection, True  # unless all was read
        request.check_host(authority, self.server.server_port)
        body = self._body()
        self.close_connection = asked_to_close
        return Request(self.command, path, query, dict(self.headers), body)

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,19}", text):
            raise ApiError("MissingContentLength", "Send a Content-Length.", status=411)
        length = int(text)
        if length > LONGEST_BODY:
            self._drain(length)
            raise ApiError(
                "MaxMessageLengthExceeded",
                f"The body has {length} bytes, and at most {LONGEST_BODY} are allowed.",
            )
        body = self.rfile.read(length)
        if len(body) < length:
            message = f"The body ended after {len(body)} of {length} bytes."
            raise ApiError("IncompleteBody", message)
        return body

    def _drain(self, length: int) -> None:
        """Read off a body that is refused: a client that is still sending sees no answer."""
        left = min(length, LONGEST_DRAIN)
        while left > 0 and (read := self.rfile.read(min(left, LONGEST_BODY))):
            left -= len(read)

    def _refuse(self, error: ApiError) -> None:
        self._send(error.status, b"", error)

    def _send(self, status: int, body: bytes, error: ApiError | None = None) -> None:
        request_id = str(uuid.uuid4())
        if error:
            body = error_body(error, request_id)
        self.send_response(status)
        self.send_header("x-amz-request-id", request_id)
        is_json = body.startswith(b"{")  # Lambda's; all else is XML
        self.send_header("Content-Type", "application/json" if is_json else "application/xml")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def error_body(error: ApiError, request_id: str) -> bytes:
    """Return the body of a refusal, in the form that botocore reads for s3control."""
    root = Element("ErrorResponse")
    told = SubElement(root, "Error")
    SubElement(told, "Code").text = error.code
    SubElement(told, "Message").text = safe_xml.text(error.message)
    SubElement(root, "RequestId").text = request_id
    return safe_xml.dump(root)
