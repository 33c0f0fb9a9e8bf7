"""What can happen to one object: every kind of bucket and object, faults and another writer.

A schedule is a `Case` (the bucket, the object, the options) with at most two faults and
two writes of another program, each at the n-th request. `draw` gives as many as wanted, the same
for the same seed.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS = (
    "timeout before",
    "timeout after",
    "500 after",
    "sent twice",  # the SDK's own retry of a request that took effect
    "killed before",
    "killed after",
    "503",
    "500",  # an error embedded in a 200 reaches s3copy as this
    "409",
    "412",
    "slow",  # the answer comes when the function's time is up
)
WRITERS = (
    "source overwritten",
    "source rewritten with other metadata",
    "source overwritten and put back",
    "source deleted",
    "source version removed",  # for good: an older version is current again
    "source bucket handed over",  # to another account, as after a delete and a new create
    "destination written",
    "destination written alike",  # other bytes of the same size, the same metadata
    "destination written with a colliding checksum",
    "destination written with the same bytes",  # other metadata
    "destination bucket handed over",
    "destination deleted",
)
AWAY_AND_BACK = ("source overwritten", "source put back")
MOST_REQUESTS = 9  # of one delivery in one request, with what a second one looks at
# Copy, 2 HEADs, tags, 3 for annotations, create, 3 parts, complete, 2 annotations, delete.
MOST_IN_PARTS = 15


@dataclass(frozen=True, slots=True)
class Case:
    """One object and how it is to be copied."""

    operation: str = "copy"
    overwrite: str = "never"
    head_first: bool = False
    versioning: str = "off"  # off, on, suspended (null is current), suspended over a real version
    target_versioning: str = "off"
    etag: str = "md5"  # md5, multipart, kms
    checksum: str = "none"  # none, full, composite, CRC of parts
    target_kms: bool = False
    explicit: str = "none"  # none, current, old: the version that the task names
    size: str = "small"  # small, empty, big (6 GiB), low (above a lowered threshold)

    @property
    def most_requests(self) -> int:
        return MOST_IN_PARTS if self.size in {"big", "low"} else MOST_REQUESTS


@dataclass(frozen=True, slots=True)
class Schedule:
    """One case and what disturbs it: (number of the request, what)."""

    case: Case
    faults: tuple[tuple[int, str], ...] = ()
    writers: tuple[tuple[int, str], ...] = ()


def cases() -> list[Case]:
    """Return every case that can exist."""
    product = itertools.product(
        ("copy", "rename"),
        ("never", "always"),
        (False, True),
        ("off", "on", "suspended", "suspended over real"),
        ("off", "on"),
        ("md5", "multipart", "kms"),
        ("none", "full", "composite", "CRC of parts"),
        (False, True),
        ("none", "current", "old"),
        ("small", "empty", "big", "low"),
    )
    return [case for case in itertools.starmap(Case, product) if _can_exist(case)]


def _can_exist(case: Case) -> bool:
    if case.explicit == "old" and case.versioning not in {"on", "suspended over real"}:
        return False
    if case.checksum in {"composite", "CRC of parts"} and case.etag == "md5":
        return False
    return not (case.size == "empty" and case.etag == "multipart")


# One case for each way through the protocol.
WAYS = (
    Case(),
    Case(etag="kms", checksum="full"),
    Case(size="big", overwrite="always"),
    Case(size="low", checksum="full"),
    Case(operation="rename"),
    Case(operation="rename", target_kms=True, checksum="full"),
    Case(operation="rename", etag="multipart"),
    Case(operation="rename", etag="multipart", overwrite="always"),
    Case(operation="rename", etag="multipart", checksum="CRC of parts"),
    Case(operation="rename", etag="multipart", versioning="on"),
    Case(operation="rename", etag="multipart", checksum="full", versioning="suspended"),
    Case(operation="rename", etag="kms", head_first=True),
    Case(operation="rename", etag="kms", overwrite="always", head_first=True),
    Case(operation="rename", versioning="suspended over real", checksum="full"),
    Case(operation="rename", versioning="on", explicit="current", checksum="full"),
    Case(operation="rename", size="big", checksum="full"),
    Case(operation="rename", size="big", overwrite="always", versioning="on"),
)


def directed() -> Iterator[Schedule]:
    """Yield every fault, every writer, and every away and back, alone at every request of WAYS."""
    away, back = AWAY_AND_BACK
    points = ((case, n + 1) for case in WAYS for n in range(case.most_requests))
    for case, point in points:
        yield from (Schedule(case, faults=((point, kind),)) for kind in FAULTS)
        yield from (Schedule(case, writers=((point, what),)) for what in WRITERS)
        yield from (Schedule(case, writers=((point, away), (point + gap, back))) for gap in (1, 2))


def draw(count: int, seed: int) -> Iterator[Schedule]:
    """Yield `count` schedules: all cases in turn, each disturbed differently each time."""
    rng = random.Random(seed)  # noqa: S311 - the same draw each time, no secret
    every = cases()
    rng.shuffle(every)
    for case in itertools.islice(itertools.cycle(every), count):
        faults = tuple(
            (rng.randint(1, case.most_requests), rng.choice(FAULTS))
            for _ in range(rng.choice((0, 1, 1, 1, 2)))
        )
        yield Schedule(case, faults, _writers(rng, case.most_requests))


def _writers(rng: random.Random, most: int) -> tuple[tuple[int, str], ...]:
    """Return nobody, one other program, or one that writes and takes it back a little later."""
    first, dice = rng.randint(1, most), rng.random()
    if dice < 0.3:
        return ()
    if dice < 0.8:
        return ((first, rng.choice(WRITERS)),)
    away, back = AWAY_AND_BACK
    return ((first, away), (first + rng.randint(1, 2), back))
