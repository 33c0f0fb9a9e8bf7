"""Every event on the built function under the Lambda runtime's own emulator and client."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import samcli

import batch_events

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
EMULATOR = Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{ARCHITECTURE}"
PATH = "/2015-03-31/functions/function/invocations"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def emulated(function: Path, environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run the function in `function` as Lambda's runtime does; give the URL to post events to."""
    # SAM ships the emulator without the right to run it, in a folder that may not be ours.
    emulator = log.with_name("emulator")
    shutil.copyfile(EMULATOR, emulator)
    emulator.chmod(0o755)
    address = f"127.0.0.1:{free_port()}"
    command = [str(emulator), "--runtime-interface-emulator-address", address]
    command += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
    command += [sys.executable, "-m", "awslambdaric", "app.lambda_handler"]
    variables = os.environ | environment | {"PYTHONPATH": str(function)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=function,
            env=variables,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for(address)
            yield f"http://{address}{PATH}"
        finally:
            process.terminate()


def wait_for(address: str) -> None:
    host, port = address.split(":")
    for _ in range(200):
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection((host, int(port))),
        ):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {address}")


def invoke(url: str, event: dict[str, Any]) -> Any:
    posted = urllib.request.Request(url, data=json.dumps(event).encode())  # noqa: S310 our own emulator
    with urllib.request.urlopen(posted, timeout=60) as answer:  # noqa: S310 our own emulator
        return json.load(answer)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with batch_events.local_s3() as url:
        yield url


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulator") / "log"


@pytest.fixture(scope="module")
def function(built: Path, endpoint: str, log: Path) -> Iterator[str]:
    with emulated(built, batch_events.environment(endpoint), log) as url:
        yield url


@pytest.mark.parametrize("name", batch_events.NAMES)
def test_the_built_function_answers_as_expected(name: str, function: str, endpoint: str) -> None:
    batch_events.seed(endpoint)
    assert invoke(function, batch_events.request(name)) == batch_events.expected(name)


def test_a_second_delivery_of_a_finished_task_succeeds(function: str, endpoint: str) -> None:
    batch_events.seed(endpoint)
    event = batch_events.request("schema-2.0")
    first, second = invoke(function, event), invoke(function, event)
    assert [r["results"][0]["resultCode"] for r in (first, second)] == ["Succeeded"] * 2


def test_each_task_leaves_one_json_line_in_the_log(function: str, endpoint: str, log: Path) -> None:
    batch_events.seed(endpoint)
    before = log.read_text()
    invoke(function, batch_events.request("two-tasks"))
    lines = [line for line in log.read_text()[len(before) :].splitlines() if line.startswith("{")]
    assert [json.loads(line)["resultCode"] for line in lines] == ["Succeeded", "PermanentFailure"]
