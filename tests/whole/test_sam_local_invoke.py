"""Every event by real `sam local invoke`, in a container, against a local S3."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

import batch_events
import containers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    containers.skip_without_engine()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with batch_events.local_s3(containers.BRIDGE) as url:
        yield url


@pytest.mark.parametrize("name", batch_events.NAMES)
def test_sam_local_invoke_answers_as_expected(
    name: str, endpoint: str, built_project: Path, tmp_path: Path
) -> None:
    batch_events.seed(endpoint)
    url = endpoint.replace(containers.BRIDGE, "host.docker.internal")
    variables = tmp_path / "env.json"
    variables.write_text(json.dumps({"Function": batch_events.environment(url)}))
    command = ["sam", "local", "invoke", "--event", f"events/{name}.json"]
    command += ["--env-vars", str(variables), *containers.SAM_OPTIONS]
    run = subprocess.run(
        command, cwd=built_project, env=os.environ, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == batch_events.expected(name)
