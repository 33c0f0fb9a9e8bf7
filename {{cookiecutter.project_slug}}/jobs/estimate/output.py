"""What `estimate` says: a table for people, or one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs import terminal
from jobs.estimate import quantities

if TYPE_CHECKING:
    from decimal import Decimal

    from jobs.estimate.quantities import Item, Job, Prices

SCHEMA = "jobs.estimate/1"
NOT_COUNTED = (
    "Not counted: KMS, CloudTrail data events, transfer to another Region, minimum storage days of "
    "what a rename deletes, free tier, discounts. This is an estimate: not all prices were checked "
    "against AWS's own (jobs/estimate/prices.json says which)."
)
NO_SIZES = (
    "No listing says sizes and storage classes: no object is taken to be above 5 GiB or archived."
)
OF_THE_BUCKET = "For its list S3 charges all objects of the bucket, which may be more than these."


def as_text(
    job: Job, at: Prices, lines: list[Item], band: list[Decimal], *, are_sizes_known: bool
) -> str:
    """Return the estimate in lines.

    `band`: the total at the low and at the high time of a task; `are_sizes_known`: a listing said
    the sizes and classes of the objects.
    """
    head = f"{job.operation} of {job.objects:,} objects, {at.region}, prices of {at.day}"
    rows = [
        (
            each.service,
            each.name,
            f"{each.quantity:,.3f}".rstrip("0").rstrip("."),
            each.unit,
            f"{each.cost:.2f}" + (" *" if each.is_assumed else "  "),
        )
        for each in lines
    ]
    rows.append(("total", "", "", "", f"{quantities.total(lines):.2f}  "))
    needed, least = quantities.seconds(job)
    failing = f" {job.failing:,} archived objects fail: not counted." if job.failing else ""
    how = "of a job that ran" if job.is_measured else "assumed"
    band_words = (
        f"low {band[0]:.2f}, high {band[1]:.2f} ({quantities.LOW_MS} and {quantities.HIGH_MS} ms a "
        f"task)   time at {job.concurrency} in flight: {terminal.duration(needed)}; by S3's "
        f"limit for one prefix: {terminal.duration(least)} at least"
    )
    star = f"* from assumed or measured quantities; the time of a task is {how}.{failing}"
    if not are_sizes_known:
        star = f"{star} {NO_SIZES}"
    if job.generated:
        star = f"{star} {OF_THE_BUCKET}"
    table = terminal.table(rows, ("", "", "qty", "unit", "US$"), right="24")
    return f"{head}\n{table}\n{band_words}\n{star}\n{NOT_COUNTED}"


def document(job: Job, at: Prices, lines: list[Item], band: list[Decimal]) -> dict[str, Any]:
    """Return the estimate for a program to read."""
    needed, least = quantities.seconds(job)
    return {
        "schema": SCHEMA,
        "operation": job.operation,
        "objects": job.objects,
        "region": at.region,
        "pricesOf": at.day.isoformat(),
        "items": [
            {
                "service": each.service,
                "name": each.name,
                "quantity": str(each.quantity),
                "unit": each.unit,
                "usd": f"{each.cost:.4f}",
                "assumed": each.is_assumed,
            }
            for each in lines
        ],
        "totalUsd": f"{quantities.total(lines):.2f}",
        "lowUsd": f"{band[0]:.2f}",
        "highUsd": f"{band[1]:.2f}",
        "seconds": round(needed),
        "leastSeconds": round(least),
    }
