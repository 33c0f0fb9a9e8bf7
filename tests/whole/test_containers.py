"""A whole job whose tasks run in containers: the local job service in front of `sam local`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from typing import TYPE_CHECKING

import boto3
import pytest

import batch_events
import containers
import local_jobs
import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"
JOBS_BUCKET = "jobs-bucket"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _engine() -> None:
    containers.skip_without_engine()


@pytest.fixture
def endpoint() -> Iterator[str]:
    with batch_events.local_s3(containers.BRIDGE) as url:
        batch_events.seed(url)
        boto3.client("s3", endpoint_url=url).create_bucket(Bucket=JOBS_BUCKET)
        yield url


@contextlib.contextmanager
def start_lambda(project: Path, endpoint: str, folder: Path) -> Iterator[str]:
    """Run `sam local start-lambda` on the built project; give its URL."""
    url = endpoint.replace(containers.BRIDGE, "host.docker.internal")
    variables = folder / "env.json"
    variables.write_text(json.dumps({"Function": batch_events.environment(url)}))
    port = processes.free_port()
    command = ["sam", "local", "start-lambda", "--port", str(port), "--env-vars", str(variables)]
    command += ["--warm-containers", "LAZY", *containers.SAM_OPTIONS]
    with (
        (folder / "start-lambda.log").open("wb") as log,
        subprocess.Popen(command, cwd=project, env=os.environ, stdout=log, stderr=log) as process,
    ):
        try:
            processes.wait_for_port(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # SAM removes its containers


def test_a_whole_job_runs_in_containers(built_project: Path, endpoint: str, tmp_path: Path) -> None:
    manifest = tmp_path / "objects.csv"
    keys = ("photos/one.jpg", "photos/two.jpg", "a%20b%2Bc%252B.txt", "missing")
    manifest.write_text("".join(f"{SOURCE},{key}\n" for key in keys))
    with start_lambda(built_project, endpoint, tmp_path) as url:
        options = ["--s3-endpoint", endpoint, "--lambda-endpoint", url]
        options += ["--lambda-function", "Function", "--concurrency", "2"]
        with local_jobs.running(built_project, *options, environment={}) as variables:
            said = local_jobs.submit(
                built_project,
                variables | {"JOBS_BUCKET": JOBS_BUCKET},
                manifest,
                "--json",
                "--no-confirmation",
            )
            job = local_jobs.wait(local_jobs.client(variables), json.loads(said)["jobId"])
    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 3
    assert job["ProgressSummary"]["NumberOfTasksFailed"] == 1
    copy = boto3.client("s3", endpoint_url=endpoint).get_object(
        Bucket=DESTINATION, Key="copies/a b+c%2B.txt"
    )
    assert copy["Body"].read() == b"a space, a plus and a percent sign\n"
