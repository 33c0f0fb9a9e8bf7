"""The plan that `submit` kept of a job: what was found out about its rows before it was created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.aws import downloads, joblist
from jobs.estimate import quantities
from jobs.formats import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.estimate.quantities import About


def of(s3: S3Client, job: JobDescriptorTypeDef) -> dict[str, Any] | None:
    """Return the plan of a job's manifest; None: there is none, or it may not be read."""
    location = job.get("Manifest", {}).get("Location")
    bucket = job.get("Report", {}).get("Bucket", "").rpartition(":::")[2]
    if not (location and bucket):
        return None
    etag = location["ETag"].strip('"')
    key = plan.key(location["ObjectArn"].partition(":::")[2], etag)
    found = plan.parse(downloads.read(s3, bucket, key) or b"")
    return found if found and found["manifest"]["etag"] == etag else None


def needed(objects: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the sizes and classes of a plan's objects mean for the cost, as `Job` names it.

    None: no listing says them, so that none is taken to be archived or above 5 GiB.
    """
    known = objects or {}
    classes, above = known.get("classes", {}), known.get("above5GiB", 0)
    # the last part of each is smaller than the others: half a part on average, counted as one
    parts = known.get("bytesAbove5GiB", 0) // quantities.PART_BYTES + above
    return {
        "failing": sum(classes.get(each, 0) for each in plan.ARCHIVED),
        "above": above,
        "parts": parts + above * quantities.UPLOAD_REQUESTS,
    }


def cost(job: JobDescriptorTypeDef, found: Mapping[str, Any] | None, objects: int) -> About:
    """Return about what so many objects cost in the Region of the job's function."""
    region = (joblist.function_of(job) or ":::").split(":")[3]
    return quantities.about(quantity(job, found, objects), region)


def quantity(
    job: JobDescriptorTypeDef, found: Mapping[str, Any] | None, objects: int
) -> quantities.Job:
    """Return what is estimated of a job: `objects` of it, with what its plan says of them.

    S3 charges a list that it makes for all objects of the bucket; only those that it found are
    known.
    """
    known = (found or {}).get(plan.OF_JOB, {})
    generated = objects if "ManifestGenerator" in job else 0
    operation = joblist.operation(job)
    return quantities.Job(operation=operation, objects=objects, generated=generated, **known)


def words(found: Mapping[str, Any]) -> str:
    """Return a plan in one line."""
    told = ", ".join(f"{code} {count:,}" for code, count in found["warnings"].items())
    warnings = f"; warnings {told}" if told else ""
    return f"{found['rows']:,} rows of {found['bucket']}, checked {found['checked']}{warnings}"
