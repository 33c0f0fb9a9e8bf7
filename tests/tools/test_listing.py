"""Listings: every object once, whatever its prefixes; pages of S3 and of other servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from jobs.aws import listed_page, listing
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

DEEP = [*(f"{a}/{b}/{c}" for a in range(3) for b in range(3) for c in range(3)), "top", "0/x"]
# as in a bucket with a prefix for each user, and prefixes that begin before a key
WIDE = [*(f"u/{n:02}/a" for n in range(9)), "u", "u/", "u/05", "u/05.", "u/050", "zz"]


@pytest.fixture
def s3() -> Iterator[S3Client]:
    """Give a client whose pages hold three names."""
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="photos")
        for operation in ("ListObjectsV2", "ListObjectVersions"):
            client.meta.events.register(f"provide-client-params.s3.{operation}", three_a_page)
        yield client


def three_a_page(params: dict[str, Any], **_: object) -> None:
    params["MaxKeys"] = 3


def listed(s3: S3Client, prefix: str = "", **options: Any) -> list[str]:
    lister = listing.Lister(s3, "photos", **{"versions": False, "parallel": 4} | options)
    return sorted(each.key for page in lister.all(prefix) for each in page)


@pytest.mark.parametrize("keys", [DEEP, WIDE], ids=["deep", "wide"])
@pytest.mark.parametrize("most", [500, 1], ids=["each prefix", "a full page of prefixes"])
@pytest.mark.parametrize("versions", [False, True])
def test_every_object_comes_once(
    s3: S3Client,
    monkeypatch: pytest.MonkeyPatch,
    keys: list[str],
    most: int,
    versions: bool,
) -> None:
    monkeypatch.setattr(listing, "MOST_PREFIXES", most)
    for key in keys:
        s3.put_object(Bucket="photos", Key=key, Body=b"x")
    for prefix in ("", "1/", "u/"):
        wanted = sorted(key for key in keys if key.startswith(prefix))
        assert listed(s3, prefix, versions=versions) == wanted
    # names of objects: moto leaves out the first version after a marker that is none
    for start in ("0/1/1", "u/05", "u", "zz"):
        after = sorted(key for key in keys if key > start)
        assert listed(s3, start_after=start, versions=versions) == after


def test_a_page_as_s3_writes_it_is_read_as_any_other() -> None:
    usual = (
        "<R><EncodingType>url</EncodingType><Contents><Key>a+b%2B</Key>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
        "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
        "<Size>7</Size><StorageClass>GLACIER</StorageClass></Contents></R>"
    )
    other = usual.replace("<StorageClass>", "<Owner><ID>x</ID></Owner><StorageClass>")
    wanted = [listed_page.Listed("a%20b%2B", 7, "2026-01-01T00:00:00.000Z", "GLACIER", "")]
    for page in (usual.encode(), other.encode()):
        assert listed_page.parse(page, versions=False) == (wanted, 0)
        assert b"Contents" not in listed_page.without_objects(page, versions=False)


def test_what_another_server_leaves_to_xml_in_a_key_is_read_as_xml() -> None:
    page = (
        b"<R><EncodingType>url</EncodingType><Contents><Key>a&amp;b</Key><LastModified>2026"
        b"</LastModified><ETag>e</ETag><Size>7</Size><StorageClass>GLACIER</StorageClass>"
        b"</Contents></R>"
    )
    ((found,), _) = listed_page.parse(page, versions=False)
    assert found.key == "a&b"


@pytest.mark.parametrize(
    "page",
    [
        b"<R><Contents><Key>a%20b</Key><Size>1</Size></Contents></R>",
        b"<R><Contents><Size>1</Size><LastModified>2026</LastModified></Contents></R>",
    ],
)
def test_a_page_without_what_it_must_have_is_refused(page: bytes) -> None:
    with pytest.raises(Refused, match="a listing without a key, a size or a date"):
        listed_page.parse(page, versions=False)


@pytest.mark.parametrize(
    ("said", "key"), [("<EncodingType>url</EncodingType>", "a%20%26amp%3B"), ("", "a%2B%26")]
)
def test_a_page_that_another_server_writes_in_its_own_way_is_read_by_its_tree(
    said: str, key: str
) -> None:
    written = "a+%26amp%3B" if said else "a+&amp;"
    page = (
        f'<R xmlns="x">{said}<Contents a="1"><Key>{written}</Key><Size>1</Size>'
        "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents></R>"
    )
    ((found,), markers) = listed_page.parse(page.encode(), versions=False)
    assert (found.key, found.size, found.storage_class, markers) == (key, 1, "STANDARD", 0)


def test_a_cr_that_another_server_writes_as_it_is_stays_one() -> None:
    page = (
        b"<R><Contents><Key>a\rb</Key><Size>1</Size>"
        b"<LastModified>2026-01-01T00:00:00Z</LastModified></Contents></R>"
    )
    ((found,), _) = listed_page.parse(page, versions=False)
    assert found.key == "a%0Db"
