"""The call that lets a job run or ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs import errors, where
from jobs.aws import joblist
from jobs.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3control.literals import RequestedJobStatusType
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place

LONGEST_REASON = 256  # characters of StatusUpdateReason (API reference)


def update(
    place: Place, job: JobDescriptorTypeDef, status: RequestedJobStatusType, reason: str = ""
) -> None:
    """Run a job that waits to be confirmed (`Ready`), or let S3 send no more tasks (`Cancelled`).

    Raises:
        Refused: its status does not allow it any more.
    """
    name = joblist.short(job)
    refused = Refused(
        f"Job {name} cannot become {status} any more: {where.command(f'show {name}')} says what it "
        "is."
    )
    more = {"StatusUpdateReason": reason[:LONGEST_REASON]} if reason else {}
    with errors.refusing(refused, {"JobStatusException"}):
        place.clients.s3control.update_job_status(
            AccountId=place.account, JobId=job["JobId"], RequestedJobStatus=status, **more
        )
