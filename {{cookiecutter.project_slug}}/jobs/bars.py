"""How far something is: a bar on a terminal, lines elsewhere, nothing for what is quick."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from jobs import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Task, TaskID

BAR_AFTER = 2.0  # seconds: what is done by then needs no bar
LINE_EVERY = 10.0  # seconds between the lines that stand for a bar where there is no terminal


@contextmanager
def progress(words: str, total: int | None = None) -> Iterator[Counter]:
    """Give a counter that shows a bar on a terminal and lines elsewhere, after two seconds."""
    counter = Counter(words, total)
    try:
        yield counter
    finally:
        counter.close()


@dataclass(slots=True)
class Counter:
    """How far something is; `add` may be called often, and by several threads at once."""

    words: str
    total: int | None
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    _began: float = field(init=False)
    _said: float | None = None
    _bar: Progress | None = None
    _task: TaskID = field(init=False)
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        """Remember when it began."""
        self._began = self.clock()

    def add(self, count: int = 1, total: int | None = None) -> None:
        """Count more as done; `total` where it became known."""
        with self._lock:
            self.done += count
            self.total = total or self.total
            now = self.clock()
            if now - self._began >= BAR_AFTER:
                self._show(now)

    def _show(self, now: float) -> None:
        if not sys.stderr.isatty():
            if self._said is None or now - self._said >= LINE_EVERY:
                self._said = now
                terminal.say(self._line(now))
            return
        if self._bar is None:
            # words, bar, count, rate and the time that is left
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                Rate(),
                TimeRemainingColumn(compact=True),
                console=terminal.console(sys.stderr),
            )
            self._task = self._bar.add_task(self.words, total=self.total)
            self._bar.start()
        self._bar.update(self._task, completed=self.done, total=self.total)

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()

    def _line(self, now: float) -> str:
        of = f" of {self.total:,}" if self.total else ""
        return f"{self.words}: {self.done:,}{of}, {self.done / (now - self._began):,.0f}/s"


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """Return nothing until a rate is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")
