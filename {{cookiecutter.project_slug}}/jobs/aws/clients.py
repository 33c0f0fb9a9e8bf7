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


def connect(region: str | None, config_env: str | None = None) -> Clients:
    """Return clients in `region`; None: the SDK's own, or else the one of samconfig.toml.

    `config_env` is the environment of samconfig.toml that counts, as for sam.

    Raises:
        Refused: a setting of the SDK, such as AWS_ENDPOINT_URL, has a value that it cannot use.
        NoRegionError: none is set.
    """
    try:
        session = boto3.Session(region_name=region)
        found = session.region_name or samconfig.setting(samconfig.PATH, "region", config_env)
        if not found:
            raise NoRegionError
        return Clients(
            cloudformation=session.client("cloudformation", found, config=CONFIG),
            lambda_=session.client("lambda", found, config=CONFIG),
            s3=session.client("s3", found, config=CONFIG),
            s3control=session.client("s3control", found, config=CONFIG),
        )
    except ValueError as error:
        raise Refused(f"An AWS setting cannot be used: {error}.") from None
