"""The life of one job, from New to Complete, Cancelled or Failed.

Source: "Managing S3 Batch Operations jobs" in the S3 User Guide. A thread per job lives here; what
it shares with the engine is guarded by the engine's condition.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs.aws.uploads import NotStoredError
from jobs.errors import sentence
from jobs.local.engine import manifest_generator, preparing
from jobs.local.engine.job import CancelledError, FailedError
from jobs.local.engine.spool import ReportSpool, TaskSpool
from jobs.local.engine.task_runner import Run

if TYPE_CHECKING:
    import threading

    from mypy_boto3_s3 import S3Client

    from jobs.aws.uploads import Uploads
    from jobs.local.engine.choices import Choices
    from jobs.local.engine.job import Job
    from jobs.local.engine.jobs_table import JobsTable
    from jobs.local.functions.invoke import Target

NO_REPORT_CODE = "ReportNotWritten"

NO_REPORT = (
    "The job report could not be written to your report bucket. Please check your permissions."
)

TOO_MANY_FAILURES = "More than 50% of the tasks of the job failed."

NOT_CONFIRMED = "The job was not confirmed within 30 days."


@dataclass(frozen=True, slots=True)
class World:
    """What the jobs of one engine share."""

    s3: S3Client
    uploads: Uploads
    target: Target
    choices: Choices
    account: str
    changed: threading.Condition
    """Guards every job's status; notified at each change."""
    table: JobsTable
    """Which jobs there are and may run. Use it with `changed` held."""


def live(job: Job, world: World) -> None:
    """Take the job through its life; returns when it has ended. Never raises."""
    failed_only = job.report.get("ReportScope") == "FailedTasksOnly"
    spool = ReportSpool(world.choices.report_rows, failed_only=failed_only)
    with closing(spool) as results:
        end = _work(job, world, results)
        if job.is_invoked and job.report["Enabled"]:
            end = _report(job, world, results, end)
    with world.changed:
        if end == "Complete" and job.is_cancelled:  # at the last moment
            end = "Cancelled"
        _change(job, world, end)


def _work(job: Job, world: World, results: ReportSpool) -> str:
    """Run the job up to its report and return the status that it ends in."""
    try:
        with closing(TaskSpool()) as tasks:
            _become(job, world, "Preparing")
            _prepare(job, world, tasks)
            if job.request.get("ConfirmationRequired", world.choices.unsaid_confirmation):
                _wait_for_confirmation(job, world)
            _become(job, world, "Ready")
            _activate(job, world, tasks, results)
            _become(job, world, "Completing")
    except CancelledError:
        with world.changed:
            _change(job, world, "Cancelling")
        return "Cancelled"
    except FailedError as error:
        _fail(job, world, error)
        return "Failed"
    except Exception as error:  # noqa: BLE001 - a fault of this engine ends the job, not the service
        _fail(job, world, FailedError("InternalError", f"{type(error).__name__}: {error}"))
        return "Failed"
    return "Complete"


def _fail(job: Job, world: World, error: FailedError) -> None:
    with world.changed:
        job.fail(error)
        _change(job, world, "Failing")


def _prepare(job: Job, world: World, tasks: TaskSpool) -> None:
    owner = job.report.get("ExpectedBucketOwner")
    if owner not in {None, world.account}:
        reason = f"The report bucket is not owned by {owner} but by {world.account}."
        raise FailedError("ReportBucketOwnerMismatch", reason)
    if "Manifest" in job.request:
        rows = preparing.rows(world.s3, job.request["Manifest"], world.choices)
    else:
        rows = manifest_generator.rows(job, world.s3, world.uploads, world.account)
    preparing.fill(job, rows, tasks, world.choices)
    job.total = tasks.count


def _wait_for_confirmation(job: Job, world: World) -> None:
    with world.changed:
        job.suspended = time.time()
        _become(job, world, "Suspended")
        is_decided = world.changed.wait_for(
            lambda: job.is_confirmed or job.is_cancelled, world.choices.suspended_limit
        )
    if not is_decided:
        raise FailedError("ConfirmationTimedOut", NOT_CONFIRMED)


def _activate(job: Job, world: World, tasks: TaskSpool, results: ReportSpool) -> None:
    """Run the tasks, giving way to jobs of higher priority and coming back by itself."""
    with closing(Run(job, tasks, results, world.target, world.choices)) as run:
        while not run.is_done:
            with world.changed:
                world.changed.wait_for(lambda: job.is_cancelled or world.table.has_place(job))
                _become(job, world, "Active")
                job.active_since = time.monotonic()
                job.wake = run.stop
            try:
                run.burst()
            finally:
                with world.changed:
                    job.active_seconds += time.monotonic() - job.active_since
                    job.active_since = None
            job.check_cancelled()
            if run.is_over_threshold:
                raise FailedError("TooManyFailedTasks", TOO_MANY_FAILURES)
            if not run.is_done:
                _become(job, world, "Paused")


def _report(job: Job, world: World, results: ReportSpool, end: str) -> str:
    """Write the completion report and return the status that the job ends in."""
    bucket, _ = preparing.split_arn(job.report["Bucket"])
    try:
        _refuse_lock(world.s3, bucket)
        key = results.upload(world.uploads, bucket, job.report.get("Prefix"), job.id, time.time())
    except Exception as error:  # noqa: BLE001 - whatever the reason, the job has no report
        with world.changed:
            job.note(f"No report: {sentence(error)}")
        _fail(job, world, FailedError(NO_REPORT_CODE, NO_REPORT))
        return "Failed"
    with world.changed:
        job.report_at = f"s3://{bucket}/{key}"
    return end


def _refuse_lock(s3: S3Client, bucket: str) -> None:
    """Raise NotStoredError for a bucket that locks new objects: AWS cannot write a report there."""
    try:
        lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except ClientError:  # no lock, or an S3 that does not know it
        return
    if "DefaultRetention" in lock.get("Rule", {}):
        raise NotStoredError(f"The bucket {bucket!r} has Object Lock default retention.")


def _become(job: Job, world: World, status: str) -> None:
    """Go on to a status, unless the job was cancelled: then raise CancelledError."""
    with world.changed:
        job.check_cancelled()
        _change(job, world, status)


def _change(job: Job, world: World, status: str) -> None:
    job.become(status)
    world.table.reschedule()
    world.changed.notify_all()
