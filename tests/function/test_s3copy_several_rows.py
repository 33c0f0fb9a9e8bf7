"""What rows of one manifest do to each other, interleaved request by request; see the explorer.

Promise 1 holds under `never` where no new name is another row's old name. Promise 2 holds for what
`check` passes. What swaps, rings and chains lose is counted and printed: `submit` refuses them.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

import rule_codes
import s3copy
from fakes3 import manifests, mutants, several_rows
from fakes3.manifests import SHAPES, Setting
from fakes3.several_rows import Explorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

ORDERS = 20  # interleavings of one setting
# Both objects are equal, and b is the newer one.
SWAP = Setting("swap", there=(("a", b"equal!", "x", 0), ("b", b"equal!", "x", 5)))


@pytest.fixture(autouse=True)
def _without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    several_rows.without_threads("s3copy", monkeypatch)


@cache
def codes(shape: str, operation: str, overwrite: str) -> frozenset[str]:
    """Return what `check` says of the manifest, errors only."""
    found = rule_codes.of(SHAPES[shape], operation=operation, overwrite=overwrite)
    return frozenset(code for code in found if code.startswith("E"))


def explore(
    count: int, seed: int, shapes: list[str]
) -> tuple[Counter[str], list[tuple[str, Setting, list[str]]]]:
    """Run `count` interleavings; return what they were, and each broken promise."""
    rng = random.Random(seed)  # noqa: S311 - the same draw each time, no secret
    seen: Counter[str] = Counter()
    broken: list[tuple[str, Setting, list[str]]] = []
    for setting in manifests.settings(rng, shapes):
        explorer = Explorer(s3copy, setting)
        for _ in range(ORDERS):
            run = explorer.run(rng)
            seen[setting.shape] += 1
            if setting.overwrite == "never" and run.lost():
                broken.append(("lost", setting, run.said))
            passes = not codes(setting.shape, setting.operation, setting.overwrite)
            if passes and run.false_successes():
                broken.append(("false success", setting, run.said))
        if seen.total() >= count:
            return seen, broken
    raise AssertionError


# 100,000 in the slow suite, in five parts: two workers share them.
@pytest.mark.parametrize(
    ("count", "seed"),
    [(3_000, 21), *(pytest.param(20_000, 40 + n, marks=pytest.mark.slow) for n in range(5))],
)
def test_rows_whose_names_do_not_meet_lose_nothing_and_report_the_truth(
    count: int, seed: int, record_property: Callable[[str, object], None]
) -> None:
    shapes = [shape for shape, rows in SHAPES.items() if not manifests.is_linked(rows)]
    seen, broken = explore(count, seed, shapes)
    counts = ", ".join(f"{shape} {times}" for shape, times in seen.items())
    record_property(f"{seen.total()} interleavings of rows", f"{len(broken)} problems ({counts})")
    assert broken == []


@pytest.mark.parametrize(
    "count", [500, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_what_swaps_rings_and_chains_lose_is_known(
    count: int, record_property: Callable[[str, object], None]
) -> None:
    """These are what `submit` refuses; each that loses anything is refused by `check`."""
    shapes = [shape for shape, rows in SHAPES.items() if manifests.is_linked(rows)]
    seen, broken = explore(count, 22, shapes)
    losses = Counter(setting.shape for _, setting, _ in broken)
    record_property(f"{seen.total()} interleavings of swaps, rings, chains", f"lost {dict(losses)}")
    assert all(codes(one.shape, one.operation, one.overwrite) for _, one, _ in broken)


@pytest.mark.parametrize(
    "count", [200, pytest.param(8_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_deliveries_of_one_big_object_at_the_same_time_lose_no_annotation_and_fail_no_row(
    count: int, record_property: Callable[[str, object], None]
) -> None:
    problems = list(itertools.islice(overlap(), count))
    found = Counter(what for one in problems for what in one)
    record_property(f"{count} interleavings of deliveries above 5 GiB", f"{dict(found)}")
    assert found.keys() <= {"failed in doubt"}


def overlap() -> Iterator[list[str]]:
    """Yield what is wrong with one interleaving after another."""
    rng = random.Random(31)  # noqa: S311 - the same draw each time, no secret
    for setting in manifests.overlapping(rng):
        explorer = Explorer(s3copy, setting)
        for _ in range(ORDERS):
            run = explorer.run(rng)
            is_lost = "a" in run.lost() or (setting.overwrite == "never" and run.lost())
            told = {
                "lost": is_lost,
                "false success": run.false_successes(),
                "false failure": run.false_failures(),
                "failed in doubt": run.failed and not run.false_failures(),
            }
            yield [what for what, is_so in told.items() if is_so]


READ_LATE = mutants.Mutant(
    "annotations read after the completion",
    "protocol",
    "preserving.after_upload(extras)",
    "preserving.after_upload(preserving.extras(transfer))",
)
UNCONDITIONAL = mutants.Mutant(
    "under always, CompleteMultipartUpload without a condition",
    "requests",
    '{"IfMatch": there["ETag"]} if there else {"IfNoneMatch": "*"}',
    "unless_there(transfer)",
)


@pytest.mark.parametrize(
    ("dropped", "faults"),
    [
        pytest.param((READ_LATE,), 2, marks=pytest.mark.slow),
        ((READ_LATE, UNCONDITIONAL), 0),
    ],
    ids=["read late, with faults", "read late and completed over anything"],
)
def test_without_the_rules_above_5_gib_a_second_delivery_loses_annotations(
    dropped: tuple[mutants.Mutant, ...],
    faults: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"late{len(dropped)}"
    package = mutants.build(tmp_path, name, *dropped)
    several_rows.without_threads(name, monkeypatch)
    there = (("a", b"equal!", "x", 0),)
    kind = "big, checksum"
    setting = Setting("a row twice", overwrite="always", kind=kind, there=there, faults=faults)
    assert any(run.lost() for run in play(package, setting, 600 if faults else 100))


def play(package: ModuleType, setting: Setting, count: int = 200) -> list[several_rows.Run]:
    """Return so many interleavings."""
    rng = random.Random(5)  # noqa: S311 - the same draw each time, no secret
    explorer = Explorer(package, setting)
    return [explorer.run(rng) for _ in range(count)]


@pytest.mark.parametrize("begins", [5, 10], ids=["in the same second", "later"])
@pytest.mark.parametrize("seconds", [(0, 5), (5, 0), (5, 5)])
def test_a_swap_of_equal_objects_loses_neither(seconds: tuple[int, int], begins: int) -> None:
    there = tuple(
        (name, body, mark, second)
        for (name, body, mark, _), second in zip(SWAP.there, seconds, strict=True)
    )
    runs = play(s3copy, replace(SWAP, there=there, begins=begins))
    assert [run.said for run in runs if run.lost()] == []


def test_without_the_rule_of_the_later_second_a_swap_loses_an_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = mutants.Mutant(
        "EXISTS without the later second",
        "comparing",
        'return bool(target["LastModified"] > source["LastModified"])',
        "return True",
    )
    package = mutants.build(tmp_path, "anyage", rule)
    several_rows.without_threads("anyage", monkeypatch)
    assert any(run.lost() for run in play(package, SWAP))


TWO = (("a", b"body a", "a", 0), ("b", b"body b", "b", 0))
WITHOUT_THE_RULE = {
    "E20": Setting("swap", overwrite="always", there=TWO),
    "E21": Setting("one new name twice", overwrite="always", there=TWO),
    "E22": Setting("chain", overwrite="always", there=TWO),
    "E26": Setting("one object to two names", there=(TWO[0], ("c", b"body c", "c", 0))),
}


@pytest.mark.parametrize("code", WITHOUT_THE_RULE)
def test_each_rule_of_check_is_needed(code: str) -> None:
    """E23, a row onto itself, is refused by GUARD besides: the row fails and loses nothing."""
    setting = WITHOUT_THE_RULE[code]
    assert code in codes(setting.shape, setting.operation, setting.overwrite)
    runs = play(s3copy, setting)
    assert any(run.lost() or run.false_successes() for run in runs)
