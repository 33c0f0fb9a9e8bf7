"""The rules of several rows: the SQL against a second, plain reading of the same sentences."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

import rule_codes

JOBS = [
    (operation, overwrite) for operation in ("copy", "rename") for overwrite in ("never", "always")
]
# What operators-tools says of each, for rename: the smallest manifest of its kind.
MANIFESTS = {
    "swap": ([("a", "b"), ("b", "a")], {"E20"}),
    "ring of three": ([("a", "b"), ("b", "c"), ("c", "a")], {"E20"}),
    "ring of nine": ([(str(n), str((n + 1) % 9)) for n in range(9)], {"E20"}),
    "one new name": ([("a", "c"), ("b", "c")], {"E21"}),
    "versions to one new name": ([("a", "c", "1"), ("a", "c", "2")], {"E21"}),
    "chain": ([("a", "b"), ("b", "c")], {"E22"}),
    "chain in the other order": ([("b", "c"), ("a", "b")], {"E22"}),
    "long chain": ([(str(n), str(n + 1)) for n in range(9)], {"E22"}),
    "onto itself": ([("a", "a")], {"E23"}),
    "two new names": ([("a", "b"), ("a", "c")], {"E26"}),
    "versions to two new names": ([("a", "b", "1"), ("a", "c", "2")], {"E26"}),
    "a row twice": ([("a", "b"), ("a", "b")], {"W01"}),
    "a chain into a ring": ([("z", "a"), ("a", "b"), ("b", "a")], {"E20", "E21", "E22"}),
    "harmless": ([("a", "x/a"), ("b", "x/b"), ("c", "x/c")], set[str]()),
}


@pytest.mark.parametrize(("pairs", "expected"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_rename_of_such_rows_has_these_codes(
    pairs: list[tuple[str, str]], expected: set[str]
) -> None:
    assert rule_codes.of(pairs, operation="rename", overwrite="never") == expected


@pytest.mark.parametrize(
    ("pairs", "operation", "overwrite", "expected"),
    [
        ([("a", "b"), ("b", "a")], "copy", "always", {"E20"}),
        ([("a", "b"), ("b", "a")], "copy", "never", set()),
        ([("a", "b"), ("b", "c")], "copy", "always", {"E22"}),
        ([("a", "b"), ("b", "c")], "copy", "never", set()),
        ([("a", "c"), ("b", "c")], "copy", "always", {"E21"}),
        ([("a", "c"), ("b", "c")], "copy", "never", {"E21"}),
        ([("a", "c", "1"), ("a", "c", "2")], "copy", "always", {"W06"}),
        ([("a", "c", "1"), ("a", "c", "2")], "copy", "never", {"E21"}),
        ([("a", "b"), ("a", "c")], "copy", "always", set()),
        ([("a", "b", "1"), ("a", "c", "2")], "copy", "always", set()),
        ([("a", "a")], "copy", "never", {"E23"}),
    ],
)
def test_a_copy_breaks_only_the_rules_of_copies(
    pairs: list[tuple[str, str]], operation: str, overwrite: str, expected: set[str]
) -> None:
    assert rule_codes.of(pairs, operation=operation, overwrite=overwrite) == expected


def test_the_rules_find_what_a_plain_reading_of_them_finds() -> None:
    chance = random.Random(20)  # noqa: S311 - draws rows, no secrets
    for operation, overwrite in JOBS * 8:
        names = "abcde"[: chance.randint(2, 5)]
        pairs = [
            (chance.choice(names), chance.choice(f"{names}xyz"))
            for _ in range(chance.randint(1, 6))
        ]
        found = rule_codes.of(pairs, operation=operation, overwrite=overwrite)
        assert found == plainly(pairs, operation, overwrite), (pairs, operation, overwrite)


def plainly(pairs: list[tuple[str, str]], operation: str, overwrite: str) -> set[str]:
    sources, targets = defaultdict(set), defaultdict(set)
    for old, new in pairs:
        sources[new].add(old)
        targets[old].add(new)
    replaces = (operation, overwrite) != ("copy", "never")
    # rows of one object with several names are E26; a walk takes the first, as the queries do
    first = dict(reversed(pairs))
    in_ring = {name for name in first if name in walk(first, name)}
    links = [(old, new) for old, new in pairs if old != new and new in targets]
    is_ring = {(old, new) for old, new in links if old in in_ring and first[old] == new}
    rows_of_rings = {pairs.index(pair) for pair in is_ring}
    chained = [at for at, pair in enumerate(pairs) if pair in links and at not in rows_of_rings]
    codes = {
        "E20": replaces and bool(rows_of_rings),
        "E21": any(len(found) > 1 for found in sources.values()),
        "E22": replaces and bool(chained),
        "E23": any(old == new for old, new in pairs),
        "E26": operation == "rename" and any(len(found) > 1 for found in targets.values()),
        "W01": len(set(pairs)) < len(pairs),
    }
    return {code for code, holds in codes.items() if holds}


def walk(first: dict[str, str], name: str) -> set[str]:
    """Return the names that are reached from `name`; a row onto itself leads nowhere."""
    seen: set[str] = set()
    while (name in first and first[name] != name) and first[name] not in seen:
        name = first[name]
        seen.add(name)
    return seen
