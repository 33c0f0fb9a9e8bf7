"""The filters of manifest: sizes and ages as people write them, new names as sed makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobs.errors import Refused
from jobs.manifest import filters

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "bytes_"), [("100", 100), ("10KB", 10_000), ("5GiB", 5 * 1024**3), ("1.5M", 1_500_000)]
)
def test_sizes(text: str, bytes_: int) -> None:
    assert filters.size(text) == bytes_


def test_ages_and_dates() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert filters.moment("30d", now) == "2026-10-26 12:00:00"
    assert filters.moment("2026-01-31") == "2026-01-31 00:00:00"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: filters.size("big"), "'big' is no size"),
        (lambda: filters.moment("soon"), "'soon' is no age or date"),
        (lambda: filters.moment("999999d"), "'999999d' is no age or date"),
        (lambda: filters.moment("9999999999w"), "'9999999999w' is no age or date"),
        (lambda: filters.renaming("s/a/b"), "'s/a/b' is no renaming"),
    ],
    ids=["size", "age", "too old", "endless", "renaming"],
)
def test_what_is_not_understood_is_one_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        call()


@pytest.mark.parametrize(
    ("text", "new"),
    [("s/b/[&]/", r"[\0]"), (r"s/b/\&/", "&"), (r"s#(b)#\1/#", r"\1/")],
)
def test_the_signs_of_sed_mean_what_they_mean_there(text: str, new: str) -> None:
    assert f"'{new}', 'c')" in filters.renaming(text)
