"""Listing a bucket, beside boto3's own paginator: CPU for each key, and keys a second.

S3's answers are made in this process, each after a wait where that is asked for, so that nothing
but the client is measured: boto3's signing, retries and parsing, and what is ours.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from beside import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3 import S3Client

PAGE = 1000  # keys
PREFIXES = 16
WAIT = 0.1  # seconds a page


class Answer:
    """The body of an answer, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.body


def client(pages: int, wait: float = 0.0) -> S3Client:
    """Return a client whose bucket has `PREFIXES` prefixes of so many pages each."""
    s3 = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - of nobody
        config=Config(max_pool_connections=64),
    )

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        time.sleep(wait)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        body = page(asked, pages).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), Answer(body))

    s3.meta.events.register("before-send.s3.ListObjectsV2", cast("Any", answer))
    return s3


def page(asked: dict[str, str], pages: int) -> str:
    """Return one page, as S3 writes it with EncodingType=url."""
    prefix, encoding = asked.get("prefix", ""), "<EncodingType>url</EncodingType>"
    if "delimiter" in asked:
        found = "".join(
            f"<CommonPrefixes><Prefix>p{n:02}/</Prefix></CommonPrefixes>" for n in range(PREFIXES)
        )
        whole = f"<IsTruncated>false</IsTruncated>{encoding}{found}"
        return f"<ListBucketResult>{whole}</ListBucketResult>"
    number = int(asked.get("continuation-token", "0"))
    last = (pages if prefix else pages * PREFIXES) - 1
    rows = "".join(
        f"<Contents><Key>{prefix or 'p00/'}2025/image+{number * PAGE + n:09}.jpg</Key>"
        "<LastModified>2025-11-25T15:02:11.000Z</LastModified>"
        "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>123456</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for n in range(PAGE)
    )
    is_last = number == last
    more = "" if is_last else f"<NextContinuationToken>{number + 1}</NextContinuationToken>"
    truncated = f"<IsTruncated>{str(not is_last).lower()}</IsTruncated>{more}"
    return f"<ListBucketResult>{truncated}{encoding}{rows}</ListBucketResult>"


def plain(s3: S3Client) -> int:
    paginator = s3.get_paginator("list_objects_v2")
    return sum(len(each["Contents"]) for each in paginator.paginate(Bucket="photos"))


def ours(s3: S3Client, parallel: int) -> int:
    from jobs.aws.listing import Lister

    lister: Any = Lister(s3, "photos", versions=False, parallel=parallel)
    return sum(map(len, lister.all("")))


def cpu(pages: int, way: Callable[[S3Client], int]) -> float:
    """Return microseconds of CPU a key, without those of making the answers."""
    s3 = client(pages)
    began = time.process_time()
    keys = way(s3)
    spent = time.process_time() - began
    began = time.process_time()
    for number in range(keys // PAGE):
        page({"continuation-token": str(number)}, pages).encode()
    return (spent - (time.process_time() - began)) / keys * 1e6


def rate(pages: int, way: Callable[[S3Client], int]) -> float:
    """Return keys a second where each page takes a while."""
    began = time.perf_counter()
    return way(client(pages, WAIT)) / (time.perf_counter() - began)


def main() -> None:
    sys.path.insert(0, str(PROJECT))
    print(f"{'':34}{'paginator':>10}{'jobs':>10}{'ratio':>8}")
    each = cpu(2, plain), cpu(2, lambda s3: ours(s3, 1))
    print(f"{'CPU, us a key':34}{each[0]:10.1f}{each[1]:10.1f}{each[1] / each[0]:8.2f}  <= 0.20")
    each = rate(2, plain), rate(8, lambda s3: ours(s3, PREFIXES))
    words = f"keys a second, {WAIT * 1000:.0f} ms a page"
    print(f"{words:34}{each[0]:10,.0f}{each[1]:10,.0f}{each[1] / each[0]:8.1f}  >= 10")


if __name__ == "__main__":
    main()
