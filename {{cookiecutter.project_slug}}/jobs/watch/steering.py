"""The calls that change a job: confirm, cancel, priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, where
from jobs.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3control.literals import RequestedJobStatusType
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place

LONGEST_REASON = 256  # characters of StatusUpdateReason (API reference)


def confirm(place: Place, job: JobDescriptorTypeDef) -> None:
    """Run a job that waits to be confirmed.

    Raises:
        Refused: its status does not allow it any more.
    """
    _update(place, job, "Ready", "")


def cancel(place: Place, job: JobDescriptorTypeDef, reason: str) -> None:
    """Ask S3 to send no more of a job's tasks.

    Raises:
        Refused: it has ended meanwhile.
    """
    _update(place, job, "Cancelled", reason[:LONGEST_REASON])


def set_priority(place: Place, job: JobDescriptorTypeDef, priority: int) -> None:
    """Change which job S3 runs first."""
    place.clients.s3control.update_job_priority(
        AccountId=place.account, JobId=job["JobId"], Priority=priority
    )


def _update(
    place: Place, job: JobDescriptorTypeDef, status: RequestedJobStatusType, reason: str
) -> None:
    more = {"StatusUpdateReason": reason} if reason else {}
    try:
        place.clients.s3control.update_job_status(
            AccountId=place.account, JobId=job["JobId"], RequestedJobStatus=status, **more
        )
    except ClientError as error:
        if errors.code(error) != "JobStatusException":
            raise
        name = job["JobId"][:8]
        raise Refused(
            f"Job {name} cannot become {status} any more: {where.command(f'show {name}')} says "
            "what it is."
        ) from None
