"""S3 servers that do not know annotations: PutObjectAnnotation replaces an object's bytes there.

The raw moto server is one of them: it ignores what it does not know of a URL. So it answers the
question for annotations with the object itself. Others answer with an error.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

import batch_events
import s3copy
from fakes3.raw import Answered
from fakes3.sdk import KNOWS_ANNOTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = s3copy.Target("target", "new")
IN_PARTS = s3copy.Options(multipart_threshold=1, part_size=5 * 1024**2)
ONCE = Config(retries={"total_max_attempts": 1})
ASKED = "before-send.s3.ListObjectAnnotations"

pytestmark = pytest.mark.skipif(not KNOWS_ANNOTATIONS, reason="this boto3 cannot ask for any")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with batch_events.local_s3() as url:
        yield url


@pytest.fixture
def s3(server: str) -> Iterator[Any]:
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=server, config=ONCE)
    for bucket in ("source", "target"):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket="source", Key="old", Body=b"bytes")
    client.delete_object(Bucket="target", Key="new")
    yield client
    client.close()


def bytes_of(s3: Any, bucket: str, key: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_the_danger_is_real(s3: Any) -> None:
    s3.put_object_annotation(Bucket="source", Key="old", AnnotationName="n", AnnotationPayload=b"x")
    assert bytes_of(s3, "source", "old") == b"x"


@pytest.mark.parametrize(
    ("body", "answered", "is_told"),
    [
        (b"\x89PNG", None, True),
        (b"<a>no list</a>", None, False),  # nothing is carried, and so nothing written
        (b"bytes", Answered(500), True),
        (b"bytes", Answered(501), True),
    ],
    ids=["moto: the object", "moto: the object, which is XML", "500", "501"],
)
@pytest.mark.parametrize("act", [s3copy.copy, s3copy.rename], ids=["copy", "rename"])
def test_the_bytes_stay(
    s3: Any, act: Callable[..., str], body: bytes, answered: Any, *, is_told: bool
) -> None:
    s3.put_object(Bucket="source", Key="old", Body=body)
    asked: list[str] = []
    s3.meta.events.register("request-created.s3.PutObjectAnnotation", lambda **_: asked.append(""))
    if answered:
        s3.meta.events.register(ASKED, answered)
    source = s3copy.Source("source", "old")
    for options in (IN_PARTS, s3copy.Options()):  # the second meets what the first made
        done = act(s3, source, TARGET, options, time.monotonic() + 900)
        assert bytes_of(s3, "target", "new") == body
        if options is IN_PARTS:
            assert done.endswith("which this S3 server does not know") is is_told
    assert asked == []
