"""An S3 client whose answers a test lists, in order, each with the request that it expects."""

from __future__ import annotations

import datetime as dt
import functools
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.stub import Stubber

import s3copy
from fakes3.sdk import KNOWS_ANNOTATIONS
from s3copy import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3.client import S3Client

SOURCE = s3copy.Source("source-bucket", "in/a b")
TARGET = s3copy.Target("target-bucket", "out/a b")
AT_SOURCE = {"Bucket": SOURCE.bucket, "Key": SOURCE.key}
AT_TARGET = {"Bucket": TARGET.bucket, "Key": TARGET.key}
COPY = {**AT_TARGET, "CopySource": AT_SOURCE}
NEVER = {**COPY, "IfNoneMatch": "*"}
GIB = 1024**3
SOURCE_WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
COPY_WRITTEN = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
EXCLUDE = {"AnnotationDirective": "EXCLUDE"} if KNOWS_ANNOTATIONS else {}


@functools.cache
def client() -> S3Client:
    """One client for all tests: making one takes longer than most of them."""
    return boto3.client("s3", region_name="us-east-1")


class Answers:
    """Adds answers, and runs a copy or a rename against them."""

    def __init__(self, stub: Stubber) -> None:
        self.stub = stub

    def copy_object(self, expected: dict[str, Any], etag: str = '"e"', **answer: Any) -> None:
        result = {"ETag": etag, **answer.pop("CopyObjectResult", {})}
        answer = {"CopyObjectResult": result, **answer}
        self.stub.add_response("copy_object", answer, expected)

    def head(self, where: dict[str, Any], **answer: Any) -> None:
        written = COPY_WRITTEN if where["Bucket"] == TARGET.bucket else SOURCE_WRITTEN
        answer = {"ETag": '"e"', "ContentLength": 5, "LastModified": written, **answer}
        self.stub.add_response("head_object", answer, {**where, "ChecksumMode": "ENABLED"})

    def tags(self, where: dict[str, Any], **tags: str) -> None:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.stub.add_response("get_object_tagging", {"TagSet": listed}, where)

    def annotations(self, where: dict[str, Any], *names: str) -> None:
        """Answer the question for an object's annotations, where this boto3 can ask it."""
        if KNOWS_ANNOTATIONS:
            about = {"LastModified": SOURCE_WRITTEN, "Size": 1}
            listed = [{"AnnotationName": name, **about} for name in names]
            self.stub.add_response("list_object_annotations", {"Annotations": listed}, where)

    def versioning(self, bucket: str = SOURCE.bucket, **answer: str) -> None:
        self.stub.add_response("get_bucket_versioning", answer, {"Bucket": bucket})

    def delete(self, etag: str = '"e"') -> None:
        self.stub.add_response("delete_object", {}, {**AT_SOURCE, "IfMatch": etag})

    def add(self, method: str, expected: dict[str, Any], answer: dict[str, Any]) -> None:
        self.stub.add_response(method, answer, expected)

    def error(  # noqa: PLR0913, PLR0917 - one answer in full
        self,
        method: str,
        status: int,
        code: str,
        expected: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        message: str | None = "S3 says {code}",
    ) -> None:
        self.stub.add_client_error(
            method,
            code,
            message.format(code=code) if message else message,  # type: ignore[arg-type] # as Ceph
            status,
            expected_params=expected,
            response_meta={"HTTPHeaders": headers or {}},
        )

    def copy(
        self, source: s3copy.Source = SOURCE, target: s3copy.Target = TARGET, **options: Any
    ) -> str:
        return self._run(s3copy.copy, source, target, options)

    def rename(
        self, source: s3copy.Source = SOURCE, target: s3copy.Target = TARGET, **options: Any
    ) -> str:
        return self._run(s3copy.rename, source, target, options)

    def _run(self, act: Any, source: s3copy.Source, target: s3copy.Target, options: Any) -> str:
        deadline = time.monotonic() + options.pop("seconds", 900)
        done: str = act(client(), source, target, s3copy.Options(**options), deadline)
        self.stub.assert_no_pending_responses()
        return done


def answers() -> Iterator[Answers]:
    """Yield the answers of one test; all of them must have been used, and no request more.

    What s3copy remembers of buckets is forgotten first: the client is the same for all tests.
    """
    requests.versioning.cache_clear()
    requests.look_into.cache_clear()
    with Stubber(client()) as stub:
        yield Answers(stub)
        stub.assert_no_pending_responses()
