"""The Lambda runtime's own emulator and client, on a folder that `sam build` made."""

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
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import samcli

from processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
EMULATOR = Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{ARCHITECTURE}"
PATH = "/2015-03-31/functions/function/invocations"


@contextlib.contextmanager
def emulated(
    function: Path, environment: dict[str, str], log: Path, handler: str = "app.lambda_handler"
) -> Iterator[str]:
    """Run the function in `function` as Lambda's runtime does; give the URL to post events to."""
    # SAM ships the emulator without the right to run it, in a folder that may not be ours.
    emulator = log.with_name("emulator")
    shutil.copyfile(EMULATOR, emulator)
    emulator.chmod(0o755)
    address = f"127.0.0.1:{free_port()}"
    command = [str(emulator), "--runtime-interface-emulator-address", address]
    command += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
    command += [sys.executable, "-m", "awslambdaric", handler]
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
