"""The local job service's own cost: per task, with the size of the job, in memory, in flight.

    python bench/engine.py

Each job runs in a process of its own, with a handler that does nothing and an S3 of plain files, so
that time and memory are the engine's. CPU time is compared, not wall time: other work on the
machine does not count. The yardstick runs in the same process: `json.loads` + `json.dumps` of one
event and one response. In flight: a Lambda endpoint in a process of its own holds each invocation.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

PROJECT = Path(__file__).resolve().parents[1] / "{{cookiecutter.project_slug}}"
sys.path.insert(0, str(PROJECT))

from jobs.formats import manifest, report  # noqa: E402 - found by the path above
from jobs.local.engine.choices import Choices  # noqa: E402
from jobs.local.engine.engine import Engine  # noqa: E402
from jobs.local.functions.endpoint import endpoint  # noqa: E402
from jobs.local.functions.in_process import in_process  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Answer, Target

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 3
JSON_CALLS = 20_000
HOLD_SECONDS = 0.2
IN_FLIGHT = (8, 32, 64)
WAVES = 20

LIMIT_OVERHEAD = 10.0
LIMIT_MEMORY = 1.2
LIMIT_LINEAR = 1.2
LIMIT_IN_FLIGHT = 0.9

EVENT = {
    "invocationSchemaVersion": "2.0",
    "invocationId": "fdab0966-ba51-4acf-8b5a-0356360021fb",
    "job": {"id": "80b210f9-00b8-47a3-85ac-9188b1d4aa76", "userArguments": {"operation": "copy"}},
    "tasks": [
        {
            "taskId": "task-000000000004",
            "s3Key": "photos/2026/00000004+x.jpg",
            "s3VersionId": None,
            "s3Bucket": "amzn-s3-demo-source-bucket",
        }
    ],
}


def no_op(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an event at once."""
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": event["invocationId"],
        "results": [
            {
                "taskId": event["tasks"][0]["taskId"],
                "resultCode": "Succeeded",
                "resultString": "Copied to s3://amzn-s3-demo-destination-bucket/photos/2026/x.jpg",
            }
        ],
    }


class Files:
    """An S3 that gives one file and takes whatever it is given: as little work as can be."""

    def __init__(self, path: Path) -> None:
        """Give this file."""
        self._path = path

    def get_object(self, **_: object) -> dict[str, Any]:
        """Return the file."""
        return {"Body": Body(self._path.open("rb")), "ETag": '"etag"'}

    def get_object_lock_configuration(self, **_: object) -> dict[str, Any]:
        """Say that nothing is locked."""
        return {"ObjectLockConfiguration": {}}

    def put_object(self, Body: bytes | IO[bytes], **_: object) -> dict[str, str]:  # noqa: N803 - S3's
        """Read what is given to its end."""
        data = io.BytesIO(Body) if isinstance(Body, bytes) else Body
        while data.read(1 << 20):
            pass
        return {"ETag": '"etag"'}


