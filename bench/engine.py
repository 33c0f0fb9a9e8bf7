"""The local job service's own cost: per task, with the size of the job, in memory.

    python bench/engine.py

Each job runs in a process of its own, with a handler that does nothing and an S3 of plain files, so
that time and memory are the engine's. CPU time is compared, not wall time: other work on the
machine does not count. The yardstick runs in the same process: `json.loads` + `json.dumps` of one
event and one response.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.response import StreamingBody

PROJECT = Path(__file__).resolve().parents[1] / "{{cookiecutter.project_slug}}"
sys.path.insert(0, str(PROJECT))

from jobs.formats import manifest, report  # noqa: E402 - found by the path above
from jobs.local.engine.choices import Choices  # noqa: E402
from jobs.local.engine.engine import Engine  # noqa: E402
from jobs.local.functions.in_process import in_process  # noqa: E402

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from mypy_boto3_s3 import S3Client

    from jobs.local.functions.invoke import Target

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 3
JSON_CALLS = 20_000

LIMIT_OVERHEAD = 10.0
LIMIT_MEMORY = 1.2
LIMIT_LINEAR = 1.2

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
        self._path = path

    def get_object(self, **_: object) -> dict[str, Any]:
        body = StreamingBody(self._path.open("rb"), self._path.stat().st_size)
        return {"Body": body, "ETag": '"etag"'}

    def get_object_lock_configuration(self, **_: object) -> dict[str, Any]:
        return {"ObjectLockConfiguration": {}}

    def put_object(self, Body: bytes | IO[bytes], **_: object) -> dict[str, str]:  # noqa: N803 - S3's
        data = io.BytesIO(Body) if isinstance(Body, bytes) else Body
        while data.read(1 << 20):
            pass
        return {"ETag": '"etag"'}


def request() -> dict[str, Any]:
    """Return the CreateJob request."""
    return {
        "ClientRequestToken": "token",
        "Priority": 1,
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "ConfirmationRequired": False,
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:7",
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
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
