"""Shows a job while it is watched: a bar on a terminal, lines or JSON Lines anywhere else."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, Progress, TextColumn

from jobs import terminal
from jobs.watch import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import TaskID

    from jobs.watch.states import State

LINE_EVERY = 10.0  # seconds between two lines of one status
SCHEMA = "jobs.watch/1"


class Display(Protocol):
    """What the three displays have in common."""

    def show(self, seen: Sequence[State]) -> None:
        """Show the last state."""

    def close(self) -> None:
        """Leave the last state on the screen."""


def choose(*, as_json: bool) -> Display:
    """Return the display for what stdout and stderr are."""
    if as_json:
        return JsonLines()
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """Writes a line when the status changes, or after some seconds with other counts."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said: tuple[str, float, str] = ("", 0.0, "")

    def show(self, seen: Sequence[State]) -> None:
        """Write a line where there is news."""
        now, words = seen[-1], states.words(seen)
        status, when, before = self._said
        is_due = now.status != status or now.seen - when >= LINE_EVERY
        if is_due and (now.status, words) != (status, before):
            terminal.say(f"{now.job['JobId'][:8]} {now.status}  {words}".rstrip())
            self._said = (now.status, now.seen, words)

    def close(self) -> None:
        """Nothing is left to write."""


class JsonLines:
    """Writes each state as one line of JSON."""

    def show(self, seen: Sequence[State]) -> None:
        """Write the last state."""
        now = seen[-1]
        rate, left = states.rate(seen), states.seconds_left(seen)
        line = {
            "schema": SCHEMA,
            "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "status": now.status,
            "total": now.total,
            "succeeded": now.succeeded,
            "failed": now.failed,
            "perSecond": None if rate is None else round(rate, 1),
            "secondsLeft": None if left is None else round(left),
        }
        terminal.out(terminal.as_json(line, is_line=True))
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is left to write."""


class Bar:
    """Draws a bar; what is said meanwhile goes above it."""

    def __init__(self) -> None:
        """Draw on stderr, a terminal."""
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[words]}", markup=False),
            console=terminal.console(sys.stderr),
        )
        self._task: TaskID | None = None
        self._progress.start()

    def show(self, seen: Sequence[State]) -> None:
        """Draw the last state."""
        now = seen[-1]
        title = f"{now.job['JobId'][:8]} {now.status}"
        if self._task is None:
            self._task = self._progress.add_task(title, total=None, words="")
        self._progress.update(
            self._task,
            description=title,
            completed=now.answered,
            total=now.total,
            words=states.words(seen),
        )

    def close(self) -> None:
        """Leave the bar as it is."""
        self._progress.stop()
