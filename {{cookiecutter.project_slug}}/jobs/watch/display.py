"""Shows a job while it is watched: a bar on a terminal, lines or JSON Lines anywhere else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn

from jobs import terminal
from jobs.aws import joblist
from jobs.report.document import iso
from jobs.watch import states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jobs.watch.states import State

LINE_EVERY = 10.0  # seconds between two lines of one status
SCHEMA = "jobs.watch/1"


@contextmanager
def choose(*, as_json: bool) -> Iterator[Callable[[Sequence[State]], None]]:
    """Give what shows the last of some states, fit for what stdout and stderr are."""
    if as_json:
        yield json_line
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield Lines().show


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
            terminal.say(f"{joblist.short(now.job)} {now.status}  {words}".rstrip())
            self._said = (now.status, now.seen, words)


def json_line(seen: Sequence[State]) -> None:
    """Write the last state as one line of JSON."""
    now = seen[-1]
    rate, left = states.rate(seen), states.seconds_left(seen)
    line = {
        "schema": SCHEMA,
        "time": iso(datetime.now(UTC)),
        "status": now.status,
        "total": now.total,
        "succeeded": now.succeeded,
        "failed": now.failed,
        "perSecond": None if rate is None else round(rate, 1),
        "secondsLeft": None if left is None else round(left),
    }
    terminal.out(terminal.as_json(line, is_line=True))
    sys.stdout.flush()


@contextmanager
def _bar() -> Iterator[Callable[[Sequence[State]], None]]:
    """Give what draws a bar; what is said meanwhile goes above it, the last state stays."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Progress(*columns, console=terminal.console(sys.stderr)) as bar:
        task = bar.add_task("", total=None, words="", visible=False)

        def show(seen: Sequence[State]) -> None:
            now = seen[-1]
            bar.update(
                task,
                description=f"{joblist.short(now.job)} {now.status}",
                completed=now.answered,
                total=now.total,
                words=states.words(seen),
                visible=True,
            )

        yield show
