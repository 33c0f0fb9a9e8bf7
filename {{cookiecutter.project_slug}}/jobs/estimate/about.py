"""What a job costs in a few words, for the verbs that ask before they act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.estimate import quantities

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class About:
    """An estimate: US dollars, milliseconds of a task that were assumed, the day of the prices."""

    usd: Decimal
    ms: int
    day: date

    def __str__(self) -> str:
        """Return it in words."""
        return f"about US$ {self.usd:,.2f} at {self.ms} ms a task (prices of {self.day})"


def cost(job: quantities.Job, region: str) -> About:
    """Return the estimate of a job in a Region."""
    at = quantities.prices(region)
    return About(quantities.total(quantities.items(job, at)), job.ms, at.day)
