"""The plan that `submit` kept of a job: what was found out about its rows before it was created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from jobs import errors
from jobs.aws import joblist
from jobs.estimate import about, quantities
from jobs.formats import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.estimate.about import About


def of(s3: S3Client, job: JobDescriptorTypeDef) -> dict[str, Any] | None:
    """Return the plan of a job's manifest; None: there is none, or it may not be read."""
    location = job.get("Manifest", {}).get("Location")
    bucket = job.get("Report", {}).get("Bucket", "").rpartition(":::")[2]
    if not (location and bucket):
        return None
    etag = location["ETag"].strip('"')
    key = plan.key(location["ObjectArn"].partition(":::")[2], etag)
    try:
        stored = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if errors.code(error) not in errors.MISSING_CODES | errors.DENIED_CODES:
            raise
        return None
    found = plan.parse(stored)
    return found if found and found["manifest"]["etag"] == etag else None


def cost(job: JobDescriptorTypeDef, found: Mapping[str, Any] | None, objects: int) -> About:
    """Return about what so many objects cost in the Region of the job's function."""
    known = (found or {}).get("estimate", {})
    region = (joblist.function_of(job) or ":::").split(":")[3]
    quantity = quantities.Job(operation=joblist.operation(job), objects=objects, **known)
    return about.cost(quantity, region)


def words(found: Mapping[str, Any]) -> str:
    """Return a plan in one line."""
    told = ", ".join(f"{code} {count:,}" for code, count in found["warnings"].items())
    warnings = f"; warnings {told}" if told else ""
    return f"{found['rows']:,} rows of {found['bucket']}, checked {found['checked']}{warnings}"
