"""The filters of `manifest` as conditions in SQL; sizes and ages as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats.tables import literal

if TYPE_CHECKING:
    from jobs.manifest.options import Wish

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
AGE = re.compile(r"(\d+)\s*([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
WHOLE = re.compile(r"\\?&")  # \& is the sign itself
SED = re.compile(
    r"s(?P<mark>[^\w\s\\])(?P<old>.*?)(?<!\\)(?P=mark)(?P<new>.*?)(?<!\\)(?P=mark)([gi]*)"
)


def conditions(wish: Wish) -> list[tuple[str, str]]:
    """Return (option, condition) of each filter that is asked for; a key must pass all of them."""
    prefixes = " OR ".join(f"starts_with(key, {literal(each)})" for each in wish.prefix)
    globs = " OR ".join(f"key GLOB {literal(each)}" for each in wish.match)
    without = " OR ".join(f"key GLOB {literal(each)}" for each in wish.without)
    classes = ", ".join(literal(each.upper()) for each in wish.classes)
    found = {
        "--bucket": f"bucket = {literal(wish.bucket)}" if wish.bucket else "",
        "--prefix": f"({prefixes})" if prefixes else "",
        # the order of S3 is that of the bytes, and duckdb's, too
        "--start-after": f"key > {literal(wish.start_after)}" if wish.start_after else "",
        "--match": f"({globs})" if globs else "",
        "--not": f"NOT ({without})" if without else "",
        "--larger": f"size > {size(wish.larger)}" if wish.larger else "",
        "--smaller": f"size < {size(wish.smaller)}" if wish.smaller else "",
        "--newer": f"modified > {literal(moment(wish.newer))}::TIMESTAMP" if wish.newer else "",
        "--older": f"modified < {literal(moment(wish.older))}::TIMESTAMP" if wish.older else "",
        "--class": f"class IN ({classes})" if classes else "",
    }
    return [(option, condition) for option, condition in found.items() if condition]


def size(text: str) -> int:
    """Return bytes: 5GiB, 5 GB, 100."""
    found = SIZE.fullmatch(text.strip())
    if not found:
        raise Refused(f"{text!r} is no size: write 100, 10KB, 5GiB.")
    number, unit, binary = found.groups()
    power = " KMGT".index(unit.upper() or " ")
    unit_bytes = 1024.0 if binary else 1000.0
    return round(float(number) * unit_bytes**power)


def moment(text: str, now: datetime | None = None) -> str:
    """Return the UTC time of 30d (ago) or of a date, as ISO 8601 without a zone."""
    try:
        if found := AGE.fullmatch(text.strip()):
            age = timedelta(seconds=int(found[1]) * SECONDS[found[2]])
            when = (now or datetime.now(UTC)) - age
        else:
            when = datetime.fromisoformat(text)
            when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refused(f"{text!r} is no age or date: write 12h, 30d or 2026-01-31.") from None
    return when.replace(tzinfo=None).isoformat(" ", "seconds")


def renaming(text: str) -> str:
    r"""Return the SQL of a new key for `s/old/new/`, as sed writes it; g: all, i: any case.

    The pattern is one of RE2, as for sed -E; \1 is its first group, & all that was found.
    """
    found = SED.fullmatch(text)
    if not found:
        raise Refused(f"{text!r} is no renaming: write s/old/new/, with any sign for the slash.")
    mark = found["mark"]
    old, new = (found[name].replace(f"\\{mark}", mark) for name in ("old", "new"))
    new = WHOLE.sub(lambda sign: sign[0].removeprefix("\\") if sign[0] != "&" else r"\0", new)
    flags = found[4] or "c"
    return f"regexp_replace(key, {literal(old)}, {literal(new)}, {literal(flags)})"
