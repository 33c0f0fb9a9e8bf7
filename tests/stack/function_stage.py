"""Plays a scenario: the real handler, the variables of the template, the role's statements."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import s3copy
from fakes3 import GIB, Bucket, Store
from fakes3.checks import error
from function_scenarios import SCENARIOS, Scenario, Setting
from guarded import Guard, World
from s3_actions import DIRECTORY
from s3copy import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pytest

    from iam import Statement
    from transformed import Stack


@dataclass(slots=True)
class Stage:
    """Plays scenarios on one variant of the stack.

    Attributes:
        changed: variables that are literals in the template, and that its owner may change there.
    """

    stack: Stack
    guard: Guard
    monkeypatch: pytest.MonkeyPatch
    changed: Mapping[str, str] = field(default_factory=dict)
    handler: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        for name, value in {**self.stack.environment, **self.changed}.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr(s3copy, "client", lambda _options: self.guard.client)
        for module in ("settings", "task", "app"):
            self.monkeypatch.delitem(sys.modules, module, raising=False)
        self.handler = importlib.import_module("app").lambda_handler

    def scenarios(self) -> dict[str, Scenario]:
        """Return the scenarios that fit the variant, by name."""
        values, has_directory = self.stack.values, self._has_directory()
        return {
            name: scenario
            for name, scenario in SCENARIOS.items()
            if scenario.fits(values) and (scenario.in_directories or not has_directory)
        }

    def settings(self) -> Iterator[Setting]:
        """Yield every pair of buckets between which the variant may copy."""
        values = self.stack.values
        further = values["FurtherDestinationBuckets"].split(",")
        arns = [f"arn:aws:s3:::{values['DestinationBucket']}", *filter(None, further)]
        for bucket in (arn.rpartition(":")[2] for arn in arns):
            key = f"{values['SourcePrefix']}dir/a b.txt"
            yield Setting(values["SourceBucket"], bucket, key, values["DestinationPrefix"] + key)

    def plays(self, scenario: Scenario, setting: Setting, role: Sequence[Statement]) -> World:
        """Run the scenario under these statements and return the world that it leaves.

        Raises:
            AssertionError: the handler answered something else, left an upload open, or lost what
                the source was described with.
        """
        # A checksum of parts is real: then one byte is one byte.
        world = self._world(setting, role, 1 if scenario.cut else GIB)
        version_id = scenario.seed(world.store, setting, self._written_as())
        if scenario.fails:
            world.before = _failing(scenario.fails)
        requests.versioning.cache_clear()
        requests.look_into.cache_clear()
        self.guard.world = world
        try:
            event = _event(
                setting, version_id, self._row(setting), scenario.asks(self.stack.values)
            )
            answer = self.handler(event, _context())
        finally:
            self.guard.world = None
        (result,) = answer["results"]
        assert result["resultCode"] == scenario.code, result["resultString"]
        assert scenario.says in result["resultString"]
        assert not world.store.uploads, "an upload was left open"
        if scenario.code == "Succeeded" and not scenario.missing and not self._has_directory():
            there = world.store.current(setting.target, setting.new_key)
            assert there is not None
            assert {"tags": there.tags, "annotations": there.annotations} == scenario.described
        return world

    def _written_as(self) -> dict[str, str]:
        """Return what the variant sets for its copies."""
        key = self.stack.values["DestinationKmsKeyArn"]
        storage_class = self.changed.get("STORAGE_CLASS", "STANDARD")
        by_kms = {"sse": "aws:kms", "kms_key": key} if key else {}
        return {**by_kms, "storage_class": storage_class}

    def _has_directory(self) -> bool:
        values = self.stack.values
        return any(
            values[each].endswith(DIRECTORY) for each in ("SourceBucket", "DestinationBucket")
        )

    def _world(self, setting: Setting, role: Sequence[Statement], scale: int) -> World:
        values = self.stack.values
        store = Store(scale=scale)
        keys = {
            setting.source: values["SourceKmsKeyArn"],
            setting.target: values["DestinationKmsKeyArn"],
        }
        for name, key in keys.items():
            store.add_bucket(Bucket(name, kms=bool(key)))
        return World(role, store, {name: key for name, key in keys.items() if key})

    def _row(self, setting: Setting) -> str:
        """Return the key field of the manifest: only a JSON row can name another bucket."""
        if setting.target == self.stack.values["DestinationBucket"]:
            return setting.key
        return f'{{"origKey": "{setting.key}", "newBucket": "{setting.target}"}}'


def _event(
    setting: Setting, version_id: str | None, row: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    task = {
        "taskId": "task",
        "s3Key": quote_plus(row, safe="/"),
        "s3VersionId": version_id,
        "s3Bucket": setting.source,
    }
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": "invocation",
        "job": {"id": "job", "userArguments": arguments},
        "tasks": [task],
    }


def _context() -> Any:
    return SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000, aws_request_id="request")


def _failing(failing: str) -> Callable[[str], None]:
    def fail(operation: str) -> None:
        if operation == failing:
            raise error(operation, 503, "SlowDown")

    return fail
