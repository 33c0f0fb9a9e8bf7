"""From the options of the command line to what runs a job's function."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from jobs.errors import Refused
from jobs.local.functions import invoke

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from jobs.local.functions.invoke import Target

SRC = Path(__file__).resolve().parents[2] / "src"
AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn")
LONGEST_INVOCATION = 900  # seconds, the limit of Lambda


def handler(dotted: str, timeout: float) -> Target:
    """Return a target that calls a function of `src/` in this process; `timeout` in seconds.

    Raises Refused: there is no such module or function, or its import fails.
    """
    if str(SRC) not in sys.path:
        sys.path.insert(0, str(SRC))
    try:
        return invoke.in_process(dotted, timeout)
    except ValueError as error:
        raise Refused(str(error)) from error
    except Exception as error:  # the author's module may raise anything
        why = f"{type(error).__name__}: {error}"
        raise Refused(f"The handler {dotted!r} can not be imported: {why}.") from error


def is_aws(url: str) -> bool:
    """Say whether a URL is one of AWS itself, which takes real credentials only."""
    return (urlsplit(url).hostname or "").endswith(AWS_DOMAINS)


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


def check_url(option: str, url: str) -> None:
    """Raise Refused unless `url` is http(s)://host[:port]."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise Refused(f"{option} {url!r} is no URL: give one like http://127.0.0.1:3001.")
