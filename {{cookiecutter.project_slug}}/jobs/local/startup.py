"""What the verbs of the local service start, each part with the sentence for what goes wrong."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from jobs.errors import Refused
from jobs.local import environment
from jobs.local.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType


S3_PORT, JOBS_PORT = 5057, 5058
"""Where they listen unless another port is asked for, or another program has it."""

BACKLOG = 128
"""Connections that wait to be taken."""

LONGEST_INVOCATION = 900  # seconds, the limit of Lambda


@contextmanager
def services(
    url: str | None, port: int | None, keep: Path | None, buckets: Iterable[str]
) -> Iterator[tuple[str, str, Callable[[], object]]]:
    """Give the URLs of S3 and of all other services, and what waits until those of ours answer.

    What runs here ends with the context. S3 is that of the user at `url`, or our own, with
    `buckets` and with `keep` for its objects. Raises Refused: not a URL, the port is taken; the
    wait does where the folder cannot be used.
    """
    if url is not None:
        check_url("--s3-endpoint", url)
    listener = listening("--s3-port", port, S3_PORT if url is None else 0)
    with s3_server.beginning(listener, keep, () if url else buckets) as (started, wait):
        yield url or started, started, wait


def listening(option: str, asked: int | None, usual: int) -> socket.socket:
    """Return a socket that listens on the port that `option` asks for, else on the usual one.

    Where the usual one is taken it is any other. The socket is returned, not only the port number:
    another program could take the port meanwhile. Raises Refused: the port is taken.
    """
    try:
        port = usual if asked is None else asked
        return socket.create_server((environment.LOOPBACK, port), backlog=BACKLOG)
    except OSError as error:
        if asked is None:
            return listening(option, 0, 0)
        raise Refused(
            f"{option} {asked} cannot be used ({error.strerror}): 0 finds a free port."
        ) from error


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


def make_buckets(s3: S3Client, names: Collection[str], region: str) -> None:
    """Make the buckets that are not there; S3 wants the Region named, except us-east-1."""
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} if names else set()
    for name in (each for each in names if each not in there):
        if region == environment.REGION:
            s3.create_bucket(Bucket=name)
        else:
            constraint = cast("BucketLocationConstraintType", region)
            s3.create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": constraint}
            )


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt while the context lasts, whoever started this program.

    A shell without job control lets what it starts with `&` ignore SIGINT: an interrupt would be
    lost, and a program that runs a job to its end could not be stopped by one.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def isolated(s3_url: str) -> Iterator[None]:
    """Keep the user's AWS settings from this process until the end of the block."""
    before = dict(os.environ)
    isolate(s3_url, is_own_s3=True)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def isolate(s3_url: str, *, is_own_s3: bool, services_url: str | None = None) -> None:
    """Leave nothing of the user's AWS settings to the code that runs here."""
    isolated = environment.isolated(
        os.environ, s3_url, is_own_s3=is_own_s3, services_url=services_url
    )
    os.environ.clear()
    os.environ.update(isolated)


def check_url(option: str, url: str) -> None:
    """Raise Refused unless `url` is http(s)://host[:port]."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise Refused(f"{option} {url!r} is no URL: give one like http://127.0.0.1:3001.")
