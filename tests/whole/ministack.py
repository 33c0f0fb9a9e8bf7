"""An AWS of this machine: ministack, which runs CloudFormation stacks and their functions."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "123456789012"


@contextlib.contextmanager
def running(python: Path, folder: Path) -> Iterator[str]:
    """Run ministack with `python` and its files in `folder`; give its URL.

    Functions run under the interpreter that ministack itself runs under.
    """
    port = processes.free_port()
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
            processes.wait_for_port(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
