"""The AWS clients of the tools, from the standard settings of the SDK.

Credentials, profile, Region and endpoints (`AWS_ENDPOINT_URL_S3_CONTROL` ...) are the SDK's own
affair: the same verb runs against AWS and against the local service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

from jobs.aws import partitions
from jobs.errors import Refused
from jobs.project import samconfig

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient

CONFIG = Config(retries={"mode": "standard"})


@dataclass(frozen=True, slots=True)
class Clients:
    """The services that the tools ask, all in one Region."""

    cloudformation: CloudFormationClient
    lambda_: LambdaClient
    s3: S3Client
    s3control: S3ControlClient


def connect(region: str | None) -> Clients:
    """Return clients in `region`; None: the one of samconfig.toml, or else the SDK's own.

    sam chooses the same way: a stack of the same name in the SDK's own Region would be another
    one. For the local service the SDK's own Region counts: the variables that it prints set it.

    Raises:
        Refused: a setting of the SDK, such as AWS_ENDPOINT_URL, has a value that it cannot use.
        NoRegionError: none is set.
    """
    try:
        session = boto3.Session()
        found = region or samconfig.setting(samconfig.PATH, "region")
        clients = _clients(session, found or session.region_name)
        own = session.region_name
        if region or not own or partitions.is_aws(clients.s3control.meta.endpoint_url):
            return clients
        return _clients(session, own)
    except ValueError as error:
        said = str(error).rstrip(".")
        raise Refused(f"An AWS setting cannot be used: {said}.") from None


def _clients(session: boto3.Session, region: str | None) -> Clients:
    if not region:
        raise NoRegionError
    return Clients(
        cloudformation=session.client("cloudformation", region, config=CONFIG),
        lambda_=session.client("lambda", region, config=CONFIG),
        s3=session.client("s3", region, config=CONFIG),
        s3control=session.client("s3control", region, config=CONFIG),
    )
