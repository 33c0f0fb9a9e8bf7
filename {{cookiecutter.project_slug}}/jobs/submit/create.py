"""Creates a job once: the calls to the job API, and how a second run finds the first one's job.

Two guards keep the same work from running twice. The description of each job ends with a mark of
its work (`request.mark`), which ListJobs shows for 90 days: that finds the job of an earlier run.
The ClientRequestToken is made of the request: should two runs overlap, or an answer be lost, AWS
answers the second CreateJob with the first one's job, or refuses it if the manifest was uploaded
again meanwhile and has another version. Then the mark finds that job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from jobs import errors, terminal, where
from jobs.aws import joblist
from jobs.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import CreateJobRequestTypeDef, JobListDescriptorTypeDef


class TakenError(Refused):
    """Another request has the token: a job of the same work was created at the same time."""


def existing(
    s3control: S3ControlClient, account: str, mark: str
) -> JobListDescriptorTypeDef | None:
    """Return the newest job whose description ends with `mark`; None: there is none."""
    jobs = [
        job for job in joblist.jobs(s3control, account) if job.get("Description", "").endswith(mark)
    ]
    return max(jobs, key=lambda job: job["CreationTime"], default=None)


def known(s3control: S3ControlClient, account: str, mark: str) -> JobListDescriptorTypeDef | None:
    """Return the job of the same work; None: there is none, or it may not be looked for."""
    try:
        return existing(s3control, account, mark)
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
    terminal.say(
        "ListJobs is denied, so a job of the same work is not looked for: only the very same "
        "request still gives the same job."
    )
    return None


def is_open(job: JobListDescriptorTypeDef) -> bool:
    """Tell whether a job has not ended."""
    return job["Status"] not in joblist.ENDED


def again(ended: JobListDescriptorTypeDef | None, *, is_new: bool) -> str:
    """Return a text that gives a further job of the same work a token of its own.

    After a job that has ended it is that job's id: two runs at once still make one job.
    """
    if is_new:
        return uuid4().hex
    return ended["JobId"] if ended else ""


def create(s3control: S3ControlClient, request: CreateJobRequestTypeDef) -> str:
    """Send the request and return the job's id.

    Raises:
        TakenError: the token was used for another request, as for another version of the manifest.
    """
    taken = TakenError(
        "A job of the same work was created meanwhile, with another version of the manifest (token "
        f"{request['ClientRequestToken']!r}): look for it with {where.command('list')}."
    )
    with errors.refusing(taken, {"IdempotencyException"}):
        return s3control.create_job(**request)["JobId"]
