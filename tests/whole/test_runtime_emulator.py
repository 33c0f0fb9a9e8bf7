"""Every event on the built function under the Lambda runtime's own emulator and client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import batch_events
from runtime_emulator import emulated, invoke

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
