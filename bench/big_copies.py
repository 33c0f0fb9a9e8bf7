"""Wall time of copies in parts, S3 taking one second for each part, beside boto3's `client.copy`.

    python bench/big_copies.py

The fake S3 of tests/function/fakes3 answers over HTTP from a process of its own. The ideal is whole
waves: ceil(parts / in flight) x 1 s. `client.copy` at its defaults (8 MiB parts, doubled until
10,000 suffice, 10 in flight) would take ten minutes: it copies one fiftieth of the object in parts
of that size, and the time and the parts are multiplied.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [
    str(ROOT / "tests" / "function"),
    str(ROOT / "{{cookiecutter.project_slug}}" / "src"),
]

from boto3.s3.transfer import TransferConfig  # noqa: E402

import no_aws  # noqa: E402 beside this file
import s3copy  # noqa: E402 from the template
from fakes3 import Bucket, Store  # noqa: E402 from tests/function/
from fakes3.server import Server  # noqa: E402
from s3copy.part_plan import MOST_IN_FLIGHT, plan  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

MIB = 1024**2
SIZE = 95_367 * MIB  # 100 GB
SLICE = 50  # of which the default client.copy copies one
PART_SECONDS = 1.0
LIMIT = 1.15


def serve(pipe: Connection) -> None:
    """Serve the object and its fiftieth until the pipe closes; answer with what was counted."""
    store = Store(scale=MIB)
    store.add_bucket(Bucket("from"))
    store.add_bucket(Bucket("to"))
    store.put_body("from", "whole", b"x" * (SIZE // MIB))
    store.put_body("from", "slice", b"x" * (SIZE // MIB // SLICE))
    with Server(store, {"UploadPartCopy": PART_SECONDS}) as server:
        pipe.send(server.url)
        while pipe.recv():
            pipe.send((server.seen.total(), server.seen["UploadPartCopy"]))
            server.seen.clear()


def ours() -> None:
    """Copy with this template at its defaults."""
    options = s3copy.Options(overwrite="always")
    source, target = s3copy.Source("from", "whole"), s3copy.Target("to", "ours")
    s3copy.copy(s3copy.client(options), source, target, options, time.monotonic() + 900)


def default() -> None:
    """Copy a fiftieth with client.copy, in the parts that it takes for the whole."""
    managed("slice", TransferConfig(multipart_chunksize=16 * MIB))


def tuned() -> None:
    """Copy with client.copy in the parts and the concurrency that this template plans."""
    part = plan(SIZE, 830).part_size
    settings = TransferConfig(multipart_chunksize=part, max_concurrency=MOST_IN_FLIGHT)
    managed("whole", settings)


def managed(key: str, settings: TransferConfig) -> None:
    """Run client.copy on the same client, whose pool of connections does not hold it up."""
    client = s3copy.client(s3copy.Options())
    client.copy({"Bucket": "from", "Key": key}, "to", f"copy of {key}", Config=settings)


PEERS: dict[str, tuple[Callable[[], None], int, int]] = {  # run, times, in flight
    "this template": (ours, 1, MOST_IN_FLIGHT),
    "client.copy, tuned": (tuned, 1, MOST_IN_FLIGHT),
    "client.copy, defaults (1/50 x 50)": (default, SLICE, 10),
}


def measure(name: str, pipe: Connection) -> float:
    """Run one peer, print its row, and return wall time over its own ideal."""
    run, times, in_flight = PEERS[name]
    started = time.perf_counter()
    run()
    seconds = time.perf_counter() - started
    pipe.send(True)  # noqa: FBT003 go on
    requests, parts = map(int, pipe.recv())
    ideal = math.ceil(parts / in_flight) * PART_SECONDS
    counted = f"{requests * times:9,}{parts * times:8,}{in_flight:10}"
    print(f"{name:36}{counted}{ideal * times:9.1f}{seconds * times:9.1f}{seconds / ideal:8.2f}")
    return seconds / ideal


def main() -> None:
    """Print wall time, requests and the ratio to the ideal of each; fail beyond the limit."""
    os.environ |= no_aws.ENVIRONMENT
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,))
    server.start()
    os.environ["AWS_ENDPOINT_URL_S3"] = here.recv()
    s3copy.client(s3copy.Options())  # built once a process, before the first object
    columns = f"{'requests':>9}{'parts':>8}{'in flight':>10}{'ideal s':>9}{'wall s':>9}{'ratio':>8}"
    print(f"{'100 GB, 1 s a part':36}{columns}")
    try:
        ratios = [measure(name, here) for name in PEERS]
    finally:
        here.send(False)  # noqa: FBT003 stop
        server.join()
    print(f"The aim is at most {LIMIT} of the ideal.")
    if ratios[0] > LIMIT:
        raise SystemExit(f"this template took {ratios[0]:.2f} of the ideal")


if __name__ == "__main__":
    main()
