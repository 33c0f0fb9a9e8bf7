"""Quantities times prices: pure, in decimals. `prices.json` says where each price is from.

What is measured or assumed, not counted, is marked; low and high take 50 and 300 ms a task.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ASSUMED_MS = 100
LOW_MS, HIGH_MS = 50, 300
LINE_BYTES = 541
"""Of the handler's usual log line for a task (docs/costs.md); Lambda's own lines come on top."""
LOG_BYTES = 900
MEMORY = 512  # MB, of template.yaml
WRITES_A_SECOND = 3500
"""Of one prefix (S3 User Guide, optimizing-performance)."""
OLD_AFTER_DAYS = 365
MILLION = Decimal(1_000_000)
GIB = Decimal(1024)
GB = Decimal(10**9)
# Requests for each object, by price; an own task says nothing of its requests.
REQUESTS = {"copy": ("copy",), "rename": ("copy", "delete")}
NAMES = {"copy": "CopyObject", "delete": "DeleteObject"}
PART_BYTES = 256 * 1024**2
"""Of an object above 5 GiB, unless PART_SIZE says another (src/s3copy/part_plan.py)."""
UPLOAD_REQUESTS = 2
"""CreateMultipartUpload and CompleteMultipartUpload, which cost as much as a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is estimated.

    Attributes:
        operation: `copy`, `rename`, or `run`: other work, whose own requests are not counted.
        objects: rows of the manifest.
        failing: of these, objects that are archived: no copy is paid for.
        above: of `objects`, those above 5 GiB, which are copied in parts.
        parts: requests for these besides the CopyObject, which S3 refuses for them.
        ms: of the function for a task.
        memory: MiB of the function.
        architecture: `x86_64` or `arm64`.
        log_bytes: of a task.
        generated: objects of the bucket that a generated list goes through.
        concurrency: tasks in flight.
        is_measured: `ms` is of a job that ran.
    """

    operation: str
    objects: int
    failing: int = 0
    above: int = 0
    parts: int = 0
    ms: int = ASSUMED_MS
    memory: int = MEMORY
    architecture: str = "x86_64"
    log_bytes: int = LOG_BYTES
    generated: int = 0
    concurrency: int = 100
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line: `cost` in US dollars; `is_assumed`: its quantity is not a count."""

    service: str
    name: str
    quantity: Decimal
    unit: str
    cost: Decimal
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """An estimate: US dollars, milliseconds of a task that were assumed, the day of the prices."""

    usd: Decimal
    ms: int
    day: date

    def __str__(self) -> str:
        """Return it in words."""
        return f"about US$ {self.usd:,.2f} at {self.ms} ms a task (prices of {self.day})"


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a Region; `region` is the one that they are of."""

    region: str
    day: date
    prices: Mapping[str, Mapping[str, str]]

    def of(self, name: str) -> Decimal:
        """Return a price in US dollars."""
        return Decimal(self.prices[name]["price"])

    def is_old(self, today: date | None = None) -> bool:
        """Tell whether the prices are older than a year."""
        return ((today or datetime.now(UTC).date()) - self.day).days > OLD_AFTER_DAYS


def prices(region: str) -> Prices:
    """Return the prices of a Region; of one that is not in the table, those of us-east-1."""
    text = resources.files("jobs.estimate").joinpath("prices.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    known = region if region in table["regions"] else table["unknown"]
    return Prices(known, date.fromisoformat(table["date"]), table["regions"][known])


def about(job: Job, region: str) -> About:
    """Return what a job costs in a Region, for the verbs that ask before they act."""
    at = prices(region)
    return About(total(items(job, at)), job.ms, at.day)


def items(job: Job, at: Prices) -> Iterator[Item]:
    """Yield the lines of an estimate."""
    objects = Decimal(job.objects)
    copied = max(objects - job.failing, Decimal(0))
    requests = REQUESTS.get(job.operation, ())
    yield Item("S3 Batch Operations", "job", Decimal(1), "job", at.of("job"))
    yield _millions("S3 Batch Operations", "objects", objects, at.of("object"))
    if job.generated:
        made = Decimal(job.generated)
        line = _millions("S3 Batch Operations", "generated list", made, at.of("generated"))
        yield replace(line, is_assumed=True)
    for request in requests:
        yield _millions("S3", NAMES[request], copied, at.of(request))
    if requests and job.parts:
        words = f"UploadPartCopy of {job.above:,} above 5 GiB"
        yield replace(_millions("S3", words, Decimal(job.parts), at.of("copy")), is_assumed=True)
    yield _millions("Lambda", "requests", objects, at.of("invocation"))
    seconds = objects * job.ms * job.memory / 1000 / GIB
    price = at.of(job.architecture)
    words = f"{job.ms} ms * {job.memory} MB"
    yield Item("Lambda", words, seconds, "GB-second", seconds * price, is_assumed=True)
    logs = objects * job.log_bytes / GB
    words = f"{job.log_bytes} B a task, {LINE_BYTES} B of it our line"
    yield Item("CloudWatch Logs", words, logs, "GB", logs * at.of("log"), is_assumed=True)


def total(lines: Iterable[Item]) -> Decimal:
    """Return the sum in US dollars."""
    return sum((each.cost for each in lines), Decimal(0))


def seconds(job: Job) -> tuple[float, float]:
    """Return the time at that concurrency, and what S3 itself needs at least for one prefix."""
    return job.objects * job.ms / 1000 / job.concurrency, job.objects / WRITES_A_SECOND


def _millions(service: str, name: str, quantity: Decimal, price: Decimal) -> Item:
    millions = quantity / MILLION
    return Item(service, name, millions, "million", millions * price)