class Body:
    """A streaming body."""

    def __init__(self, file: IO[bytes]) -> None:
        """Stream this file."""
        self._file = file

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Yield the file in chunks."""
        with self._file:
            while chunk := self._file.read(size):
                yield chunk


def request(arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f:7") -> dict[str, Any]:
    """Return the CreateJob request."""
    return {
        "ClientRequestToken": "token",
        "Priority": 1,
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "ConfirmationRequired": False,
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": arn,
                "InvocationSchemaVersion": "2.0",
                "UserArguments": {"operation": "copy"},
            }
        },
        "Report": {
            "Enabled": True,
            "Bucket": "arn:aws:s3:::jobs",
            "Format": report.FORMAT,
            "ReportScope": "AllTasks",
        },
        "Manifest": {
            "Spec": {"Format": manifest.CSV_FORMAT, "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": "arn:aws:s3:::jobs/m.csv", "ETag": "etag"},
        },
    }


def write_manifest(path: Path, count: int) -> None:
    """Write a manifest of `count` keys that have something to encode."""
    rows = (
        manifest.row("amzn-s3-demo-source-bucket", f"photos/2026/{number:08d} x.jpg")
        for number in range(count)
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        manifest.write(rows, file)


def run(path: Path, target: Target, choices: Choices) -> None:
    """Run one job to its end."""
    with Engine(cast("S3Client", Files(path)), target, choices) as engine:
        job = engine.wait(engine.create_job(request()))
    if job["Status"] != "Complete" or job["ProgressSummary"]["NumberOfTasksFailed"]:
        raise SystemExit(f"the job is {job}")


def json_seconds() -> float:
    """Return the CPU seconds of the yardstick for one task."""
    response = no_op(EVENT, None)
    started = time.process_time()
    for _ in range(JSON_CALLS):
        json.loads(json.dumps(EVENT))
        json.loads(json.dumps(response))
    return (time.process_time() - started) / JSON_CALLS


def measure(path: Path, count: int, results: Connection) -> None:
    """Run in a process of its own: send (CPU seconds a task, of the yardstick, peak bytes)."""
    before = json_seconds()
    started = time.process_time()
    run(path, in_process(no_op), Choices(concurrency=16))
    seconds = (time.process_time() - started) / count
    yardstick = statistics.mean((before, json_seconds()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    results.send((seconds, yardstick, peak))


def apart(path: Path, count: int) -> tuple[float, float, int]:
    """Return what `measure` finds in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=measure, args=(path, count, theirs))
    process.start()
    found: tuple[float, float, int] = ours.recv()
    process.join()
    return found


class Held(BaseHTTPRequestHandler):
    """An Invoke endpoint that holds each invocation and counts those in flight."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    now = most = 0

    def do_POST(self) -> None:
        """Hold the invocation, then answer it."""
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

    def log_message(self, *_: object) -> None:
        """Be quiet."""


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


def in_flight(folder: Path, wanted: int) -> tuple[int, float]:
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


def say(what: str, figure: float, limit: float, *, at_least: bool = False) -> bool:
    """Print a ratio and its limit; return whether it is kept."""
    is_kept = figure >= limit if at_least else figure <= limit
    sign = ">=" if at_least else "<="
    print(f"{what:58} {figure:6.2f}  {sign} {limit:.1f}  {'ok' if is_kept else 'MISSED'}")
    return is_kept


def main() -> None:
    """Measure all and exit with 1 if a limit is missed; with --one N run one job of N tasks."""
    if sys.argv[1:2] == ["--one"]:
        path = Path("manifest-of-the-engine.csv")
        write_manifest(path, int(sys.argv[2]))
        run(path, in_process(no_op), Choices(concurrency=16))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for count in (SMALL, LARGE):
            write_manifest(folder / f"{count}.csv", count)
        small = [apart(folder / f"{SMALL}.csv", SMALL) for _ in range(ROUNDS)]
        large = apart(folder / f"{LARGE}.csv", LARGE)
        cost, yardstick, peak = (statistics.median(part) for part in zip(*small, strict=True))
        for count, seconds, memory in ((SMALL, cost, peak), (LARGE, large[0], large[2])):
            print(
                f"{count:>9,} tasks: {seconds * 1e6:.1f} us of CPU each, {memory / 2**20:.1f} MiB"
            )
        kept = [
            say(
                "a task, in json.loads + json.dumps of its messages",
                cost / yardstick,
                LIMIT_OVERHEAD,
            ),
            say("the same at 1,000,000 tasks", large[0] / large[1], LIMIT_OVERHEAD),
            say("a task at 1,000,000 to one at 10,000", large[0] / cost, LIMIT_LINEAR),
            say("peak memory at 1,000,000 to that at 10,000", large[2] / peak, LIMIT_MEMORY),
        ]
        for wanted in IN_FLIGHT:
            most, share = in_flight(folder, wanted)
            kept.append(most == wanted)
            what = f"{wanted} invocations wanted, {most} at most; mean share in flight"
            kept.append(say(what, share, LIMIT_IN_FLIGHT, at_least=True))
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
