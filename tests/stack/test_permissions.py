"""The function role of template.yaml is sufficient and minimal: played, not read.

The policies come out of the transformed template. They are sufficient when no scenario is denied
anything, and minimal when every action and every resource of every statement is missed by some
scenario as soon as it is taken away: in every variant by itself, a variant with a directory bucket
excepted. Such a bucket asks for a session and for nothing else, so what the role says of its
objects is inert, and of those variants only the sessions are held to be minimal.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
import pytest

import s3_actions
from conftest import TEMPLATE
from function_scenarios import Stage
from guarded import Guard
from iam import Statement, is_allowed
from stack_variants import VARIANTS, mutants, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from transformed import Stack


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


@contextmanager
def staged(chosen: Stack, guard: Guard) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Stage(chosen, guard, monkeypatch)


def function_role(chosen: Stack) -> list[Statement]:
    """Logs are written by Lambda itself, not by a scenario."""
    return [each for each in chosen.statements("FunctionRole") if each["Sid"] != "WriteLogs"]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_function_role_is_sufficient(name: str, guard: Guard) -> None:
    role = function_role(variant(name))

    with staged(variant(name), guard) as stage:
        for scenario in stage.scenarios().values():
            for setting in stage.settings():
                assert stage.plays(scenario, setting, role).denied == []


@pytest.mark.parametrize("name", ["copy", "rename", "rename, KMS"])
@pytest.mark.parametrize(
    "changed",
    [
        {"HEAD_FIRST": "true"},
        {"MULTIPART_THRESHOLD_MIB": "1024", "PART_SIZE_MIB": "1024"},
        {"STORAGE_CLASS": "STANDARD_IA"},
    ],
    ids=str,
)
def test_it_stays_sufficient_when_the_literal_settings_change(
    name: str, changed: dict[str, str], guard: Guard
) -> None:
    role = function_role(variant(name))

    with pytest.MonkeyPatch.context() as monkeypatch:
        stage = Stage(variant(name), guard, monkeypatch, changed)
        for scenario in stage.scenarios().values():
            for setting in stage.settings():
                assert stage.plays(scenario, setting, role).denied == []


def test_the_function_role_is_minimal_in_every_variant(
    guard: Guard, record_property: Callable[[str, object], None]
) -> None:
    tried: list[tuple[str, ...]] = []
    survivors: list[tuple[str, ...]] = []
    for name in VARIANTS:
        role = function_role(variant(name))
        with staged(variant(name), guard) as stage:
            for mutant, weaker in mutants(role):
                if is_judged(name, sid=mutant[0]):
                    tried.append((name, *mutant))
                    survivors += [] if is_missed(stage, role, weaker) else [(name, *mutant)]

    judged = {name for name, *_ in tried}
    killed = f"{len(tried) - len(survivors)} of {len(tried)} mutants killed"
    record_property("function role", f"{killed} in {len(judged)} variants")
    assert survivors == []
    assert judged == VARIANTS.keys() - ONE_SESSION


# Source and destination are one bucket here: either of two equal statements is enough.
ONE_SESSION = frozenset({"rename in a directory bucket"})


def is_judged(name: str, sid: str) -> bool:
    """Return False for what is inert, or there twice, beside a directory bucket."""
    is_session = sid.startswith("Open")
    return (is_session or "directory" not in name) and name not in ONE_SESSION


def test_a_role_for_one_directory_bucket_needs_one_of_its_two_sessions(guard: Guard) -> None:
    (name,) = ONE_SESSION
    role = function_role(variant(name))
    sessions = [each for each in role if each["Sid"].startswith("Open")]
    with staged(variant(name), guard) as stage:
        assert not is_missed(stage, role, [each for each in role if each is not sessions[0]])
        assert is_missed(stage, role, [each for each in role if each not in sessions])


def test_every_row_of_the_table_is_met_by_a_scenario(guard: Guard) -> None:
    met: set[tuple[str, str]] = set()
    for name in VARIANTS:
        with staged(variant(name), guard) as stage:
            for scenario in stage.scenarios().values():
                for setting in stage.settings():
                    met |= stage.plays(scenario, setting, function_role(variant(name))).operations

    assert {operation for operation, _ in met} == called_by_the_function()
    rows = {(row.operation, row.action) for row in s3_actions.TABLE}
    # A delete never names a version: the row is there to deny one that would.
    assert rows - met == {("DeleteObject", "s3:DeleteObjectVersion")}


def called_by_the_function() -> set[str]:
    """Return the S3 operations that src/ calls, as `s3.copy_object` anywhere in it."""
    text = "".join(path.read_text() for path in (TEMPLATE / "src").rglob("*.py"))
    methods = set(re.findall(r"\bs3\.([a-z]+_[a-z_]+)\b", text))
    operations = boto3.client("s3", region_name="us-east-1").meta.method_to_api_mapping
    return {operations[method] for method in methods & operations.keys()}


def is_missed(stage: Stage, role: Sequence[Statement], mutant: Sequence[Statement]) -> bool:
    """Return True when a scenario ends otherwise under the mutant than it should."""
    for scenario in stage.scenarios().values():
        for setting in stage.settings():
            asked = stage.plays(scenario, setting, role).asked
            # What the scenario asks for is allowed as before: it would end as before.
            if all(is_allowed(mutant, each) or not is_allowed(role, each) for each in asked):
                continue
            try:
                stage.plays(scenario, setting, mutant)
            except AssertionError:
                return True
    return False
