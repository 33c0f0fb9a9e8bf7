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
from typing import TYPE_CHECKING, Self

from jobs.local.api import hosts, lambda_function, operations, rest_xml
from jobs.local.api.rest_xml import Request
from jobs.local.engine import api_errors
from jobs.local.engine.api_errors import ApiError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from jobs.local.engine.engine import Engine

LOOPBACK = "127.0.0.1"
LONGEST_BODY = 1024 * 1024  # bytes; the largest valid CreateJob is far smaller
LONGEST_DRAIN = 64 * 1024 * 1024  # bytes of a refused body that are read, so the answer is seen
POLL_SECONDS = 0.02  # how long `close` may have to wait for the server
IDLE_SECONDS = 60.0  # how long a connection may say nothing


class Service:
    """The job API of one engine on a port of 127.0.0.1; it answers from the moment it is made."""

    def __init__(
        self,
        engine: Engine,
        listener: socket.socket,
        function_arn: str | None,
        variables: Mapping[str, str],
    ) -> None:
        """Serve `listener`; tell what the function's variables are."""
        self._server = _Server(engine, listener, function_arn, variables)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Where it listens; a client also needs the account id before the host, or a proxy."""
        return f"http://{LOOPBACK}:{self.port}"

    def close(self) -> None:
        """Stop answering and free the port; the engine is left as it is."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Use as a context: closed at its end."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close."""
        self.close()


class _Server(ThreadingHTTPServer):
    def __init__(
        self,
        engine: Engine,
        listener: socket.socket,
        function_arn: str | None,
        variables: Mapping[str, str],
    ) -> None:
        self.engine, self.function_arn, self.variables = engine, function_arn, variables
        super().__init__(listener.getsockname(), _Request, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_port = listener.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; http.server writes a trace of anything."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # stubs


class _Request(BaseHTTPRequestHandler):
    """One connection; each request on it is answered by `answer` or refused in XML."""

    server: _Server
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
            request = self._request()
            told = lambda_function.configuration(
                request, self.server.function_arn, self.server.variables
            )
            self._send(200, told or operations.answer(self.server.engine, request))
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
        authority, path, query = hosts.target(self.path, self.headers.get("Host", ""))
        if (label := hosts.malformed_account(authority)) is not None:
            self.close_connection = True
            raise api_errors.bad_request(api_errors.bad_account(label))
        if self.command == "CONNECT" or not hosts.is_own(authority, self.server.server_port):
            self.close_connection = True
            raise ApiError(
                "AccessDenied",
                "This is a local S3 Batch Operations service, not a proxy: nothing is passed on "
                f"to {authority!r}. Unset HTTP_PROXY for other programs.",
                status=403,
            )
        return Request(self.command, path, query, dict(self.headers), self._body())

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,19}", text):
            self.close_connection = True
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
            self.close_connection = True
            message = f"The body ended after {len(body)} of {length} bytes."
            raise ApiError("IncompleteBody", message)
        return body

    def _drain(self, length: int) -> None:
        """Read off a body that is refused: a client that is still sending sees no answer."""
        self.close_connection = True
        left = min(length, LONGEST_DRAIN)
        while left > 0 and (read := self.rfile.read(min(left, LONGEST_BODY))):
            left -= len(read)

    def _refuse(self, error: ApiError) -> None:
        self._send(error.status, b"", error)

    def _send(self, status: int, body: bytes, error: ApiError | None = None) -> None:
        request_id = str(uuid.uuid4())
        if error:
            body = rest_xml.write_error(error.code, error.message, request_id)
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
