"""How an object is cut into parts: a pure function of its size, the time left and S3's limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

MIB = 1024**2
MOST_PARTS = 10_000  # S3 User Guide, multipart upload limits
SMALLEST_PART = 5 * MIB
LARGEST_PART = 5 * 1024 * MIB
MOST_BYTES = MOST_PARTS * LARGEST_PART  # 48.8 TiB, "50 TB"

# Our choices. A new connection costs about 36 ms of CPU (TLS), so few large parts beat many small
# ones; more than 100 at once gain nothing on the CPU of one function.
USUAL_PART = 256 * MIB
MOST_IN_FLIGHT = 100
PART_RATE = 64 * MIB  # bytes a second of one part: what a plan may count on
WAVES = 8  # when time is short, parts shrink until this many waves fit into it


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` parts of `part_size` bytes (the last may be smaller), `in_flight` of them at once."""

    size: int
    part_size: int
    count: int
    in_flight: int

    def span(self, number: int) -> str:
        """Return the bytes of part `number` (1 to count) as CopySourceRange wants them."""
        first = (number - 1) * self.part_size
        return f"bytes={first}-{min(first + self.part_size, self.size) - 1}"

    def seconds(self, seconds_a_part: float) -> float:
        """Return how long all parts take at this rate: whole waves."""
        return math.ceil(self.count / self.in_flight) * seconds_a_part


def plan(
    size: int, seconds: float, part_size: int | None = None, in_flight: int | None = None
) -> Plan:
    """Return the parts for `size` bytes with `seconds` left; settings win where S3 allows them.

    Raises:
        ValueError: no parts within S3's limits make up this object.
    """
    if not 0 < size <= MOST_BYTES:
        raise ValueError(f"{size} bytes cannot be copied in parts: S3 takes 1 to {MOST_BYTES}")
    wanted = part_size or min(USUAL_PART, round_up(seconds * PART_RATE / WAVES))
    needed = round_up(size / MOST_PARTS)
    part = min(max(wanted, needed, SMALLEST_PART), LARGEST_PART)
    count = math.ceil(size / part)
    return Plan(size, part, count, max(1, min(in_flight or MOST_IN_FLIGHT, count)))


def round_up(size: float) -> int:
    """Return the next whole MiB, in bytes."""
    return math.ceil(size / MIB) * MIB
