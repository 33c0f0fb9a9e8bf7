"""Drop one condition of s3copy at a time: the schedules must notice each of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from fakes3 import mutants

if TYPE_CHECKING:
    from pathlib import Path

DRAWS = 60_000
SEED = 1


@pytest.mark.slow
def test_every_dropped_condition_fails_a_schedule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alive = []
    for number, mutant in enumerate(mutants.MUTANTS):
        package = mutants.build(mutant, tmp_path, f"mutant{number}")
        if mutants.first_problem(package, DRAWS, SEED) is None:
            alive.append(mutant.name)
    with capsys.disabled():
        killed = len(mutants.MUTANTS) - len(alive)
        sys.stdout.write(f"\n{killed} of {len(mutants.MUTANTS)} mutants killed\n")
    assert alive == []


def test_the_first_mutant_is_noticed_and_the_original_is_not(tmp_path: Path) -> None:
    original = mutants.build(None, tmp_path, "unchanged")
    mutant = mutants.build(mutants.MUTANTS[0], tmp_path, "changed")
    assert mutants.first_problem(original, 200, SEED) is None
    assert mutants.first_problem(mutant, 200, SEED) is not None
