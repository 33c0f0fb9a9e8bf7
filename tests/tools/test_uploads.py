"""Manifests and reports are stored on every server, with SSE-S3 wherever that is known."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from jobs.aws.uploads import NotStoredError, Uploads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

LOCAL = "http://127.0.0.1:9"
AWS = "https://s3.us-east-1.amazonaws.com"


class Server:
    """Answers PutObject with these statuses, one after the other, and 200 in the end."""

    def __init__(self, *refusals: tuple[int, dict[str, Any]]) -> None:
        self.refusals = list(refusals)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, params: dict[str, Any], **_: object) -> object:
        body = params["body"]
        sent = body if isinstance(body, bytes) else body.read()
        self.asked.append(
            {"sse": "x-amz-server-side-encryption" in params["headers"], "sent": sent}
        )
        if self.refusals and self.asked[-1]["sse"]:
            status, error = self.refusals.pop(0)
            said = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}
            return AWSResponse("", status, HTTPHeaders(), None), said
        return AWSResponse("", 200, HTTPHeaders(), None), {"ETag": '"etag"'}


@pytest.fixture
def clients() -> Iterator[dict[str, S3Client]]:
    with mock_aws():
        yield {url: boto3.client("s3", endpoint_url=url) for url in (LOCAL, AWS)}


def uploads(client: S3Client, server: Server) -> Uploads:
    client.meta.events.register("before-call.s3.PutObject", cast("Any", server))
    return Uploads(client)


@pytest.mark.parametrize("status", [400, 500, 501])
def test_a_server_without_sse_s3_gets_the_object_without_it(
    clients: dict[str, S3Client], status: int
) -> None:
    server = Server((status, {"Code": "InternalError", "Message": None}))
    made = uploads(clients[LOCAL], server)
    assert made.put(Bucket="b", Key="k", Body=io.BytesIO(b"rows")).etag == "etag"
    assert made.put(Bucket="b", Key="k2", Body=b"more").etag == "etag"
    assert server.asked == [
        {"sse": True, "sent": b"rows"},
        {"sse": False, "sent": b"rows"},
        {"sse": False, "sent": b"more"},  # it is not asked again
    ]


@pytest.mark.parametrize(("url", "status"), [(AWS, 500), (LOCAL, 403)])
def test_a_refusal_for_another_reason_stays_one(
    clients: dict[str, S3Client], url: str, status: int
) -> None:
    server = Server((status, {"Code": "AccessDenied", "Message": "No."}))
    with pytest.raises(NotStoredError, match="s3://b/k could not be stored: PutObject answered"):
        uploads(clients[url], server).put(Bucket="b", Key="k", Body=b"")
    assert [each["sse"] for each in server.asked] == [True]


@pytest.mark.parametrize(("url", "is_taken"), [(LOCAL, True), (AWS, False)])
def test_a_large_file_goes_up_in_parts_without_sse_s3_where_the_server_has_none(
    clients: dict[str, S3Client], tmp_path: Path, url: str, is_taken: bool
) -> None:
    (tmp_path / "m.csv").write_bytes(b"rows")
    asked: list[dict[str, Any]] = []

    def refuse(params: dict[str, Any], **_: object) -> object:
        asked.append(dict(params["headers"]))
        has_sse = "x-amz-server-side-encryption" in params["headers"]
        status = 501 if has_sse else 200
        said: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": status}}
        said |= {"Error": {"Code": "NotImplemented", "Message": ""}} if has_sse else {}
        return AWSResponse("", status, HTTPHeaders(), None), said

    clients[url].meta.events.register("before-call.s3.PutObject", cast("Any", refuse))
    made, more = Uploads(clients[url]), {"ExpectedBucketOwner": "123456789012"}
    if is_taken:
        made.put_in_parts(tmp_path / "m.csv", "b", "k", more)
    else:
        with pytest.raises(NotStoredError, match=r"s3://b/k could not be stored: .*NotImplemented"):
            made.put_in_parts(tmp_path / "m.csv", "b", "k", more)
    sse = ["x-amz-server-side-encryption" in headers for headers in asked]
    assert sse == [True, False] if is_taken else [True]
    assert all("x-amz-expected-bucket-owner" in headers for headers in asked)


def test_a_key_of_kms_is_never_left_out(clients: dict[str, S3Client]) -> None:
    server = Server((501, {"Code": "NotImplemented", "Message": ""}))
    with pytest.raises(NotStoredError, match="NotImplemented: no reason was given"):
        uploads(clients[LOCAL], server).put(
            Bucket="b", Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId="key"
        )
    assert len(server.asked) == 1
