"""s3copy.arguments: what a row, a job and the deployment say becomes one copy or rename."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
import settings
import task
from s3batch import Task
from s3copy import arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

DEPLOYED = settings.read({"DESTINATION_BUCKET": "deployed", "DESTINATION_PREFIX": "copies/"})
SOURCE = s3copy.Source("source", "a b.txt", None)


def prefix_rule(key: str, prefix: str) -> str:
    return prefix + key


def asked(
    row: Mapping[str, object] | None = None,
    deployed: settings.Settings = DEPLOYED,
    source: s3copy.Source = SOURCE,
    **job: Any,
) -> tuple[str, s3copy.Target, s3copy.Options]:
    return arguments.read(row or {}, job, source, deployed, prefix_rule)


def refusal(*args: Any, **job: Any) -> str:
    with pytest.raises(s3copy.RefusedError) as failure:
        asked(*args, **job)
    return str(failure.value)


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
    row: dict[str, object], job: dict[str, object], target: tuple[str, str]
) -> None:
    row = {"origKey": "a b.txt", **row} if row else {}
    operation, found, options = arguments.read(row, job, SOURCE, DEPLOYED, prefix_rule)
    assert (operation, found, options.overwrite) == ("copy", s3copy.Target(*target), "never")


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
    job: dict[str, object], operation: str, overwrite: str
) -> None:
    renaming = replace(DEPLOYED, operation="rename", overwrite="always")
    found, _, options = arguments.read({}, job, SOURCE, renaming, prefix_rule)
    assert (found, options.overwrite) == (operation, overwrite)


@pytest.mark.parametrize(("name", "value"), [("operation", "rename"), ("overwrite", "always")])
def test_a_job_that_widens_the_deployment_is_refused(name: str, value: str) -> None:
    assert f"{name} {value!r}" in refusal(**{name: value})


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
    row: dict[str, object], job: dict[str, object], named: str
) -> None:
    assert named in refusal(row, **job)


def test_all_bad_settings_are_named_and_nothing_is_read_with_them() -> None:
    said = refusal(None, settings.read({"OPERATION": "move", "OVERWRITE": "no"}))
    assert "OPERATION is 'move'" in said
    assert "OVERWRITE is 'no'" in said


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_the_task_does_what_row_and_job_ask_to_the_version_that_is_named(
    monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    called: list[Any] = []

    def act(*given: Any) -> str:
        called.append(given)
        return "done"

    monkeypatch.setattr(s3copy, operation, act)
    deployed = replace(DEPLOYED, operation=operation, overwrite="always")
    monkeypatch.setattr(task, "SETTINGS", deployed)
    row: dict[str, object] = {"origKey": "a b.txt", "newBucket": "row"}
    job: dict[str, object] = {"overwrite": "never"}
    said = ChainMap(row, job)
    assert task.run(Task("t", "source", "a b.txt", "v1", said, 900.0)) == "done"
    [(_, source, target, options, deadline)] = called
    assert source == s3copy.Source("source", "a b.txt", "v1")
    assert (target, deadline) == (s3copy.Target("row", "copies/a b.txt"), 900.0)
    assert options.overwrite == "never"  # the job's, not the deployment's


def test_a_row_with_a_new_key_does_without_the_rule() -> None:
    def rule(_key: str, _prefix: str) -> str:
        raise AssertionError("the rule was called")

    row = {"origKey": "a b.txt", "newKey": "n"}
    assert arguments.read(row, {}, SOURCE, DEPLOYED, rule)[1] == s3copy.Target("deployed", "n")


@pytest.mark.parametrize("key", ["copies/a", "copies/", "copies/copies/a"])
def test_in_one_bucket_a_prefix_is_put_before_a_key_once(key: str) -> None:
    source = s3copy.Source("deployed", key)
    assert "'copies/' already" in refusal(source=source)
    assert "'p/' already" in refusal(
        source=s3copy.Source("deployed", "p/" + key), destinationPrefix="p/"
    )


def test_into_another_bucket_the_prefix_is_always_put_before_it() -> None:
    source = s3copy.Source("source", "copies/a")
    assert asked(source=source)[1] == s3copy.Target("deployed", "copies/copies/a")


def test_a_row_may_name_a_new_key_under_the_prefix() -> None:
    row = {"origKey": "copies/a", "newKey": "copies/b"}
    source = s3copy.Source("deployed", "copies/a")
    assert asked(row, source=source)[1] == s3copy.Target("deployed", "copies/b")


def test_a_rule_of_ones_own_may_move_objects_below_the_prefix() -> None:
    def by_year(key: str, prefix: str) -> str:
        return prefix + key.removeprefix(prefix).replace("-", "/")

    source = s3copy.Source("deployed", "copies/2026-01.txt")
    _, target, _ = arguments.read({}, {}, source, DEPLOYED, by_year)
    assert target.key == "copies/2026/01.txt"


@pytest.mark.parametrize(
    ("deployed", "job", "missing"),
    [
        ("fail", {}, "fail"),
        ("skip", {}, "skip"),
        ("skip", {"missing": "fail"}, "fail"),
        ("fail", {"missing": "skip"}, "skip"),
    ],
)
def test_the_job_decides_what_a_missing_object_is(
    deployed: str, job: dict[str, Any], missing: str
) -> None:
    _, _, options = asked(None, replace(DEPLOYED, missing=deployed), **job)
    assert options.missing == missing


def test_no_other_word_for_a_missing_object_is_understood() -> None:
    assert "missing is 'ignore': use fail or skip" in refusal(missing="ignore")


def test_every_option_of_a_copy_is_a_setting_of_the_same_name() -> None:
    own = {field.name for field in fields(settings.Settings)}
    assert {field.name for field in fields(s3copy.Options)} <= own
    deployed = settings.read({"STORAGE_CLASS": "STANDARD_IA", "SOURCE_OWNER": "123456789012"})
    options = arguments.options(deployed)
    assert (options.storage_class, options.source_owner) == ("STANDARD_IA", "123456789012")
    # A deployment that says nothing copies as s3copy does by itself: the defaults stand twice.
    assert arguments.options(settings.read({})) == s3copy.Options()


def test_a_setting_of_the_authors_own_may_be_a_list() -> None:
    sizes: Any = [128, 256]
    assert arguments.options(replace(DEPLOYED, log_level=sizes)) == arguments.options(DEPLOYED)
