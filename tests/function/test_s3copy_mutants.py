"""Drop one condition of s3copy at a time: the schedules must notice each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes3 import mutants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST = 64_000  # schedules


@pytest.mark.slow
def test_every_dropped_condition_fails_a_schedule(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    alive = []
    for number, mutant in enumerate(mutants.MUTANTS):
        package = mutants.build(tmp_path, f"mutant{number}", mutant)
        if mutants.first_problem(package, MOST) is None:
            alive.append(mutant.name)
    killed = len(mutants.MUTANTS) - len(alive)
    record_property("conditions of s3copy", f"{killed} of {len(mutants.MUTANTS)} mutants killed")
    assert alive == []


def test_the_first_mutant_is_noticed_and_the_original_is_not(tmp_path: Path) -> None:
    original = mutants.build(tmp_path, "unchanged")
    mutant = mutants.build(tmp_path, "changed", mutants.MUTANTS[0])
    assert mutants.first_problem(original, 400) is None
    assert mutants.first_problem(mutant, 400) is not None
