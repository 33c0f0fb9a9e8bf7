"""Times and shares as people write them; Refused: it is none."""

from __future__ import annotations

import re

from jobs.errors import Refused

UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")


def seconds(text: str) -> float:
    """Return a time such as `90s`, `15m` or `2h` in seconds; a bare number is seconds."""
    if not (found := DURATION.fullmatch(text.strip())):
        raise Refused(f"{text!r} is no time: write 90s, 15m or 2h.")
    return float(found[1]) * UNITS[found[2] or "s"]


def share(text: str) -> float:
    """Return a share such as `5%` as a number from 0 to 1."""
    number = text.strip().removesuffix("%")
    if not re.fullmatch(r"\d+(\.\d+)?", number) or not 0 <= float(number) <= 100:  # noqa: PLR2004 - per cent
        raise Refused(f"{text!r} is no share: write 5% for five in a hundred.")
    return float(number) / 100
