"""The parts that `python -m jobs local` starts, each with the sentence for what goes wrong."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from jobs.errors import Refused
from jobs.local import environment, targets
from jobs.local.api.server import Service
from jobs.local.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType

    from jobs.local.engine.engine import Engine


@contextmanager
def s3(url: str | None, port: int) -> Iterator[str]:
    """Give the URL of S3: the user's, or that of one which runs while the context lasts.

    Raises Refused: not a URL, or the port is taken.
    """
    if url is not None:
        targets.check_url("--s3-endpoint", url)
        yield url
        return
    with ExitStack() as own:
        try:
            started = own.enter_context(s3_server.running(port))
        except OSError as error:
            raise _port_taken("--s3-port", port, error) from error
        yield started


def s3_client(s3_url: str, concurrency: int) -> S3Client:
    """Return a client of the local S3. Raises Refused: nobody answers there."""
    config = Config(max_pool_connections=concurrency, retries={"mode": "standard"})
    client = boto3.Session().client("s3", config=config)
    try:
        client.list_buckets()
    except ClientError:
        pass  # it answers: what it allows is its own affair
    except BotoCoreError as error:
        raise Refused(f"No S3 answers at {s3_url!r} ({error}): is it running?") from error
    return client


def make_buckets(s3: S3Client, names: Iterable[str], region: str) -> None:
    """Make buckets in the Region of `s3`; S3 wants it named, but for its first one."""
    for name in names:
        if region == environment.REGION:
            s3.create_bucket(Bucket=name)
        else:
            constraint = cast("BucketLocationConstraintType", region)
            s3.create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": constraint}
            )


@contextmanager
def job_service(engine: Engine, port: int) -> Iterator[Service]:
    """Answer the job API while the context lasts. Raises Refused: the port is taken."""
    try:
        service = Service(engine, port)
    except OSError as error:
        raise _port_taken("--port", port, error) from error
    with service:
        yield service


def isolate(s3_url: str, *, is_own_s3: bool) -> None:
    """Leave nothing of the user's AWS settings to the code that runs here."""
    isolated = environment.isolated(os.environ, s3_url, is_own_s3=is_own_s3)
    os.environ.clear()
    os.environ.update(isolated)


def _port_taken(option: str, port: int, error: OSError) -> Refused:
    return Refused(f"{option} {port} can not be used ({error.strerror}): 0 finds a free port.")
