"""Says before a job what is allowed and still goes wrong often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import terminal
from jobs.aws import partitions
from jobs.errors import Refused
from jobs.project import PROJECT, build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients
    from jobs.submit.deployment import Deployment
    from jobs.submit.versions import Version

AWS_MANAGED = "alias/aws/s3"  # every principal of the account may use this key through S3


def say_edits(version: Version, *, refuse: bool) -> None:
    """Say what was edited in this project and is not what the version of its stack runs, if any.

    Raises:
        Refused: something was, and `refuse` is set, as for a job that would delete.
    """
    if not version.code_sha256:
        return
    if said := build.outdated(PROJECT, version.code_sha256, version.modified):
        if refuse:
            raise Refused(f"{said} Or rename with the code that is deployed: give --yes.")
        terminal.say(said)


def say(
    clients: Clients, arguments: Mapping[str, str], environment: Mapping[str, str], on: Deployment
) -> None:
    """Say what may surprise of a job on AWS, by its userArguments and its version's variables."""
    if not partitions.is_aws(clients.s3control.meta.endpoint_url):
        return
    if on.shares_concurrency:
        terminal.say(
            "ReservedConcurrency is 0: while the job runs, it may take all the Lambda concurrency "
            "that this account has free in this Region, and throttle its other functions."
        )
    bucket = arguments.get("destinationBucket") or environment.get("DESTINATION_BUCKET")
    if bucket and not environment.get("KMS_KEY_ARN") and (key := _default_key(clients.s3, bucket)):
        terminal.say(
            f"The bucket {bucket!r} encrypts by default with {key!r}, and DestinationKmsKeyArn is "
            "empty: every copy fails unless the function's role may use that key. Put its ARN "
            "into DestinationKmsKeyArn in samconfig.toml, and run sam build && sam deploy."
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
