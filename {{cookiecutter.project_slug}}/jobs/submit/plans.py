"""The plan of a job: what was found out about its rows, kept in the jobs bucket for `confirm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.aws.uploads import Uploads
from jobs.check import loading, planning
from jobs.estimate import job_plan
from jobs.formats import plan, tables
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.submit.request import Job
    from jobs.submit.versions import Version

EXAMPLES = 12


def listed(opened: Opened, s3: S3Client) -> dict[str, Any] | None:
    """Return what the plan that is kept of a manifest says of its objects; None: nothing."""
    found = planning.known(opened, s3)
    return found.get("objects") if found else None


def estimate(version: Version, objects: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an estimate of the job needs beside its operation and its count."""
    of_function = {"memory": version.memory, "architecture": version.architecture}
    return of_function | job_plan.needed(objects)


def examples(opened: Opened, planned: Work, folder: Path) -> list[tuple[str, str, str]]:
    """Return the old and the new name of each row of a small manifest; no rule: no new name.

    The third is the bucket that the row itself names, where it is not that of the job; else empty.
    """
    bucket = tables.literal(planned.bucket) if planned.bucket else "bucket"
    with loading.load(opened, planned, folder) as loaded:
        rows: Sequence[tuple[str, str, str]] = loaded.connection.execute(
            "SELECT coalesce(old, key), coalesce(new, ''), CASE WHEN new IS NOT NULL AND "
            f"new_bucket <> {bucket} THEN new_bucket ELSE '' END FROM rows"
        ).fetchall()
    return list(rows)


def document(
    opened: Opened,
    planned: Work,
    checked: Checked,
    objects: Mapping[str, Any] | None,
    needed: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the plan of a job on these rows."""
    return planning.document(opened, planned, checked, objects) | {plan.OF_JOB: dict(needed)}


def store(s3: S3Client, job: Job, found: Mapping[str, Any]) -> None:
    """Keep the plan in the jobs bucket, under the name of the manifest and its ETag."""
    if not isinstance(job.manifest, Manifest):
        return
    on, etag = job.manifest, job.manifest.etag.strip('"')
    place = {"uri": f"s3://{on.bucket}/{on.key}", "versionId": on.version_id or None}
    whole = {**found, "manifest": {**found["manifest"], **place, "etag": etag}}
    asked = {"Bucket": job.report_bucket, "Key": plan.key(on.key, etag)}
    owner = {"ExpectedBucketOwner": job.report_owner} if job.report_owner else {}
    Uploads(s3).put(**asked, **owner, Body=plan.text(whole).encode())
