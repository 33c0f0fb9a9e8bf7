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
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest

import s3_actions
from conftest import TEMPLATE
from function_stage import Stage
from guarded import Guard
from iam import Statement, is_allowed
from stack_variants import OF_THE_FUNCTION, mutants, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from function_scenarios import Scenario, Setting
    from guarded import World
    from iam import Request
    from transformed import Stack

    Play = tuple[Scenario, Setting]


@pytest.fixture(name="guard")
def fixture_guard() -> Guard:
    return one_guard()


@cache
def one_guard() -> Guard:
    """Return the client of all: to make one takes longer than to play most variants."""
    return Guard()


@contextmanager
def staged(chosen: Stack, guard: Guard) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Stage(chosen, guard, monkeypatch)


def function_role(chosen: Stack) -> list[Statement]:
    """Logs are written by Lambda itself, not by a scenario."""
    return [each for each in chosen.statements("FunctionRole") if each["Sid"] != "WriteLogs"]


@cache
def played(name: str) -> dict[Play, World]:
    """Play every scenario once under the variant's own role: what was asked, what was denied."""
    role = function_role(variant(name))
    with staged(variant(name), one_guard()) as stage:
        return {
            (scenario, setting): stage.plays(scenario, setting, role)
            for scenario in stage.scenarios().values()
            for setting in stage.settings()
        }


@pytest.mark.parametrize("name", OF_THE_FUNCTION)
def test_the_function_role_is_sufficient(name: str) -> None:
    assert [each.denied for each in played(name).values() if each.denied] == []


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


# Source and destination are one bucket here: either of two equal statements is enough.
ONE_SESSION = "rename in a directory bucket"


@pytest.mark.parametrize("name", [each for each in OF_THE_FUNCTION if each != ONE_SESSION])
def test_the_function_role_is_minimal(
    name: str, guard: Guard, record_property: Callable[[str, object], None]
) -> None:
    role = function_role(variant(name))
    judged = [each for each in mutants(role) if is_judged(name, sid=each[0][0])]
    with staged(variant(name), guard) as stage:
        survivors = [what for what, weaker in judged if not is_missed(stage, name, weaker)]

    assert judged
    record_property(name, f"{len(judged) - len(survivors)} of {len(judged)} mutants killed")
    assert survivors == []


def is_judged(name: str, sid: str) -> bool:
    """Return False for what is inert beside a directory bucket."""
    return sid.startswith("Open") or "directory" not in name


def test_a_role_for_one_directory_bucket_needs_one_of_its_two_sessions(guard: Guard) -> None:
    role = function_role(variant(ONE_SESSION))
    sessions = [each for each in role if each["Sid"].startswith("Open")]
    with staged(variant(ONE_SESSION), guard) as stage:
        one_less = [each for each in role if each is not sessions[0]]
        assert not is_missed(stage, ONE_SESSION, one_less)
        assert is_missed(stage, ONE_SESSION, [each for each in role if each not in sessions])


def test_every_row_of_the_table_is_met_by_a_scenario() -> None:
    met = {
        each
        for name in OF_THE_FUNCTION
        for world in played(name).values()
        for each in world.operations
    }

    assert {operation for operation, _ in met} == called_by_the_function()
    rows = {(row.operation, row.action) for row in s3_actions.TABLE}
    # A delete never names a version: the row is there to deny one that would.
    assert rows - met == {("DeleteObject", "s3:DeleteObjectVersion")}


def called_by_the_function() -> set[str]:
    """Return the S3 operations that src/ calls, as `s3.copy_object` anywhere in it."""
    text = "".join(path.read_text() for path in (TEMPLATE / "src").rglob("*.py"))
    methods = set(re.findall(r"\bs3\.([a-z]+_[a-z0-9_]+)\b", text))
    operations = boto3.client("s3", region_name="us-east-1").meta.method_to_api_mapping
    return {operations[method] for method in methods & operations.keys()}


def is_missed(stage: Stage, name: str, mutant: Sequence[Statement]) -> bool:
    """Return True when a scenario ends otherwise under the mutant than it should."""
    lost = {
        play
        for request, plays in granted(name)
        if not is_allowed(mutant, request)
        for play in plays
    }
    for scenario, setting in played(name):
        # What the other scenarios ask for is allowed as before: they would end as before.
        if (scenario, setting) not in lost:
            continue
        try:
            stage.plays(scenario, setting, mutant)
        except AssertionError:
            return True
    return False


@cache
def granted(name: str) -> list[tuple[Request, list[Play]]]:
    """Return each request that the variant's role allows, once, and the scenarios that make it."""
    found: dict[str, tuple[Request, list[Play]]] = {}
    for play, world in played(name).items():
        for each in world.asked:
            what = f"{each} {sorted(each.context.items())}"
            if what in found:
                found[what][1].append(play)
            elif is_allowed(world.statements, each):
                found[what] = (each, [play])
    return list(found.values())
