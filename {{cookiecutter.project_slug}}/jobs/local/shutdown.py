"""The end of the local service: its jobs are cancelled, and what still runs is ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.local.engine.engine import Engine

GRACE_SECONDS = 5.0  # for invocations in flight
ENDING = (
    f"Ending: what runs is cancelled, with its report. Invocations in flight have"
    f" {GRACE_SECONDS:.0f} seconds. Ctrl-C again leaves at once."
)
ENDING_ELSEWHERE = (
    "Ending: what runs is cancelled, with its report, once the invocations in flight have ended."
    " Ctrl-C again leaves at once."
)


def sentence(end_function: Callable[[], None] | None) -> str:
    """Return what is said when the end begins."""
    return ENDING if end_function else ENDING_ELSEWHERE


def close(engine: Engine, end_function: Callable[[], None] | None) -> None:
    """Close the engine; what still runs after `GRACE_SECONDS` is ended by `end_function`."""
    timer = threading.Timer(GRACE_SECONDS, end_function) if end_function else None
    if timer:
        timer.daemon = True
        timer.start()
    engine.close()
    if timer:
        timer.cancel()
