"""An S3 that nobody here wrote, on this machine: SeaweedFS, which holds S3's conditions."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0  # seconds until it answers; it needs about four
HOST = "127.0.0.1"
PARTS = ("master", "volume", "filer", "s3")


@contextlib.contextmanager
def running(python: Path, folder: Path) -> Iterator[str]:
    """Run the SeaweedFS that is installed beside `python`, its files in `folder`; give its URL."""
    ports = _free_ports(2 * len(PARTS))
    names = [f"-{part}.port{kind}" for part in PARTS for kind in ("", ".grpc")]
    listening = [f"{name}={port}" for name, port in zip(names, ports, strict=True)]
    s3_port = dict(zip(names, ports, strict=True))["-s3.port"]
    options = (
        f"-dir={folder}",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        "-master.telemetry=false",  # it would call its makers
        "-s3",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=100",
    )
    with (
        (folder / "weed.log").open("wb") as log,
        subprocess.Popen(
            [python.parent / "weed", "server", *options, *listening],
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder)},  # keys of AWS would become its own
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            url = f"http://{HOST}:{s3_port}"
            _wait_for(url, process)
            yield url
        finally:
            process.kill()  # it takes its time to end, and nothing of it is kept
            for port in ports:
                for socket_file in Path("/tmp").glob(  # noqa: S108
                    f"seaweedfs-*-{port}.sock"
                ):
                    socket_file.unlink()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it lists its buckets: the port is there before the filer behind it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
            return
        time.sleep(0.05)
    raise TimeoutError(f"SeaweedFS does not answer at {url}: see weed.log")
