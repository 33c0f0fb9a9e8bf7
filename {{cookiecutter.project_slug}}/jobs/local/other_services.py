"""An S3 or a Lambda that is not our own: an emulator, `sam local start-lambda`, AWS itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from jobs.aws import partitions
from jobs.errors import Refused
from jobs.local.engine.engine import ACCOUNT
from jobs.local.environment import REGION
from jobs.local.functions.runtime import split_function
from jobs.local.s3 import probe
from jobs.terminal import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

LATEST = "$LATEST"

LONGEST_INVOCATION = 900  # seconds, the limit of Lambda

NEEDS_CONDITIONS = (("OPERATION", "rename"), ("OVERWRITE", "never"))
"""Settings of the function that leave the safety of objects to S3's conditions."""


def check_url(option: str, url: str) -> None:
    """Raise Refused unless `url` is http(s)://host[:port]."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise Refused(f"{option} {url!r} is no URL: give one like http://127.0.0.1:3001.")


def prepare_s3(s3: S3Client, url: str, buckets: Collection[str], region: str) -> None:
    """Make the buckets that are not there; S3 wants the Region named, except us-east-1.

    Raises Refused: nobody answers at `url`.
    """
    try:
        there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    except BotoCoreError as error:
        raise Refused(f"No S3 answers at {url!r} ({error}): is it running?") from error
    except ClientError:
        if buckets:
            raise
        return  # it answers: what it allows is its own affair
    more: Any = {}
    if region != REGION:
        more = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for name in buckets:
        if name not in there:
            s3.create_bucket(Bucket=name, **more)


def check_s3(
    s3: S3Client, url: str, settings: Mapping[str, str], *, is_accepted: bool
) -> dict[str, str]:
    """Say which conditions the S3 at `url` ignores; return the settings that it needs instead.

    Raises Refused: `settings` need a condition that it ignores, and nobody accepted that.
    """
    if partitions.is_aws(url):
        return {}
    found = probe.find(s3)
    say(found.sentence(url))
    given = (settings.get("OPERATION"), settings.get("OVERWRITE"))
    needing = [f"{name}={value}" for name, value in NEEDS_CONDITIONS if settings.get(name) == value]
    if needing and not found.is_safe and not is_accepted:
        raise Refused(
            f"With {' and '.join(needing)} a copy or rename of src/s3copy could replace or lose"
            f" objects at {url!r}: use another server, or give --anyway for objects that may be"
            " lost, or for a task of your own that does neither."
        )
    if found.merges_names and given == ("rename", "always") and not is_accepted:
        raise Refused(
            f"With OPERATION=rename and OVERWRITE=always a rename of a//b to a/b would lose its"
            f" object at {url!r}, where both are one name: set OVERWRITE=never, or give --anyway"
            " for objects that may be lost."
        )
    if found.knows_annotations or settings.get("ANNOTATIONS", "exclude") == "exclude":
        return {}
    say(f"{url} knows no annotations of objects: the function runs with ANNOTATIONS=exclude.")
    return {"ANNOTATIONS": "exclude"}


def lambda_client(url: str, concurrency: int) -> LambdaClient:
    """Return a client that leaves every decision to try again to the engine.

    Its credentials are those of the environment now: the user's own before it is isolated, made-up
    ones after. Raises Refused: not a URL, or nobody answers there; NoCredentialsError.
    """
    check_url("--lambda-endpoint", url)
    config = Config(
        connect_timeout=5,
        max_pool_connections=concurrency,
        read_timeout=LONGEST_INVOCATION + 60,
        retries={"total_max_attempts": 1},
    )
    session = boto3.Session()
    _check_answers(session, url)
    return session.client("lambda", endpoint_url=url, config=config)


def function_arn(client: LambdaClient, name: str | None, region: str) -> str | None:
    """Return the ARN of the function behind --lambda-endpoint; None if it cannot be told which.

    With `name`, of --lambda-function, that one is invoked whatever a job names. So its ARN is here
    as `submit` takes it: in the `region` of the jobs, and with a version, made up if need be. An
    emulator that only takes Invoke does not know the function: then all of it is made up. Without
    `name` it is that of the only function; which of several a job means is not known, and said.
    """
    try:
        if name is not None:
            known = client.get_function_configuration(FunctionName=name)["FunctionArn"]
            return _with_version(known, region)
        listed = client.list_functions()["Functions"]
        if len(listed) == 1:
            return _newest(client, listed[0]["FunctionArn"])
    except (ClientError, BotoCoreError, ResponseParserError, KeyError):
        if name is not None:
            return _with_version(name, region)
    say(
        f"Which function behind {client.meta.endpoint_url!r} is meant is not known: name it with"
        " --lambda-function, or each time with --function-arn of python -m jobs submit."
    )
    return None


def _with_version(name: str, region: str) -> str:
    """Return a name of a function, in any form that Lambda takes, as an ARN that `submit` takes.

    The forms are NAME, ACCOUNT:function:NAME and the ARN, each with or without a version or alias
    (FunctionName of Invoke in the Lambda API reference).
    """
    place, is_arn, _ = f":{name}".partition(":function:")
    partition = place.split(":")[2] if place.startswith(":arn:") else "aws"
    account = (place.rpartition(":")[2] if is_arn else "") or ACCOUNT
    short, version = split_function(name)
    number = "1" if version == LATEST else version
    return f"arn:{partition}:lambda:{region}:{account}:function:{short}:{number}"


def _newest(client: LambdaClient, arn: str) -> str:
    """Return `arn` with the number of its newest version, if one was published."""
    try:
        listed = client.list_versions_by_function(FunctionName=arn)["Versions"]
    except (ClientError, BotoCoreError, ResponseParserError, KeyError):
        return arn
    numbers = [int(each["Version"]) for each in listed if each["Version"] != LATEST]
    return f"{arn}:{max(numbers)}" if numbers else arn


def _check_answers(session: boto3.Session, url: str) -> None:
    """Raise Refused unless something answers at `url`, whatever it says."""
    quick = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 1})
    client = session.client("lambda", endpoint_url=url, config=quick)
    try:
        client.get_account_settings()
    except (ClientError, HTTPClientError, ResponseParserError):
        pass  # an emulator need not know the operation, nor answer it in time
    except ConnectionError as error:
        raise Refused(f"No Lambda answers at {url!r} ({error}): is it running?") from error
    finally:
        client.close()
