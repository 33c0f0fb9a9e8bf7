"""`python -m jobs local` before a Lambda that answers over HTTP."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from local_service import FUNCTION, running

if TYPE_CHECKING:
    from pathlib import Path


class Lambda(ThreadingHTTPServer):
    """A Lambda Invoke endpoint that counts what is in flight."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Invoke)
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.functions: set[str] = set()


class Invoke(BaseHTTPRequestHandler):
    server: Lambda
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
            self.server.functions.add(self.path)
        time.sleep(0.1)
        with self.server.lock:
            self.server.now -= 1
        results = [{"taskId": task["taskId"], "resultCode": "Succeeded"} for task in event["tasks"]]
        names = ("invocationSchemaVersion", "invocationId")
        body = json.dumps({**{name: event[name] for name in names}, "results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.mark.slow
def test_an_http_lambda_has_as_many_invocations_in_flight_as_configured(
    template: Path, tmp_path: Path
) -> None:
    with Lambda() as function:
        threading.Thread(target=function.serve_forever, args=(0.02,), daemon=True).start()
        endpoint = ("--lambda-endpoint", f"http://127.0.0.1:{function.server_port}")
        arguments = (*endpoint, "--concurrency", "20")
        with running(template, tmp_path, *arguments) as local:
            job = local.wait(local.job([f"key-{at}" for at in range(400)]), "Complete")
        function.shutdown()
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 400
    assert function.most == 20
    assert function.functions == {
        f"/2015-03-31/functions/{FUNCTION.replace(':', '%3A')}/invocations"
    }
