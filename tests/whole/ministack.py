"""An AWS of this machine: ministack, which runs CloudFormation stacks and their functions."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "123456789012"
PATIENCE = 30.0  # seconds until it answers; it needs less than one


@contextlib.contextmanager
def running(python: Path, folder: Path) -> Iterator[str]:
    """Run ministack with `python` and its files in `folder`; give its URL.

    Functions run under the interpreter that ministack itself runs under.
    """
    port = free_port()
    settings = {
        "BIND_HOST": "127.0.0.1",  # without it, it listens to the whole network
        "DOCKER_HOST": "unix:///nonexistent",  # functions run as processes, not in containers
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
        "TMPDIR": str(folder),
    }
    with (
        (folder / "ministack.log").open("wb") as log,
        subprocess.Popen(
            [python.parent / "ministack"],
            cwd=folder,
            env=os.environ | settings,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.05)
    raise TimeoutError(f"ministack does not answer on port {port}")
