"""Refuses a job that would run on, or write to, what it should not; before anything is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.errors import Refused
from jobs.formats import plan
from jobs.formats.manifest import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_s3 import S3Client

    from jobs.submit.request import Manifest

# AWS keeps these names for its documentation: safe as defaults, never anybody's bucket.
RESERVED = "amzn-s3-demo-"
DIRECTORY_BUCKET = "--x-s3"
# The folders of the jobs bucket: template.yaml gives the job role these and no other.
MANIFESTS = plan.FOLDER
REPORTS = "reports/"
# What a bucket for copies may be called: an alias could be another bucket under a second name
# (bucketnamingrules in the S3 User Guide).
PLAIN_NAME = re.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ALIASES = ("-s3alias", "--ol-s3", ".mrap", "--xa-s3", "--op-s3", "--table-s3")


def check_names(buckets: Iterable[str]) -> None:
    """Refuse what is no bucket's name, such as an ARN or a URI.

    Raises:
        Refused: names the first one.
    """
    for bucket in buckets:
        if not BUCKET.fullmatch(bucket):
            raise Refused(f"{bucket!r} is not the name of a bucket: give the bare name.")


def check_not_reserved(buckets: Iterable[str]) -> None:
    """Refuse the default answers of the template, which nobody can own.

    Raises:
        Refused: names the first one.
    """
    for bucket in buckets:
        if bucket.startswith(RESERVED):
            raise Refused(
                f"{bucket!r} is a name that AWS keeps for examples: put your own buckets into "
                "samconfig.toml and deploy."
            )


def check_source(named: Iterable[str], expected: str | None) -> None:
    """Refuse rows of another bucket than the one that the function may read.

    Args:
        named: the buckets that the manifest names.
        expected: the stack's source bucket; None: not known.

    Raises:
        Refused: names the first other bucket.
    """
    for bucket in sorted(named):
        if expected is not None and bucket != expected:
            raise Refused(
                f"The manifest names the bucket {bucket!r}, but the function reads "
                f"{expected!r}: give --source-bucket {bucket} if it may read that one too, or "
                "--fields Key,Bucket if its columns stand the wrong way round."
            )


def check_destination(
    asked: str | None, source: str | None, granted: frozenset[str] | None
) -> None:
    """Refuse a bucket for the copies that is no plain bucket, or that the function may not write.

    Args:
        asked: the bucket; empty: the one of each object; None: as it was deployed.
        source: the bucket of the objects; None: not known.
        granted: the buckets that the function may write to; None: not known.

    Raises:
        Refused: every object would fail.
    """
    if asked and (not PLAIN_NAME.fullmatch(asked) or asked.endswith(ALIASES)):
        raise Refused(
            f"The destination {asked!r} is not the name of a bucket: give the bare name, no alias."
        )
    bucket = asked or source
    if asked is None or bucket is None or granted is None or bucket in granted:
        return
    raise Refused(
        f"The function may not write to {bucket!r}, only to {', '.join(sorted(granted))}: put its "
        "ARN into FurtherDestinationBuckets in samconfig.toml and deploy."
    )


def check_region(s3: S3Client, buckets: Iterable[str]) -> None:
    """Refuse a job outside the Region of its objects; S3 Batch Operations would fail it.

    A bucket whose Region cannot be asked for is let through.

    Args:
        s3: a client in the job's Region.
        buckets: the buckets of the objects.

    Raises:
        Refused: a bucket does not exist or is in another Region.
    """
    here = s3.meta.region_name
    for bucket in sorted(buckets):
        there = here if bucket.endswith(DIRECTORY_BUCKET) else _region(s3, bucket, here)
        if there != here:
            raise Refused(
                f"The bucket {bucket!r} is in {there}, and a job runs in the Region of its "
                f"objects: deploy the stack there and give --region {there}."
            )


def _region(s3: S3Client, bucket: str, default: str) -> str:
    try:
        return s3.head_bucket(Bucket=bucket).get("BucketRegion", default)
    except ClientError as error:
        if errors.code(error) == "404":
            raise Refused(f"The bucket {bucket!r} does not exist.") from None
        if errors.code(error) == "403":  # without s3:ListBucket S3 still names the Region
            headers: dict[str, str] = error.response["ResponseMetadata"]["HTTPHeaders"]
            return headers.get("x-amz-bucket-region", default)
        raise


def check_reach(place: Manifest, jobs_bucket: str) -> None:
    """Refuse a manifest that the job role which the stack makes may not read.

    Args:
        place: the manifest.
        jobs_bucket: the stack's bucket of manifests and reports.

    Raises:
        Refused: the job would fail before its tasks.
    """
    if place.bucket != jobs_bucket or not place.key.startswith(MANIFESTS):
        there, here = f"s3://{place.bucket}/{place.key}", f"s3://{jobs_bucket}/{MANIFESTS}"
        # An inventory is more than its manifest.json: a copy of that alone lacks the data files.
        cure = (
            f"copy it with `aws s3 cp {there} {here} --sse AES256`, or give --role-arn of one that "
            "may read it"
            if place.fields
            else "give --role-arn of one that may read the inventory with its data files"
        )
        raise Refused(f"The stack's job role reads manifests in {here!r} only: {cure}.")


def check_report(report_prefix: str) -> None:
    """Refuse a place for the report where the job role that the stack makes may not write.

    Raises:
        Refused: the job would fail after its tasks.
    """
    if not f"{report_prefix}/".startswith(REPORTS):
        raise Refused(
            f"The stack's job role writes reports under {REPORTS!r} only, not {report_prefix!r}: "
            f"begin --report-prefix with {REPORTS}, or give --role-arn of one that may write there."
        )
