"""From the start of a new Lambda runtime to its first answer, beside AWS's documentation.

    python bench/cold_start.py

The real runtime emulator and the real runtime client, a new process each time, an S3 that answers
at once. The two alternate; the median of the paired ratios counts.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "whole")]

import no_aws  # noqa: E402 found beside this file
from handler import EVENT  # noqa: E402
from runtime_emulator import emulated, invoke  # noqa: E402 found in tests/whole/

PAIRS = 25
LIMIT = 1.1
COPIED = (
    b'<?xml version="1.0" encoding="UTF-8"?><CopyObjectResult><ETag>&quot;fe66c3&quot;</ETag>'
    b"<LastModified>2026-11-23T00:00:00.000Z</LastModified></CopyObjectResult>"
)


class S3(BaseHTTPRequestHandler):
    """Does nothing, and answers each request at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
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


def seconds_to_first_answer(function: Path, handler: str, endpoint: str, folder: Path) -> float:
    """Start the runtime on `function`, send one event; return the seconds until its answer."""
    variables = {
        "AWS_ENDPOINT_URL_S3": endpoint,
        **no_aws.ENVIRONMENT,
        "DESTINATION_BUCKET": "amzn-s3-demo-destination-bucket",
    }
    with emulated(function, variables, folder / "log", handler) as url:
        started = time.perf_counter()  # the emulator starts the runtime on the first event
        answer = invoke(url, EVENT)
        seconds = time.perf_counter() - started
    if answer.get("results", [{}])[0].get("resultCode") != "Succeeded":
        raise SystemExit(f"{handler} answered {answer}")
    return seconds


def main() -> None:
    """Measure in pairs; print medians and the median ratio."""
    source = ROOT / "{{cookiecutter.project_slug}}" / "src"
    peers = ("copy_example.lambda_handler", "marker_example.lambda_handler")
    with (
        tempfile.TemporaryDirectory() as name,
        ThreadingHTTPServer(("127.0.0.1", 0), S3) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folder, endpoint = Path(name), f"http://127.0.0.1:{server.server_port}"
        ours = Path(shutil.copytree(source, folder / "src"))
        theirs = Path(shutil.copytree(Path(__file__).parent / "documentation", folder / "doc"))
        rows = []
        for _ in range(PAIRS):
            first = seconds_to_first_answer(ours, "app.lambda_handler", endpoint, folder)
            rows.append(
                [first, *(seconds_to_first_answer(theirs, p, endpoint, folder) for p in peers)]
            )
        server.shutdown()
    print(f"{'cold start to first answer':42} {'ms':>6} {'ratio':>6}")
    for column, label in enumerate(("this template", *peers)):
        median = statistics.median(row[column] for row in rows)
        ratio = statistics.median(row[0] / row[column] for row in rows)
        print(f"{label:42} {median * 1000:6.0f} {ratio:6.2f}")
    print(f"The aim is at most {LIMIT}. Ratio: this template to the peer, median of {PAIRS} pairs.")


if __name__ == "__main__":
    main()
