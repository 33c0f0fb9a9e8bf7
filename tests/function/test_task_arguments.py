"""task: what a row, a job and the deployment say becomes one copy or rename."""

from collections import ChainMap
from dataclasses import replace
from typing import Any

import pytest

import s3copy
import settings
import task
from s3batch import Task

DEPLOYED = settings.read({"DESTINATION_BUCKET": "deployed", "DESTINATION_PREFIX": "copies/"})
RENAMING = replace(DEPLOYED, operation="rename", overwrite="always")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls that would have reached S3: (operation, source, target, overwrite)."""
    calls: list[tuple[Any, ...]] = []
    for operation in ("copy", "rename"):

        def act(  # the signature of s3copy.copy and s3copy.rename
            _s3: object,
            source: s3copy.Source,
            target: s3copy.Target,
            options: s3copy.Options,
            _deadline: float,
            operation: str = operation,
        ) -> str:
            calls.append((operation, source, target, options.overwrite))
            return "done"

        monkeypatch.setattr(s3copy, operation, act)
    monkeypatch.setattr(task, "SETTINGS", DEPLOYED)
    return calls


def a_task(row: dict[str, object] | None = None, **job: object) -> Task:
    return Task("t", "source", "a b.txt", None, ChainMap(row or {}, job), 900.0)


def refusal(row: dict[str, object] | None = None, **job: object) -> str:
    with pytest.raises(s3copy.RefusedError) as failure:
        task.run(a_task(row, **job))
    return str(failure.value)


SOURCE = s3copy.Source("source", "a b.txt", None)


@pytest.mark.parametrize(
    ("row", "job", "target"),
    [
        ({}, {}, ("deployed", "copies/a b.txt")),
        ({}, {"destinationBucket": "job"}, ("job", "copies/a b.txt")),
        ({}, {"destinationPrefix": "p/"}, ("deployed", "p/a b.txt")),
        ({}, {"destinationPrefix": ""}, ("deployed", "a b.txt")),
        ({}, {"destinationBucket": ""}, ("source", "copies/a b.txt")),
        ({"newKey": "n"}, {"destinationPrefix": "p/"}, ("deployed", "n")),
        ({"newBucket": "row"}, {"destinationBucket": "job"}, ("row", "copies/a b.txt")),
        ({"newBucket": "", "newKey": "n"}, {"destinationBucket": "job"}, ("source", "n")),
    ],
)
def test_the_nearest_argument_wins(
    done: list[Any], row: dict[str, object], job: dict[str, object], target: tuple[str, str]
) -> None:
    assert task.run(a_task({"origKey": "a b.txt", **row} if row else {}, **job)) == "done"
    assert done == [("copy", SOURCE, s3copy.Target(*target), "never")]


def test_the_version_of_the_task_is_the_one_that_is_copied(done: list[Any]) -> None:
    task.run(replace(a_task(), version_id="v1"))
    assert done[0][1] == s3copy.Source("source", "a b.txt", "v1")


@pytest.mark.parametrize(
    ("job", "operation", "overwrite"),
    [
        ({}, "rename", "always"),
        ({"operation": "copy"}, "copy", "always"),
        ({"overwrite": "never"}, "rename", "never"),
        ({"operation": "rename", "overwrite": "always"}, "rename", "always"),
    ],
)
def test_a_job_narrows_the_deployment(
    done: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    job: dict[str, object],
    operation: str,
    overwrite: str,
) -> None:
    monkeypatch.setattr(task, "SETTINGS", RENAMING)
    task.run(a_task(None, **job))
    assert (done[0][0], done[0][3]) == (operation, overwrite)


@pytest.mark.parametrize(("name", "value"), [("operation", "rename"), ("overwrite", "always")])
def test_a_job_that_widens_the_deployment_is_refused(
    done: list[Any], name: str, value: str
) -> None:
    assert f"{name} {value!r}" in refusal(None, **{name: value})
    assert done == []


@pytest.mark.parametrize(
    ("row", "job", "named"),
    [
        ({"origKey": "a", "newkey": "b"}, {}, "newkey"),
        ({"origKey": "a", "operation": "copy"}, {}, "operation"),
        ({}, {"destinationPrefx": "p/"}, "destinationPrefx"),
        # One name for every object of the job: all but the last would be lost.
        ({}, {"newKey": "n"}, "newKey"),
        ({}, {"newBucket": "n"}, "newBucket"),
        ({}, {"operation": "Copy"}, "'Copy'"),
        ({}, {"overwrite": ""}, "''"),
        ({}, {"destinationBucket": None}, "None"),
        ({"origKey": "a", "newKey": 7}, {}, "7"),
        ({"origKey": "a", "newBucket": ["b"]}, {}, "['b']"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    done: list[Any], row: dict[str, object], job: dict[str, object], named: str
) -> None:
    assert named in refusal(row, **job)
    assert done == []


def test_a_bad_setting_fails_every_task_and_copies_nothing(
    done: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "SETTINGS", settings.read({"OPERATION": "move", "OVERWRITE": "no"}))
    text = refusal()
    assert "OPERATION is 'move'" in text
    assert "OVERWRITE is 'no'" in text
    assert done == []
