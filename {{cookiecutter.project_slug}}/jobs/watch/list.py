"""The verb `list`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from jobs import terminal, where
from jobs.aws import joblist
from jobs.report.document import iso

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import JobListDescriptorTypeDef

HEADERS = ("job", "status", "done", "failed", "age", "what")
NUMBERS = "23"
SCHEMA = "jobs.list/1"
STATUSES = sorted(joblist.ENDED | joblist.WORKING)


@click.command("list", short_help="List the jobs of the last 90 days.")
@click.option(
    "--status",
    type=click.Choice(STATUSES, case_sensitive=False),
    multiple=True,
    help="Only these. Repeatable.",
)
@click.option("--all", "shows_all", is_flag=True, help="Also jobs that other tools created.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.place_options
def command(
    status: tuple[str, ...], *, shows_all: bool, as_json: bool, **given: str | None
) -> None:
    """List the jobs of this account and Region that these tools created, the newest first.

    S3 forgets a job 90 days after its end. Its counts are S3's own: the verdict is in the report.
    """
    place = where.place(where.Where(**given))
    found = list(joblist.jobs(place.clients.s3control, place.account, status))
    chosen = sorted(
        (each for each in found if shows_all or joblist.is_ours(each)),
        key=lambda each: (joblist.is_ours(each), each["CreationTime"]),
        reverse=True,
    )
    if as_json:
        document = {"schema": SCHEMA, "jobs": [_member(each) for each in chosen]}
        terminal.out(terminal.as_json(document))
        return
    now = datetime.now(UTC)
    if chosen:
        terminal.out(terminal.table([_row(each, now) for each in chosen], HEADERS, NUMBERS))
    if others := len(found) - len(chosen):
        terminal.say(f"{terminal.count(others, 'job')} of other tools: --all shows them.")
    if not found:
        kind = f" that is {' or '.join(status)}" if status else ""
        terminal.say(f"No job{kind} in {place.region} of account {place.account}.")


def _row(job: JobListDescriptorTypeDef, now: datetime) -> tuple[str, ...]:
    counts = job.get("ProgressSummary", {})
    total = counts.get("TotalNumberOfTasks", 0)
    failed = counts.get("NumberOfTasksFailed", 0)
    done = counts.get("NumberOfTasksSucceeded", 0) + failed
    return (
        joblist.short(job),
        job["Status"],
        f"{done:,}/{total:,}" if total else "",
        f"{failed:,}" if total else "",
        terminal.duration((now - job["CreationTime"]).total_seconds()),
        terminal.shown(joblist.MARK.sub("", job.get("Description", "")).strip()),
    )


def _member(job: JobListDescriptorTypeDef) -> dict[str, Any]:
    counts = job.get("ProgressSummary", {})
    return {
        "id": job["JobId"],
        "status": job["Status"],
        "total": counts.get("TotalNumberOfTasks"),
        "succeeded": counts.get("NumberOfTasksSucceeded"),
        "failed": counts.get("NumberOfTasksFailed"),
        "created": iso(job["CreationTime"]),
        "description": job.get("Description", ""),
        "ours": joblist.is_ours(job),
    }
