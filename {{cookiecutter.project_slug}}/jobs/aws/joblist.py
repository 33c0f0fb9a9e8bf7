"""The jobs that S3 Batch Operations knows: listing them, and looking at one.

Ours are known by the mark that `submit` puts at the end of the description, the only text that
ListJobs shows: 12 hexadecimal digits in brackets.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from jobs import errors
from jobs.aws.arns import unqualified

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.literals import JobStatusType
    from mypy_boto3_s3control.type_defs import (
        JobDescriptorTypeDef,
        JobListDescriptorTypeDef,
        ListJobsRequestTypeDef,
    )

PAGE = 1000  # the most jobs that ListJobs answers at once
MARK = re.compile(r"\[[0-9a-f]{12}\]$")
# AWS answers NoSuchJobException; botocore's model calls it NotFoundException.
UNKNOWN_CODES = frozenset({"NoSuchJobException", "NotFoundException", "NoSuchJob"})
ENDED = frozenset({"Complete", "Failed", "Cancelled"})
OPEN = frozenset(
    {"New", "Preparing", "Suspended", "Ready", "Active", "Pausing", "Paused", "Completing"}
)
WORKING = OPEN | {"Cancelling", "Failing"}  # their last tasks may still be at work
# "DescribeJob may not find the job just after CreateJob: retry with backoff" (S3 User Guide)
NEW_JOB_WAITS = (0.5, 1.0, 2.0, 4.0)  # seconds


def jobs(
    s3control: S3ControlClient, account: str, statuses: Collection[str] = ()
) -> Iterator[JobListDescriptorTypeDef]:
    """Yield every job of the last 90 days, of any status or of these.

    botocore has no paginator for ListJobs.
    """
    asked: ListJobsRequestTypeDef = {"AccountId": account, "MaxResults": PAGE}
    if statuses:
        asked["JobStatuses"] = cast("list[JobStatusType]", sorted(statuses))
    page = s3control.list_jobs(**asked)
    yield from page.get("Jobs", [])
    while token := page.get("NextToken"):
        asked["NextToken"] = token
        page = s3control.list_jobs(**asked)
        yield from page.get("Jobs", [])


def describe(
    s3control: S3ControlClient, account: str, job_id: str, *, is_new: bool = False
) -> JobDescriptorTypeDef | None:
    """Return a job, or None: S3 does not know it, or has forgotten it.

    One that `is_new`, created a moment ago, is asked for a few times before it counts as unknown.
    """
    for wait in (*(NEW_JOB_WAITS if is_new else ()), None):
        try:
            return s3control.describe_job(AccountId=account, JobId=job_id)["Job"]
        except ClientError as error:
            if errors.code(error) not in UNKNOWN_CODES:
                raise
        if wait is not None:
            time.sleep(wait)
    return None


def tags(s3control: S3ControlClient, account: str, job_id: str) -> dict[str, str] | None:
    """Return a job's tags; None: they may not be read."""
    try:
        answer = s3control.get_job_tagging(AccountId=account, JobId=job_id)
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
        return None
    return {each["Key"]: each["Value"] for each in answer.get("Tags", [])}


def short(job: JobListDescriptorTypeDef | JobDescriptorTypeDef | str) -> str:
    """Return the beginning of a job's id that people type; `job` may be the id itself."""
    return (job if isinstance(job, str) else job["JobId"])[:8]


def reasons(job: JobDescriptorTypeDef) -> str:
    """Return why S3 says that the job failed, without a last dot; empty: it does not say."""
    return "; ".join(each["FailureReason"].rstrip(".") for each in job.get("FailureReasons", []))


def is_ours(job: JobListDescriptorTypeDef | JobDescriptorTypeDef) -> bool:
    """Tell whether these tools created the job."""
    return MARK.search(job.get("Description", "")) is not None


def function_of(job: JobDescriptorTypeDef) -> str | None:
    """Return the ARN of the job's function without version or alias; None: another operation."""
    arn = job.get("Operation", {}).get("LambdaInvoke", {}).get("FunctionArn")
    return unqualified(arn) if arn else None


def arguments(job: JobDescriptorTypeDef) -> dict[str, str]:
    """Return the job's userArguments; empty for another operation."""
    invoke = job.get("Operation", {}).get("LambdaInvoke", {})
    return dict(invoke.get("UserArguments", {}))


def operation(job: JobDescriptorTypeDef) -> str:
    """Return what the job does to each object: rename, copy, or run the function."""
    if "LambdaInvoke" not in job.get("Operation", {}):
        return next(iter(job.get("Operation", {})), "job")
    return arguments(job).get("operation", "run")


def manifest_uri(job: JobDescriptorTypeDef) -> str:
    """Return where the manifest is; for a generated list, the bucket that it is made of."""
    if given := job.get("Manifest"):
        return f"s3://{given['Location']['ObjectArn'].partition(':::')[2]}"
    generator = job.get("ManifestGenerator", {}).get("S3JobManifestGenerator", {})
    return f"s3://{generator.get('SourceBucket', '').rpartition(':::')[2]}"
