"""The template's events, their expected responses, and local S3s to answer them on."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

EVENTS = Path(__file__).resolve().parents[2] / "{{cookiecutter.project_slug}}" / "events"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in EVENTS.glob("*.expected.json"))


def request(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def expected(name: str) -> dict[str, Any]:
    response: dict[str, Any] = json.loads((EVENTS / f"{name}.expected.json").read_text())
    return response


def environment(endpoint: str) -> dict[str, str]:
    """Return the function's variables under which the expected responses hold."""
    variables: dict[str, str] = json.loads((EVENTS / "env.json").read_text())["Function"]
    return variables | {"AWS_ENDPOINT_URL_S3": endpoint}


def seed(endpoint: str) -> str:
    """Fill the S3 at `endpoint`; return the id of the old version of versioned.txt."""
    version: str = _seed_module().seed(endpoint)
    return version


@contextlib.contextmanager
def local_s3(address: str = "127.0.0.1") -> Iterator[str]:
    """Run moto's server on a free port of `address`; give its URL."""
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _seed_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seed", EVENTS / "seed.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
