"""Wall time for each copied object on a warm function, S3 answering after 30 ms.

    python bench/copied_object.py

Beside the copy example of AWS's documentation with its client made once: made for each task, as
published, it is slower. The two alternate; medians are compared.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import boto3

import no_aws
from handler import EVENT, Context
from stub_s3 import serve

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).resolve().parents[1]
COPIES = 200
LIMIT = 1.05


def main() -> None:
    """Measure alternating copies; print medians and the ratio."""
    sys.path[:0] = [str(ROOT / "{{cookiecutter.project_slug}}" / "src")]
    with serve(0.030) as endpoint:
        os.environ |= {**no_aws.ENVIRONMENT, "AWS_ENDPOINT_URL_S3": endpoint}
        os.environ["DESTINATION_BUCKET"] = "amzn-s3-demo-destination-bucket"
        import app
        from documentation import copy_example

        client = boto3.client("s3")

        def made_before(_name: str) -> S3Client:
            return client

        mock.patch.object(boto3, "client", made_before).start()
        measured = {
            "this template": app.lambda_handler,
            "documentation": copy_example.lambda_handler,
        }
        times: dict[str, list[float]] = {name: [] for name in measured}
        terminal, sys.stdout = sys.stdout, Path(os.devnull).open("w")  # noqa: SIM115 until the end
        for _ in range(COPIES):
            for name, handler in measured.items():
                started = time.perf_counter()
                handler(EVENT, Context())
                times[name].append(time.perf_counter() - started)
        sys.stdout = terminal
    ours = statistics.median(times["this template"])
    print(f"{'a copied object, 30 ms a request':34} {'ms':>7} {'ratio':>6}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:34} {median * 1000:7.2f} {ours / median:6.3f}")
    print(f"The aim is at most {LIMIT}.")


if __name__ == "__main__":
    main()
