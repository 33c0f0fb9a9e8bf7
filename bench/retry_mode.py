"""Which retry mode of botocore suits one warm function: S3 answers 503 to some of the requests.

    python bench/retry_mode.py

One process copies object after object, as one Lambda environment does; S3 answers after 10 ms, and
says SlowDown to a share of the requests, or to all of them for a second (a prefix that S3 is just
splitting). What counts: the tasks that are left to S3 Batch's own redrive, and the time of all.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [
    str(ROOT / "tests" / "function"),
    str(ROOT / "{{cookiecutter.project_slug}}" / "src"),
]

import boto3  # noqa: E402 after the paths
from botocore.config import Config  # noqa: E402

import no_aws  # noqa: E402 beside this file
import s3copy  # noqa: E402 from the template
from fakes3 import Bucket, Store  # noqa: E402 from tests/function/
from fakes3.checks import error  # noqa: E402
from fakes3.server import Server  # noqa: E402
from s3copy import s3_client  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES = 100
MODES = ("legacy", "standard", "adaptive")
SHARES = {"no 503": 0.0, "503 to 1 in 10": 0.1, "1 s of 503 only": 0.0}


def slow_down(share: float, until: float) -> Callable[..., Any]:
    """Return S3 that refuses a share of the requests, and all of them until that moment."""
    rng = random.Random(1)  # noqa: S311 - the same each time, no secret

    def around(operation: str, _given: dict[str, Any], send: Callable[[], Any]) -> object:
        if time.monotonic() < until or rng.random() < share:
            raise error(operation, 503, "SlowDown")
        return send()

    return around


def run(mode: str, name: str) -> tuple[float, int, int]:
    """Copy one object after another; return seconds, requests and tasks left to a redrive."""
    store = Store()
    store.add_bucket(Bucket("from"))
    store.add_bucket(Bucket("to"))
    store.put_body("from", "key", b"12345")
    random.seed(1)  # botocore draws its pauses from here
    retries: Any = {"mode": mode, "total_max_attempts": s3_client.ATTEMPTS}
    left = 0
    with Server(store, {"": 0.010}) as server:
        until = time.monotonic() + (1.0 if "1 s" in name else 0.0)
        server.client.around = slow_down(SHARES[name], until)
        client = boto3.client("s3", endpoint_url=server.url, config=Config(retries=retries))
        started = time.monotonic()
        for number in range(COPIES):
            target = s3copy.Target("to", str(number))
            source, deadline = s3copy.Source("from", "key"), time.monotonic() + 900
            try:
                s3copy.copy(client, source, target, s3copy.Options(), deadline)
            except s3copy.TryAgainError:
                left += 1
        seconds = time.monotonic() - started
        client.close()
        return seconds, server.seen.total(), left


def main() -> None:
    """Print one row for each share and mode."""
    os.environ |= no_aws.ENVIRONMENT
    print(f"{'copies, one after another':34}{'mode':>10}{'s':>8}{'requests':>10}{'left':>6}")
    for name in SHARES:
        for mode in MODES:
            seconds, requests, left = run(mode, name)
            print(f"{name:34}{mode:>10}{seconds:8.1f}{requests:10}{left:6}")


if __name__ == "__main__":
    main()
