"""events/*.json: each request, answered by the whole function on a seeded local S3."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto.server import ThreadedMotoServer

import app
import settings
import task

EVENTS = Path(__file__).resolve().parents[1] / "events"
REQUESTS = sorted(
    path
    for path in EVENTS.glob("*.json")
    if path.name != "env.json" and not path.name.endswith(".expected.json")
)


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture(scope="module")
def seed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("seed", EVENTS / "seed.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_there_are_requests() -> None:
    names = {path.stem for path in REQUESTS}
    assert {"schema-1.0", "schema-2.0", "versioned", "null-version", "json-row"} <= names


@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: path.stem)
def test_every_request_gets_its_expected_response(
    request_file: Path, seed: ModuleType, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed.seed(endpoint)
    variables = json.loads((EVENTS / "env.json").read_text())["Function"]
    monkeypatch.setattr(task, "SETTINGS", settings.read(variables))
    monkeypatch.setattr(task, "S3", boto3.client("s3", endpoint_url=endpoint))
    expected = json.loads(request_file.with_suffix(".expected.json").read_text())
    assert app.lambda_handler(json.loads(request_file.read_text()), Context()) == expected


@pytest.mark.parametrize("url", ["", "https://s3.amazonaws.com", "http://10.0.0.1:9000"])
def test_the_seed_never_touches_anything_but_a_local_s3(
    seed: ModuleType, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    assert seed.main() == 2
    assert repr(url) in capsys.readouterr().err
