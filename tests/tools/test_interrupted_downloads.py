"""Ctrl-C while a manifest, an inventory or a report is fetched ends the verb at once."""

from __future__ import annotations

import hashlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import inventories
from conftest import TEMPLATE
from jobs.formats import report
from jobs.formats.report import File

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ETAG = hashlib.md5(b"").hexdigest()  # noqa: S324 - any
REPORT = [
    File(status, "jobs", f"r/job-12345/results/{status}.csv", ETAG) for status in report.STATUSES
]
WHOLE = {
    "/jobs/r/job-12345/manifest.json": report.document(REPORT, 0.0),
    "/jobs/inventory/manifest.json": inventories.document(),
}


class Silent(http.server.ThreadingHTTPServer):
    """An S3 that sends small documents, and of everything else the beginning only."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.is_sending, self.is_over = threading.Event(), threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Silent

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        body = self._begin()
        self.wfile.write(body or b"photos,a\n")
        if body is None:
            self.server.is_sending.set()
            self.server.is_over.wait(60)

    def _begin(self) -> bytes | None:
        body = WHOLE.get(self.path.partition("?")[0])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if body else 50_000_000))
        self.send_header("ETag", f'"{ETAG}"')
        self.end_headers()
        return body

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Silent]:
    with Silent() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.is_over.set()
        running.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize(
    "words",
    [
        ["report", "s3://jobs/r/job-12345/manifest.json"],
        ["check", "s3://jobs/manifests/m.csv"],
        ["check", "s3://jobs/inventory/manifest.json"],
    ],
    ids=["report", "manifest", "inventory"],
)
def test_ctrl_c_ends_a_download_at_once_and_leaves_nothing(
    server: Silent, tmp_path: Path, words: list[str]
) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    environment = os.environ | {"AWS_ENDPOINT_URL_S3": url, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "jobs", *words]
    with subprocess.Popen(
        command, cwd=TEMPLATE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert server.is_sending.wait(60)
        running.send_signal(signal.SIGINT)
        told, said = running.communicate(timeout=30)
    assert (running.returncode, told, said) == (130, b"", b"Aborted!\n")
    assert list(tmp_path.iterdir()) == []
