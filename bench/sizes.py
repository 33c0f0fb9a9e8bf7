"""What check, manifest, report and the local engine cost as the number of rows grows.

    python bench/sizes.py        prints the table and draws sizes.svg beside it

CPU time and peak memory of a process of its own, its start included.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import reports
from beside import PROJECT

BENCH = Path(__file__).resolve().parent
SIZES = (3_000, 30_000, 300_000)
JOBS = ("-m", "jobs")
# The name of each, the words after `python`, and the colour of its line.
WAYS = {
    "check": ((*JOBS, "check", "manifest.csv"), "#1f77b4"),
    "manifest": (
        (*JOBS, "manifest", "keys.csv", "--bucket", "photos", "-o", "made.csv"),
        "#2ca02c",
    ),
    "report": ((str(BENCH / "reports.py"), "--one", "our_report", "."), "#d62728"),
    "engine": ((str(BENCH / "engine.py"), "--one", "{rows}"), "#9467bd"),
}
WIDTH, HEIGHT, EDGE = 640, 360, 60


class Cost(NamedTuple):
    """Of one process."""

    seconds: float
    megabytes: float


def measured(words: tuple[str, ...], folder: Path, rows: int) -> Cost:
    """Run it in a process of its own; checks that it did its work."""
    command = [sys.executable, *(word.format(rows=rows) for word in words)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed:\n{(folder / 'said').read_text()}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def drawn(costs: dict[str, list[Cost]]) -> str:
    """Return an SVG: seconds of CPU against the number of rows, both as logarithms."""
    top = math.ceil(math.log10(max(cost.seconds for found in costs.values() for cost in found)))

    def x(rows: float) -> float:
        share = math.log10(rows / SIZES[0]) / math.log10(SIZES[-1] / SIZES[0])
        return EDGE + share * (WIDTH - 3 * EDGE)

    def y(seconds: float) -> float:
        return HEIGHT - EDGE - math.log10(max(seconds, 1)) / top * (HEIGHT - 2 * EDGE)

    parts = [f'<text x="{EDGE}" y="30">seconds of CPU, by the number of rows</text>']
    parts += [
        f'<path d="M{EDGE} {y(each):.1f}H{WIDTH - 2 * EDGE}" stroke="#ddd"/>'
        f'<text x="{EDGE - 8}" y="{y(each) + 4:.1f}" text-anchor="end">{each}</text>'
        for each in (10**power for power in range(top + 1))
    ]
    parts += [
        f'<text x="{x(rows):.1f}" y="{HEIGHT - EDGE + 24}" text-anchor="middle">{rows:,}</text>'
        for rows in SIZES
    ]
    low = 0.0  # where the last name stands: none is written over another
    for name, found in sorted(costs.items(), key=lambda each: -each[1][-1].seconds):
        at = [(x(rows), y(cost.seconds)) for rows, cost in zip(SIZES, found, strict=True)]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
        a, low = at[-1][0], max(at[-1][1] + 4, low + 15)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{WAYS[name][1]}" stroke-width="2"/>'
            f'<text x="{a + 8:.1f}" y="{low:.1f}" fill="{WAYS[name][1]}">{name}</text>'
        )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    white = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join(
        [f'{head} font-family="sans-serif" font-size="13">', white, *parts, "</svg>\n"]
    )


def main() -> None:
    """Measure each way at each size."""
    costs: dict[str, list[Cost]] = {name: [] for name in WAYS}
    print(f"{'':8}" + "".join(f"{rows:>24,} rows" for rows in SIZES))
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            reports.make(folder, rows)
            keys = (f"2025/{n:09} a.jpg\n" for n in range(rows))
            (folder / "keys.csv").write_text("".join(keys))
            for name, (words, _) in WAYS.items():
                costs[name].append(measured(words, folder, rows))
    for name, found in costs.items():
        cells = (
            f"{cost.seconds:6.1f} s{1e6 * cost.seconds / rows:7.0f} us each{cost.megabytes:5.0f} MB"
            for rows, cost in zip(SIZES, found, strict=True)
        )
        print(f"{name:8}" + "".join(cells))
    (BENCH / "sizes.svg").write_text(drawn(costs), encoding="utf-8")


if __name__ == "__main__":
    main()
