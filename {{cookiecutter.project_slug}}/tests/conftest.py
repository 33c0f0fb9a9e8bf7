"""What every test here may count on: AWS is out of reach, and clients are made once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

NO_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
os.environ.update(NO_AWS)
os.environ.pop("AWS_PROFILE", None)


@pytest.fixture(scope="session")
def clients() -> Any:
    """The `jobs.clients.Clients` of the tools; making one takes longer than most tests."""
    # here, and unknown to a type checker if need be: jobs/ may be deleted
    from jobs.clients import connect  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    return connect("us-east-1")


@pytest.fixture
def lambda_stub(clients: Any) -> Iterator[Stubber]:
    yield from stubbed(clients.lambda_)


@pytest.fixture
def s3_stub(clients: Any) -> Iterator[Stubber]:
    yield from stubbed(clients.s3)


@pytest.fixture
def s3control_stub(clients: Any) -> Iterator[Stubber]:
    yield from stubbed(clients.s3control)


@pytest.fixture
def cloudformation_stub(clients: Any) -> Iterator[Stubber]:
    yield from stubbed(clients.cloudformation)


def stubbed(client: BaseClient) -> Iterator[Stubber]:
    """Answer the calls of `client` in the order that the test says; all of them must be made."""
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()
