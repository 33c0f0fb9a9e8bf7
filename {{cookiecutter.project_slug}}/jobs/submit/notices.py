"""Says before a job what is allowed and still goes wrong often; it refuses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.where import Deployment

AWS_MANAGED = "alias/aws/s3"  # every principal of the account may use this key through S3


def say(
    s3: S3Client, arguments: Mapping[str, str], environment: Mapping[str, str], place: Deployment
) -> None:
    """Print on stderr what may surprise.

    Args:
        s3: a client.
        arguments: the job's userArguments.
        environment: the variables of the version that it runs.
        place: what the job runs on.
    """
    if place.shares_concurrency:
        click.echo(
            "ReservedConcurrency is 0: while the job runs, it may take all the Lambda concurrency "
            "that this account has free in this Region, and throttle its other functions.",
            err=True,
        )
    bucket = arguments.get("destinationBucket") or environment.get("DESTINATION_BUCKET")
    if bucket and not environment.get("KMS_KEY_ARN") and (key := _default_key(s3, bucket)):
        click.echo(
            f"The bucket {bucket!r} encrypts by default with {key!r}, and DestinationKmsKeyArn is "
            "empty: every copy fails unless the function's role may use that key. Put its ARN "
            "into DestinationKmsKeyArn in samconfig.toml, and run sam build && sam deploy.",
            err=True,
        )


def _default_key(s3: S3Client, bucket: str) -> str:
    """Return the customer's key that a bucket encrypts with; empty: none, or not known here."""
    try:
        found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    except ClientError:  # not allowed, or a bucket of another kind: nothing to say
        return ""
    defaults = [rule.get("ApplyServerSideEncryptionByDefault") for rule in found["Rules"]]
    keys = [each.get("KMSMasterKeyID", "") for each in defaults if each]
    return next((key for key in keys if key and not key.endswith(AWS_MANAGED)), "")
