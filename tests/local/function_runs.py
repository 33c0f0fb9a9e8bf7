"""Runs handlers in environments of their own, for the tests of these; loads no more than that."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.local.functions.environment import Setup
from jobs.local.functions.environments import Environments
from jobs.local.functions.forking import ForkServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.local.functions.processes import Starter

TEMPLATE = Path(__file__).resolve().parents[2] / "{{cookiecutter.project_slug}}"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:copy:7"


class Function(Environments):
    """Environments that can be called with plain values, and remember what was said and logged."""

    def __init__(self, starter: Starter, setup: Setup) -> None:
        self.lines: list[str] = []
        self.said: list[str] = []
        super().__init__(
            starter,
            setup,
            lambda line: self.lines.append(line.decode()),
            self.said.append,
        )

    def answer(self, value: object = None) -> Any:
        answer = self(ARN, json.dumps(value).encode())
        assert not answer.is_function_error, answer
        return json.loads(answer.payload)

    def error(self, value: object = None) -> dict[str, Any]:
        answer = self(ARN, json.dumps(value).encode())
        assert answer.is_function_error
        whole: dict[str, Any] = json.loads(answer.payload)
        return whole


@contextmanager
def running(
    source: Path, handler: str, timeout: float = 60.0, starter: Starter | None = None
) -> Iterator[Function]:
    used = starter or ForkServer()
    setup = Setup(f"handlers.{handler}", timeout, "INFO", str(source), str(TEMPLATE))
    used.configure(setup, {**os.environ, "SEEN": "yes"})
    function = Function(used, setup)
    try:
        yield function
    finally:
        function.close()
