"""What every test may count on: an empty S3 of its own, and no way to any network.

pytest loads this file before any test file, so it holds whatever a test imports, and in whatever
order the tests run.
"""

import ipaddress
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import moto  # before any client is made: moto answers only clients that were made after it
import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PROJECT = Path(__file__).resolve().parents[1]

for name in list(os.environ):  # nothing of the real AWS, and no proxy that would lead to it
    if name.startswith("AWS_") or name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
# The function's variables, as `sam local invoke` sets them; your own belong there too.
try:
    VARIABLES = json.loads((PROJECT / "events/env.json").read_text("utf-8"))["Function"]
    os.environ |= {"OPERATION": "copy", "OVERWRITE": "never"} | VARIABLES
    os.environ["AWS_ENDPOINT_URL_S3"] = ""
    DESTINATION = VARIABLES["DESTINATION_BUCKET"]
except (OSError, ValueError, KeyError, TypeError) as error:
    sys.exit(
        f"events/env.json cannot be used ({type(error).__name__}: {error}): write"
        ' {"Function": {"NAME": "value"}}, every value a text.'
    )

SOURCE = "amzn-s3-demo-source-bucket"
CLIENT = boto3.client("s3")


@cache
def client(service: Any) -> Any:
    """Return the one client of a service: to make it takes longer than a test."""
    return boto3.client(service)


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail a test that opens a connection to, or looks up, anything but this machine."""
    if event in ("socket.connect", "socket.sendmsg", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a path: a Unix socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_this_machine(host):
        # No Exception: code that tries again after any of them must not try again here.
        pytest.fail(f"A test tried to reach {host!r}. Tests reach moto, and this machine, only.")


def is_this_machine(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


sys.addaudithook(refuse_network)


def make_yours() -> None:
    """Make in moto's AWS what your work needs beside S3; every test and event begins with it."""
    # >>> your own resources, such as the table of template.yaml, by its name in events/env.json:
    # client("dynamodb").create_table(
    #     TableName="table",
    #     BillingMode="PAY_PER_REQUEST",
    #     AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
    #     KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    # )


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    """Moto's AWS behind every boto3 client, with what `make_yours` makes."""
    with moto.mock_aws():
        make_yours()
        yield


@pytest.fixture
def s3() -> "S3Client":
    """A client for S3, where the two buckets are there and empty."""
    for bucket in (SOURCE, DESTINATION):
        CLIENT.create_bucket(Bucket=bucket)
    return CLIENT
