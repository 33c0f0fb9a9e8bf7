"""What `submit` says of a job that AWS would take, and that would go wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobs.submit import notices
from jobs.submit.deployment import Deployment

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
PLACE = Deployment(function_arn="arn:f:1", role_arn="arn:r", jobs_bucket="jobs")
HERE = {"DESTINATION_BUCKET": "copies", "KMS_KEY_ARN": ""}


def encryption(**default: str) -> dict[str, Any]:
    rule = {"ApplyServerSideEncryptionByDefault": default}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def said(
    clients: Clients, capsys: pytest.CaptureFixture[str], environment: dict[str, str] = HERE
) -> str:
    notices.say(clients, {}, environment, PLACE)
    return capsys.readouterr().err


def test_a_default_key_that_the_deployment_does_not_name_is_said(
    clients: Clients, s3_stub: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY)
    s3_stub.add_response("get_bucket_encryption", answer, {"Bucket": "copies"})
    text = said(clients, capsys)

    assert f"'copies' encrypts by default with '{KEY}', and DestinationKmsKeyArn is empty" in text


@pytest.mark.parametrize(
    "default",
    [
        {"SSEAlgorithm": "AES256"},
        {"SSEAlgorithm": "aws:kms"},
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:r:1:alias/aws/s3"},
    ],
    ids=["SSE-S3", "the key of AWS", "the key of AWS, named"],
)
def test_a_default_that_everybody_may_use_is_no_news(
    default: dict[str, str],
    clients: Clients,
    s3_stub: Stubber,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3_stub.add_response("get_bucket_encryption", encryption(**default))

    assert said(clients, capsys) == ""


def test_where_the_look_is_denied_there_is_no_word(
    clients: Clients, s3_stub: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    s3_stub.add_client_error("get_bucket_encryption", "AccessDenied", http_status_code=403)

    assert said(clients, capsys) == ""


def test_a_deployment_with_its_key_is_not_looked_at(
    clients: Clients, s3_stub: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    assert s3_stub
    assert said(clients, capsys, {**HERE, "KMS_KEY_ARN": KEY}) == ""


def test_a_job_that_shares_the_accounts_concurrency_says_so(
    clients: Clients, s3_stub: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    assert s3_stub
    notices.say(clients, {}, {}, replace(PLACE, shares_concurrency=True))

    assert "ReservedConcurrency is 0" in capsys.readouterr().err
