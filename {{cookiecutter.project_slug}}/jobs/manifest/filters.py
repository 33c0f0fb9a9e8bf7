"""The filters of `manifest` as conditions in SQL; sizes and ages as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from jobs.errors import Refused
from jobs.formats.tables import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
AGE = re.compile(r"(\d+)\s*([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
WHOLE = re.compile(r"\\?&")  # \& is the sign itself
SED = re.compile(
    r"s(?P<mark>[^\w\s\\])(?P<old>.*?)(?<!\\)(?P=mark)(?P<new>.*?)(?<!\\)(?P=mark)([gi]*)"
)


class Asked(Protocol):
    """The filters that an option can ask for; None or empty: not asked."""

    @property
    def bucket(self) -> str:
        """The only bucket, and that of keys which name none."""

    @property
    def prefix(self) -> tuple[str, ...]:
        """Prefixes, of which one must match."""

    @property
    def match(self) -> tuple[str, ...]:
        """Globs, of which one must match."""

    @property
    def without(self) -> tuple[str, ...]:
        """Globs, of which none may match."""

    @property
    def larger(self) -> str | None:
        """A size."""

    @property
    def smaller(self) -> str | None:
        """A size."""

    @property
    def newer(self) -> str | None:
        """An age or a date."""

    @property
    def older(self) -> str | None:
        """An age or a date."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Storage classes."""


def conditions(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield (option, condition) of each filter that is asked for; a key must pass all of them."""
    if asked.bucket:
        yield "--bucket", f"bucket = {literal(asked.bucket)}"
    if wanted := " OR ".join(f"starts_with(key, {literal(each)})" for each in asked.prefix):
        yield "--prefix", f"({wanted})"
    if wanted := " OR ".join(f"key GLOB {literal(each)}" for each in asked.match):
        yield "--match", f"({wanted})"
    for each in asked.without:
        yield "--not", f"NOT key GLOB {literal(each)}"
    if asked.larger:
        yield "--larger", f"size > {size(asked.larger)}"
    if asked.smaller:
        yield "--smaller", f"size < {size(asked.smaller)}"
    if asked.newer:
        yield "--newer", f"modified > {literal(moment(asked.newer))}::TIMESTAMP"
    if asked.older:
        yield "--older", f"modified < {literal(moment(asked.older))}::TIMESTAMP"
    if named := ", ".join(literal(each.upper()) for each in asked.classes):
        yield "--class", f"class IN ({named})"


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
