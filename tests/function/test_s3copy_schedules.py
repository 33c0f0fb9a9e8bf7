"""Copy and rename under faults, other writers and redrives: thousands of schedules on the fake S3.

The invariants are in `fakes3.world` and `fakes3.judge`; the terminal summary has the counts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

import s3copy
from fakes3 import late, refusals, schedules, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SLOW_DRAWS = 10_000
SLOW_SEEDS = range(1, 6)


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_back(monkeypatch)


def test_each_fault_and_each_writer_at_each_request_loses_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    assert run(schedules.directed(), record_property) > 3_000


def test_two_thousand_drawn_schedules_lose_nothing(
    record_property: Callable[[str, object], None],
) -> None:
    assert run(schedules.draw(2_000, 0), record_property) == 2_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_fifty_thousand_schedules_lose_nothing(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    assert run(schedules.draw(SLOW_DRAWS, seed), record_property) == SLOW_DRAWS


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_request_that_was_given_up_and_happens_later_loses_nothing(
    count: int, record_property: Callable[[str, object], None]
) -> None:
    problems = [
        problem
        for schedule, request, gap in late.draw(count, 2)
        for problem in late.run(s3copy, schedule, request, gap)
    ]
    record_property(f"{count} late requests of s3copy", f"{len(problems)} problems")
    assert problems == []


@pytest.mark.parametrize("refusal", refusals.REFUSALS, ids=lambda refusal: refusal.name)
def test_a_refusal_writes_and_deletes_nothing(refusal: refusals.Refusal) -> None:
    assert refusals.run(s3copy, refusal) == []


@pytest.mark.slow
def test_every_case_undisturbed_ends_as_it_should() -> None:
    problems = [
        problem
        for case in schedules.cases()
        for problem in world.run(s3copy, schedules.Schedule(case))
    ]
    assert problems == []


def run(every: Iterable[schedules.Schedule], record_property: Callable[[str, object], None]) -> int:
    """Run the schedules, record how many had which fault and which other writer, count them."""
    seen: Counter[str] = Counter()
    problems: list[str] = []
    count = 0
    for schedule in every:
        count += 1
        problems += world.run(s3copy, schedule)
        seen.update({f"fault: {kind}" for _, kind in schedule.faults} or {"fault: none"})
        seen.update({f"writer: {what}" for _, what in schedule.writers} or {"writer: none"})
    counts = ", ".join(f"{name} {times}" for name, times in sorted(seen.items()))
    record_property(f"{count} schedules of s3copy", f"{len(problems)} problems ({counts})")
    assert problems == []
    return count
