"""events/*.json: each request, answered by the whole function on a seeded local S3."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
import requests
from moto import mock_aws

import app
import settings
import task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from mypy_boto3_s3 import S3Client

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
def client() -> S3Client:
    return boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def s3(seed: ModuleType, client: S3Client) -> Iterator[S3Client]:
    """S3 with the objects that the events name, their version ids the same every time."""
    with mock_aws():
        requests.post("http://motoapi.amazonaws.com/moto-api/seed?a=1", timeout=1)
        seed.fill(client)
        yield client


def test_there_are_requests() -> None:
    names = {path.stem for path in REQUESTS}
    assert {"schema-1.0", "schema-2.0", "versioned", "null-version", "json-row"} <= names


@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: path.stem)
def test_every_request_gets_its_expected_response(
    request_file: Path, s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = json.loads((EVENTS / "env.json").read_text())["Function"]
    monkeypatch.setattr(task, "SETTINGS", settings.read(variables))
    monkeypatch.setattr(task, "S3", s3)
    expected = json.loads(request_file.with_suffix(".expected.json").read_text())
    assert app.lambda_handler(json.loads(request_file.read_text()), Context()) == expected


@pytest.mark.parametrize("url", ["", "https://s3.amazonaws.com", "http://10.0.0.1:9000"])
def test_the_seed_never_touches_anything_but_a_local_s3(
    seed: ModuleType, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    assert seed.main() == 2
    assert repr(url) in capsys.readouterr().err


def test_a_local_s3_that_is_not_there_is_one_sentence(
    seed: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_endpoint: str) -> str:
        raise ConnectionRefusedError

    monkeypatch.setattr(seed, "seed", refused)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5000")
    assert seed.main() == 2
    assert capsys.readouterr().err.startswith("No S3 answers at 'http://127.0.0.1:5000'")
