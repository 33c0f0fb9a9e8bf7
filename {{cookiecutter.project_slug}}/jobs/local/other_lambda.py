"""A Lambda that is not our own: `sam local start-lambda`, an emulator, AWS itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from jobs.errors import Refused
from jobs.local import startup
from jobs.local.engine.engine import ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LATEST = "$LATEST"


def client(url: str, concurrency: int) -> LambdaClient:
    """Return a client that leaves every decision to try again to the engine.

    Its credentials are those of the environment now: the user's own before it is isolated, made-up
    ones after. Raises Refused: not a URL, or nobody answers there; NoCredentialsError.
    """
    startup.check_url("--lambda-endpoint", url)
    config = Config(
        connect_timeout=5,
        max_pool_connections=concurrency,
        read_timeout=startup.LONGEST_INVOCATION + 60,
        retries={"total_max_attempts": 1},
    )
    session = boto3.Session()
    _check_answers(session, url)
    return session.client("lambda", endpoint_url=url, config=config)


def function_arn(client: LambdaClient, name: str | None, region: str) -> str | None:
    """Return the ARN of the function behind --lambda-endpoint; None if it cannot be told which.

    With `name`, of --lambda-function, that one is invoked whatever a job names. So its ARN is here
    as `submit` takes it: in the `region` of the jobs, and with a version, made up if need be. An
    emulator that only takes Invoke does not know the function: then all of it is made up.
    """
    try:
        if name is not None:
            known = client.get_function_configuration(FunctionName=name)["FunctionArn"]
            return _with_version(known, region)
        listed = client.list_functions()["Functions"]
    except (ClientError, BotoCoreError, ResponseParserError, KeyError):
        return None if name is None else _with_version(name, region)
    return _newest(client, listed[0]["FunctionArn"]) if len(listed) == 1 else None


def _with_version(name: str, region: str) -> str:
    """Return a name of a function, in any form that Lambda takes, as an ARN that `submit` takes.

    The forms are NAME, ACCOUNT:function:NAME and the ARN, each with or without a version or alias
    (FunctionName of Invoke in the Lambda API reference).
    """
    place, _, last = name.rpartition("function:")
    partition = place.split(":")[1] if place.startswith("arn:") else "aws"
    account = place.rstrip(":").rpartition(":")[2] or ACCOUNT
    short, _, version = last.partition(":")
    number = "1" if version in {"", LATEST} else version
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
