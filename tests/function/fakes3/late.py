"""A request that s3copy gave up on and that S3 still carries out, one to four requests later."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fakes3 import schedules
from fakes3.world import World, with_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from fakes3.schedules import Schedule

LONGEST = 4
# What is given up at all; a part that comes late is removed by the bucket's lifecycle rule.
LATE = {"CopyObject", "CompleteMultipartUpload"}


class LateWorld(World):
    """A world in which request `late` is given up, and happens before request `late + gap`."""

    def __init__(self, s3copy: ModuleType, schedule: Schedule, late: int, gap: int) -> None:
        super().__init__(s3copy, schedule)
        self.late, self.gap = late, gap
        self.waiting: tuple[str, dict[str, Any], Callable[[], Any]] | None = None

    def around(self, operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        with self.lock:
            number = self.requests + 1
            if self.waiting and number >= self.late + self.gap:
                self._happen()
            if number == self.late and operation in LATE:
                self.requests += 1
                self.store.now += 1  # giving up takes time, too
                self.waiting = operation, given, send
                raise self.s3copy.TryAgainError("given up")
        return super().around(operation, given, send)

    def _happen(self) -> None:
        request, self.waiting = self.waiting, None
        try:
            self.effect(*request)  # type: ignore[misc] # there is one
        except ClientError:
            return  # S3 refuses it, and nobody hears it


def draw(count: int, seed: int) -> Iterator[tuple[Schedule, int, int]]:
    """Yield schedules without other faults, the number of the late request, how late it is."""
    rng = random.Random(seed)  # noqa: S311 - the same draw each time, no secret
    for schedule in schedules.draw(count, seed):
        late, gap = rng.randint(1, schedule.case.most_requests), rng.randint(1, LONGEST)
        yield replace(schedule, faults=()), late, gap


def run(s3copy: ModuleType, schedule: Schedule, late: int, gap: int) -> list[str]:
    """Run one schedule; return its problems."""
    world = LateWorld(s3copy, schedule, late, gap)
    with_clock(s3copy, world)
    where = f"request {late} late by {gap} <- {schedule}"
    return [f"{problem}, {where}" for problem in world.run()]
