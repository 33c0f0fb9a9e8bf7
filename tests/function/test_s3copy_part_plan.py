from __future__ import annotations

import itertools

import pytest

from s3copy.part_plan import (
    LARGEST_PART,
    MIB,
    MOST_BYTES,
    MOST_IN_FLIGHT,
    MOST_PARTS,
    SMALLEST_PART,
    plan,
)

GIB = 1024 * MIB
SIZES = [1, 5 * MIB, 5 * GIB, 5 * GIB + 1, 100 * 10**9, 10**12, 50 * 10**12, MOST_BYTES]


@pytest.mark.parametrize("size", SIZES)
def test_every_plan_is_within_the_limits_of_s3(size: int) -> None:
    settings = itertools.product((0.1, 30, 830), (None, 1, 64 * MIB, 6 * GIB), (None, 1, 500))
    for seconds, part_size, in_flight in settings:
        made = plan(size, seconds, part_size, in_flight)
        assert SMALLEST_PART <= made.part_size <= LARGEST_PART
        assert 1 <= made.count <= MOST_PARTS
        assert 1 <= made.in_flight <= made.count
        assert (made.count - 1) * made.part_size < size <= made.count * made.part_size


def test_the_parts_make_up_the_object_without_gap_or_overlap() -> None:
    made = plan(5 * GIB + 1, 830)
    spans = [made.span(number).removeprefix("bytes=") for number in range(1, made.count + 1)]
    ends = [tuple(int(end) for end in span.split("-")) for span in spans]
    assert ends[0][0] == 0
    assert ends[-1][1] == 5 * GIB
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(ends))


@pytest.mark.parametrize(
    ("size", "seconds", "part_size", "count", "in_flight"),
    [
        (6 * GIB, 830, 256 * MIB, 24, 24),
        (100 * 10**9, 830, 256 * MIB, 373, MOST_IN_FLIGHT),
        (50 * 10**12, 830, 4769 * MIB, 9999, MOST_IN_FLIGHT),
        (6 * GIB, 8, 64 * MIB, 96, 96),
    ],
    ids=["6 GiB", "100 GB", "50 TB", "little time: smaller parts"],
)
def test_parts_are_few_and_large(
    size: int, seconds: float, part_size: int, count: int, in_flight: int
) -> None:
    made = plan(size, seconds)
    assert (made.part_size, made.count, made.in_flight) == (part_size, count, in_flight)


def test_settings_win_within_the_limits() -> None:
    made = plan(10 * GIB, 830, part_size=GIB, in_flight=3)
    assert (made.part_size, made.count, made.in_flight) == (GIB, 10, 3)


def test_the_time_is_counted_in_whole_waves() -> None:
    assert plan(10 * GIB, 830, part_size=GIB, in_flight=3).seconds(2.0) == 8.0


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1])
def test_an_object_beyond_the_limits_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="cannot be copied in parts"):
        plan(size, 830)
