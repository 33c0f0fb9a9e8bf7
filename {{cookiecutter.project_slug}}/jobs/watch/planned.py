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

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.estimate.about import About
    from jobs.where import Place

MISSING_CODES = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


def of(place: Place, job: JobDescriptorTypeDef) -> dict[str, Any] | None:
    """Return the plan of a job's manifest; None: there is none, or it may not be read."""
    location = job.get("Manifest", {}).get("Location")
    bucket = job.get("Report", {}).get("Bucket", "").rpartition(":::")[2]
    if not (location and bucket):
        return None
    etag = location["ETag"].strip('"')
    key = plan.key(location["ObjectArn"].partition(":::")[2], etag)
    try:
        stored = place.clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if errors.code(error) not in MISSING_CODES | errors.DENIED_CODES:
            raise
        return None
    found = plan.parse(stored)
    return found if found and found["manifest"]["etag"] == etag else None


def cost(place: Place, job: JobDescriptorTypeDef, found: Mapping[str, Any] | None) -> About:
    """Return about what the job costs, by S3's own count of its objects."""
    objects = job.get("ProgressSummary", {}).get("TotalNumberOfTasks", 0)
    known = (found or {}).get("estimate", {})
    quantity = quantities.Job(operation=joblist.operation(job), objects=objects, **known)
    return about.cost(quantity, place.region)
