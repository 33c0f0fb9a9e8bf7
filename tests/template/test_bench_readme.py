"""Every measurement has its place in bench/README.md, where `make bench` writes what it prints."""

from __future__ import annotations

import sys

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "bench"))

import record

README = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", record.measurements())
def test_every_measurement_has_its_place(name: str) -> None:
    assert "one line of it\n```\n" in record.recorded(README, name, "one line of it")


def test_what_was_recorded_before_is_replaced() -> None:
    page = "<!-- a -->\n\n```\nold\n```\n\n<!-- b -->\n\n```\nkept\n```\n"
    assert record.recorded(page, "a", "new\n") == page.replace("old", "new")


def test_a_measurement_without_a_place_is_refused() -> None:
    with pytest.raises(LookupError, match="<!-- unknown -->"):
        record.recorded(README, "unknown", "figures")


def test_the_page_says_when_and_on_what_it_was_measured() -> None:
    assert record.DATED.search(README)
