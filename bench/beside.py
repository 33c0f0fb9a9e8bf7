"""Times ways of doing one thing beside each other, each in a process of its own.

A process tells its time, its CPU time (of all its threads) and its peak memory; what it imports is
not measured.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROJECT = Path(__file__).resolve().parents[1] / "{{cookiecutter.project_slug}}"


class Cost(NamedTuple):
    """Of one process."""

    seconds: float
    cpu: float
    megabytes: int


def check(holds: bool, what: str) -> None:  # noqa: FBT001 - a claim
    if not holds:
        raise SystemExit(f"This does not hold: {what}.")


def run_one(way: Callable[[Path], None], folder: Path) -> None:
    """Run a way in this process, and tell its cost on stdout."""
    began, cpu_before = time.perf_counter(), time.process_time()
    way(folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_before
    print(json.dumps([seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))


def measured(program: str, way: Callable[[Path], None], folder: Path) -> Cost:
    """Return the cost of a way of `program`, which calls `run_one` after `--one`."""
    command = [sys.executable, program, "--one", way.__name__, str(folder)]
    done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(*json.loads(done.stdout))


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of the times, and the peak of the memory."""
    return Cost(
        statistics.median(each.seconds for each in costs),
        statistics.median(each.cpu for each in costs),
        max(each.megabytes for each in costs),
    )


def table(
    program: str,
    ways: Mapping[str, tuple[Callable[[Path], None], Callable[[Path], None]]],
    folder: Path,
    runs: int,
) -> None:
    """Print what the plain way and ours cost: medians of `runs`, the peak of the memory."""
    print(
        f"{'':20}{'plain s':>8}{'CPU':>6}{'MB':>6}{'jobs s':>9}{'CPU':>6}{'MB':>6}  times as fast"
    )
    for name, pair in ways.items():
        found = [[measured(program, way, folder) for way in pair] for _ in range(runs)]
        plain, ours = (median(way) for way in zip(*found, strict=True))
        print(
            f"{name:20}{plain.seconds:8.2f}{plain.cpu:6.1f}{plain.megabytes:6}{ours.seconds:9.2f}"
            f"{ours.cpu:6.1f}{ours.megabytes:6}{plain.seconds / ours.seconds:15.1f}",
            flush=True,
        )
