"""How many invocations the local job service keeps in flight, of those that are wanted.

A Lambda endpoint in a process of its own holds each invocation and counts them.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from engine import no_op, run, say, write_manifest
from jobs.local.engine.choices import Choices
from jobs.local.functions.endpoint import endpoint

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from jobs.local.functions.invoke import Answer, Target

HOLD_SECONDS = 0.2
IN_FLIGHT = (8, 32, 64)
WAVES = 20
LIMIT = 0.9


class Held(BaseHTTPRequestHandler):
    """An Invoke endpoint that holds each invocation and counts those in flight."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    now = most = 0

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        with Held.lock:
            Held.now += 1
            Held.most = max(Held.most, Held.now)
        time.sleep(HOLD_SECONDS)
        with Held.lock:
            Held.now -= 1
        answer = json.dumps(no_op(json.loads(payload), None)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


class Server(ThreadingHTTPServer):
    """Takes a burst of connections."""

    daemon_threads = True
    request_queue_size = 256


def serve(results: Connection) -> None:
    """Serve until told to stop; send the port first and the most invocations in flight last."""
    with Server(("127.0.0.1", 0), Held) as server:
        threading.Thread(target=server.serve_forever).start()
        results.send(server.server_port)
        results.recv()
        server.shutdown()
    results.send(Held.most)


def measured(folder: Path, wanted: int) -> tuple[int, float]:
    """Return the most invocations in flight, and the mean as a share of those wanted."""
    count = wanted * WAVES
    write_manifest(folder / "flight.csv", count)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,))
    process.start()
    config = Config(max_pool_connections=wanted, retries={"total_max_attempts": 1})
    client = boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{ours.recv()}",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - a server of our own takes any
        config=config,
    )
    calls: list[tuple[float, float]] = []
    target = timed(endpoint(client), calls)
    run(folder / "flight.csv", target, Choices(concurrency=wanted))
    ours.send("stop")
    most: int = ours.recv()
    process.join()
    elapsed = max(end for _, end in calls) - min(start for start, _ in calls)
    return most, sum(end - start for start, end in calls) / elapsed / wanted


def timed(target: Target, calls: list[tuple[float, float]]) -> Target:
    """Return a target that also notes when each call began and ended."""

    def call(arn: str, payload: bytes) -> Answer:
        started = time.monotonic()
        answer = target(arn, payload)
        calls.append((started, time.monotonic()))
        return answer

    return call


def main() -> None:
    """Measure each, and exit with 1 if a limit is missed."""
    kept = []
    with tempfile.TemporaryDirectory() as temporary:
        for wanted in IN_FLIGHT:
            most, share = measured(Path(temporary), wanted)
            what = f"{wanted} invocations wanted, {most} at most; mean share in flight"
            kept += [most == wanted, say(what, share, LIMIT, at_least=True)]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
