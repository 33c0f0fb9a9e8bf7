"""What a job says of its end and of its report: where that is, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import where
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.formats import report

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef


class NotThere(Refused):
    """A job has no report: it may still come, or no task ran, or none was asked for."""

    def __init__(self, sentence: str, *, may_come: bool = False, no_task_ran: bool = False) -> None:
        """Say why."""
        super().__init__(sentence)
        self.may_come = may_come
        self.no_task_ran = no_task_ran


def check(job: JobDescriptorTypeDef) -> None:
    """Refuse a job that still runs or waits, and say how to watch it."""
    if job["Status"] not in joblist.ENDED:
        name = joblist.short(job)
        raise Refused(
            f"Job {name} is {job['Status']}: its report comes when it has ended; "
            f"{where.command(f'watch {name}')}."
        )


def was(job: JobDescriptorTypeDef) -> str:
    """Return the job's end as a verb: `is Complete`, `Failed`, `was Cancelled`."""
    return {"Complete": "is Complete", "Cancelled": "was Cancelled"}.get(
        job["Status"], job["Status"]
    )


def has_run(job: JobDescriptorTypeDef) -> bool:
    """Tell whether a task has ended, as S3 counts."""
    counts = job.get("ProgressSummary", {})
    return bool(counts.get("NumberOfTasksSucceeded") or counts.get("NumberOfTasksFailed"))


def seconds_run(job: JobDescriptorTypeDef) -> int | None:
    """Return how long the job was Active, at least 1; None: no task ran, or it does not say.

    S3 says whole seconds. The age of a job is no measure: it may have waited for days.
    """
    timers = job.get("ProgressSummary", {}).get("Timers", {})
    active = timers.get("ElapsedTimeInActiveSeconds")
    return None if active is None or not has_run(job) else max(1, active)


def report_uri(job: JobDescriptorTypeDef) -> str | None:
    """Return the place of the manifest.json of a job's report; None: it asks for no report."""
    asked = job.get("Report", {})
    if not asked.get("Enabled"):
        return None
    bucket = asked["Bucket"].rpartition(":::")[2]
    return f"s3://{bucket}/{report.manifest_key(asked.get('Prefix'), job['JobId'])}"


def not_there(job: JobDescriptorTypeDef, uri: str) -> NotThere:
    """Return why no report is at `uri`, as far as the job says."""
    name, reasons = joblist.short(job), joblist.reasons(job)
    if has_run(job) or job["Status"] == "Complete":
        because = f": {reasons}" if reasons else ""
        return NotThere(
            f"Job {name} {was(job)}, but no report is at {uri}{because}; it may come late: "
            f"{where.command(f'report {name}')} tries again.",
            may_come=True,
        )
    because = f" ({reasons})" if reasons else ""
    # S3 may have failed to make its list, and a job without one has no rows
    has_rows = "Manifest" in job or "Location" in job.get("GeneratedManifestDescriptor", {})
    following = f" {where.command(f'resume {name}')} makes the manifest of all its rows."
    return NotThere(
        f"Job {name} {was(job)} before its first object{because}: no report was written."
        f"{following if has_rows else ''}",
        no_task_ran=True,
    )
