"""Every event by real `sam local invoke`, in a container, against a local S3."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import batch_events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BRIDGE = "172.17.0.1"
"""Where containers reach this machine: the address of Docker's default bridge."""

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _docker() -> None:
    if not shutil.which("docker"):
        pytest.skip("no docker command: sam local invoke needs a container engine")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers: sam local invoke needs one")
    inspected = ["docker", "image", "inspect", IMAGE]
    if subprocess.run(inspected, capture_output=True, check=False).returncode:
        pytest.skip(f"the image {IMAGE} is not here: pull it first")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with batch_events.local_s3(BRIDGE) as url:
        yield url


@pytest.mark.parametrize("name", batch_events.NAMES)
def test_sam_local_invoke_answers_as_expected(
    name: str, endpoint: str, built_project: Path, tmp_path: Path
) -> None:
    batch_events.seed(endpoint)
    url = endpoint.replace(BRIDGE, "host.docker.internal")
    variables = tmp_path / "env.json"
    variables.write_text(json.dumps({"Function": batch_events.environment(url)}))
    command = ["sam", "local", "invoke", "--skip-pull-image", "--env-vars", str(variables)]
    command += ["--event", f"events/{name}.json", "--add-host", f"host.docker.internal:{BRIDGE}"]
    run = subprocess.run(
        command, cwd=built_project, env=os.environ, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == batch_events.expected(name)
