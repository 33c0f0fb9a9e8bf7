"""Refuses a job that would run on, or write to, what it should not; before anything is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.aws import arns, partitions
from jobs.errors import Refused
from jobs.formats import plan
from jobs.formats.manifest import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients
    from jobs.submit.deployment import Deployment
    from jobs.submit.options import Wish
    from jobs.submit.request import Manifest

# AWS keeps these names for its documentation: safe as defaults, never anybody's bucket.
RESERVED = "amzn-s3-demo-"
DIRECTORY_BUCKET = "--x-s3"
# The folders of the jobs bucket: template.yaml gives the job role these and no other.
MANIFESTS = plan.FOLDER
REPORTS = "reports"
# What a bucket for copies may be called: an alias could be another bucket under a second name
# (bucketnamingrules in the S3 User Guide).
PLAIN_NAME = re.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ALIASES = ("-s3alias", "--ol-s3", ".mrap", "--xa-s3", "--op-s3", "--table-s3")


def check(
    clients: Clients, wish: Wish, place: Deployment, bucket: str, manifest: Manifest | None
) -> None:
    """Refuse what speaks against a job on the objects of `bucket`.

    Args:
        clients: of the job's Region.
        wish: what was asked.
        place: what the job runs on.
        bucket: that the rows name.
        manifest: None: S3 makes a list.
    """
    check_function(place.function_arn, place.role_arn, clients.s3control.meta.region_name)
    named = sorted({place.jobs_bucket, bucket, *filter(None, [wish.destination_bucket])})
    check_names(named)
    check_destination(wish.destination_bucket, place.source_bucket, place.destinations)
    check_source(bucket, place.source_bucket)
    if place.has_stack_role:
        if manifest:
            check_reach(manifest, place.jobs_bucket)
        check_report(REPORTS if wish.report_prefix is None else wish.report_prefix)
    if not wish.dry_run:
        check_not_reserved(clients, named)
    check_region(clients.s3, bucket)


def check_function(arn: str, role_arn: str, region: str) -> None:
    """Refuse a function that a job in `region` with that role could not run."""
    arns.split(arn)
    _, partition, _, there, account, *_ = arn.split(":")
    if there != region:
        raise Refused(
            f"The function {arn!r} is in {there}, and the job would be in {region}: give --region "
            f"{there}, or a function of {region}."
        )
    if (account, partition) != (arns.account_of(role_arn), arns.partition_of(role_arn)):
        raise Refused(
            f"The function {arn!r} and the role {role_arn!r} are of different accounts or "
            "partitions: give both of one."
        )


def check_names(buckets: Iterable[str]) -> None:
    """Refuse what is no bucket's name, such as an ARN or a URI."""
    for bucket in buckets:
        if not BUCKET.fullmatch(bucket):
            raise Refused(f"{bucket!r} is not the name of a bucket: give the bare name.")


def check_not_reserved(clients: Clients, buckets: Iterable[str | None]) -> None:
    """Refuse on AWS the default answers of the template, which nobody can own."""
    if not partitions.is_aws(clients.s3control.meta.endpoint_url):
        return
    for bucket in buckets:
        if bucket and bucket.startswith(RESERVED):
            raise Refused(
                f"{bucket!r} is a name that AWS keeps for examples: put your own buckets into "
                "samconfig.toml and deploy."
            )


def check_source(bucket: str, expected: str | None) -> None:
    """Refuse rows of another bucket than the one that the function may read; None: not known."""
    if expected is not None and bucket != expected:
        raise Refused(
            f"The manifest names the bucket {bucket!r}, but the function reads {expected!r}: give "
            f"--source-bucket {bucket} if it may read that one too, or --fields Key,Bucket if its "
            "columns stand the wrong way round."
        )


def check_destination(
    asked: str | None, source: str | None, granted: frozenset[str] | None
) -> None:
    """Refuse a bucket for the copies that is no plain bucket, or that the function may not write.

    Args:
        asked: the bucket; empty: the one of each object; None: as it was deployed.
        source: the bucket of the objects; None: not known.
        granted: the buckets that the function may write to; None: not known.
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


def check_region(s3: S3Client, bucket: str) -> None:
    """Refuse a job outside the Region of its objects; S3 Batch Operations would fail it.

    `s3` is a client in the job's Region. A bucket whose Region cannot be asked for is let through.
    """
    here = there = s3.meta.region_name
    try:
        if not bucket.endswith(DIRECTORY_BUCKET):
            there = s3.head_bucket(Bucket=bucket).get("BucketRegion", here)
    except ClientError as error:
        if errors.code(error) == "404":
            raise Refused(f"The bucket {bucket!r} does not exist.") from None
        if errors.code(error) != "403":
            raise
        # without s3:ListBucket S3 still names the Region
        headers: dict[str, str] = error.response["ResponseMetadata"]["HTTPHeaders"]
        there = headers.get("x-amz-bucket-region", here)
    if there != here:
        raise Refused(
            f"The bucket {bucket!r} is in {there}, and a job runs in the Region of its objects: "
            f"deploy the stack there and give --region {there}."
        )


def check_reach(place: Manifest, jobs_bucket: str) -> None:
    """Refuse a manifest that the job role which the stack makes may not read."""
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
    """Refuse a place for the report where the job role that the stack makes may not write."""
    if not f"{report_prefix}/".startswith(f"{REPORTS}/"):
        raise Refused(
            f"The stack's job role writes reports under '{REPORTS}/' only, not {report_prefix!r}: "
            f"begin --report-prefix with {REPORTS}/, or give --role-arn of one that may write "
            "there."
        )
