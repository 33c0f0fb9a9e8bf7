"""How far something is: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs import bars
from jobs.bars import Counter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_quick_step_has_no_bar_and_a_slow_one_has_lines_where_no_terminal_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    times = iter((0.0, 0.5, 1.9, 2.5, 5.0, 13.0))
    counter = Counter("listing", 1000, clock=lambda: next(times))
    for _ in range(5):
        counter.add(100)
    assert capsys.readouterr().err.splitlines() == [
        "listing: 300 of 1,000, 120/s",
        "listing: 500 of 1,000, 38/s",
    ]


def test_several_threads_count_together_and_draw_one_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bars at once are an error of rich, which would end the verb."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(bars, "BAR_AFTER", 0.0)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    counter = Counter("fetching", 8000)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: counter.add(), range(8000)))
    finally:
        counter.close()
        sys.setswitchinterval(before)
    assert counter.done == 8000


@pytest.mark.parametrize("columns", ["40", "120"])
def test_a_terminal_of_any_width_shows_a_bar(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    times = iter((0.0, 3.0))
    counter = Counter("listing", 1000, clock=lambda: next(times))
    counter.add(500)
    counter.close()
    assert "500/1000" in screen.getvalue()
