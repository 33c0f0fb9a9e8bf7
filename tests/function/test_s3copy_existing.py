"""EXISTS: a second run meets its own copies, and other objects that look like them."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from fakes3 import GIB, Bucket, FakeClient, Store, alike
from fakes3.checks import error
from fakes3.sdk import ANNOTATIONS, annotated
from fakes3.store import crc32c, in_parts, whole_checksum
from s3copy import part_checksums

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b"a body of 3 parts"
PIECES = [BODY[:5], BODY[5:11], BODY[11:]]
SOURCE, TARGET = s3copy.Source("from", "key"), s3copy.Target("to", "key")
DESCRIBED: dict[str, Any] = {"tags": (("a", "1"),), **annotated(label=b"cat")}


def buckets(*, kms: bool = False, into_kms: bool = False, **attributes: Any) -> FakeClient:
    """Return a client of two buckets, and an object in the first."""
    store = Store()
    store.add_bucket(Bucket("from", kms=kms))
    store.add_bucket(Bucket("to", kms=into_kms))
    store.put_body("from", "key", BODY, **{**DESCRIBED, **attributes})
    store.now = 10.0
    return FakeClient(store)


def run(s3: FakeClient, operation: str = "copy", **options: Any) -> str:
    act = s3copy.rename if operation == "rename" else s3copy.copy
    chosen = s3copy.Options(**{"annotations": ANNOTATIONS, **options})
    done: str = act(s3, SOURCE, TARGET, chosen, math.inf)  # type: ignore[arg-type]
    return done


PARTS_ETAG = Store().etag(BODY, parts=3)
# What the source is, and whether S3 gives evidence that a copy of it is the same.
KINDS: dict[str, tuple[dict[str, Any], bool]] = {
    "plain: the ETag": ({}, True),
    "SHA-256 of the whole: the ETag": ({"checksum": whole_checksum("SHA256", BODY)}, True),
    "multipart by upload_file, CRC32 of parts: the CRCs put together": (
        {"etag": PARTS_ETAG, **in_parts("CRC32", PIECES)},
        True,
    ),
    "multipart, checksum of the whole: that checksum": (
        {"etag": PARTS_ETAG, "checksum": whole_checksum("CRC64NVME", BODY)},
        True,
    ),
    "multipart, CRC32C of parts: the CRCs put together": (
        {"etag": PARTS_ETAG, **in_parts("CRC32C", PIECES)},
        True,
    ),
    "KMS by upload_file, CRC32 of parts: the CRCs put together": (
        {"kms": True, **in_parts("CRC32", PIECES)},
        True,
    ),
    "into KMS by upload_file, CRC32 of parts: the CRCs put together": (
        {"into_kms": True, "etag": PARTS_ETAG, **in_parts("CRC32", PIECES)},
        True,
    ),
    "KMS, checksum of the whole: that checksum": (
        {"kms": True, "checksum": whole_checksum("CRC64NVME", BODY)},
        True,
    ),
    "multipart, SHA-256 of parts: none": (
        {"etag": PARTS_ETAG, **in_parts("SHA256", PIECES)},
        False,
    ),
    "multipart without a checksum: none": ({"etag": PARTS_ETAG}, False),
    "KMS without a checksum: none": ({"kms": True}, False),
    "into KMS, checksum of the whole: that checksum": (
        {"into_kms": True, "checksum": whole_checksum("CRC64NVME", BODY)},
        True,
    ),
    "into KMS without a checksum: none": ({"into_kms": True}, False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_knows_its_copy_where_s3_gives_evidence(kind: str) -> None:
    attributes, is_shown = KINDS[kind]
    s3 = buckets(**attributes)
    run(s3)
    if is_shown:
        assert run(s3) == f"Already there: {TARGET}"
    else:
        with pytest.raises(s3copy.RefusedError, match="no checksum in common that would show"):
            run(s3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_the_manifest_has_twice_is_renamed_once(kind: str) -> None:
    s3 = buckets(**KINDS[kind][0])
    assert run(s3, "rename") == f"Renamed to {TARGET}"
    assert run(s3, "rename").startswith("Already renamed")


@pytest.mark.parametrize(
    ("operation", "pair"),
    alike.ALL,
    ids=[f"{operation}: {one.name}" for operation, one in alike.ALL],
)
def test_only_what_s3_shows_to_be_the_same_counts_as_the_copy(
    operation: str, pair: alike.Alike
) -> None:
    assert alike.run(s3copy, operation, pair) == []


def without_the_right_to_tags(store: Store) -> FakeClient:
    """Return a client whose role may not read tags: S3 leaves their count out of a HEAD."""

    def around(operation: str, _given: dict[str, Any], send: Callable[[], Any]) -> Any:
        if operation == "GetObjectTagging":
            raise error(operation, 403, "AccessDenied")
        answer = send()
        return {name: value for name, value in answer.items() if name != "TagCount"}

    return FakeClient(store, around)


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_tags_that_the_role_may_not_read_are_never_taken_for_none(operation: str) -> None:
    s3 = buckets(tags=(("only", "here"),))
    s3.store.put_body("to", "key", BODY, **{**DESCRIBED, "tags": ()})
    with pytest.raises(s3copy.RefusedError, match="S3 denied GetObjectTagging"):
        run(without_the_right_to_tags(s3.store), operation)
    assert s3.store.current("from", "key") is not None


def test_a_rename_into_a_directory_bucket_loses_no_tags_that_the_role_may_not_read() -> None:
    s3 = buckets(tags=(("only", "here"),), annotations=())
    s3.store.add_bucket(Bucket("to--use1-az4--x-s3"))
    target = s3copy.Target("to--use1-az4--x-s3", "key")
    for client in (s3, without_the_right_to_tags(s3.store)):
        with pytest.raises(s3copy.RefusedError, match=r"has 1 tags|denied GetObjectTagging"):
            s3copy.rename(client, SOURCE, target, s3copy.Options(), math.inf)  # type: ignore[arg-type]
    assert s3.store.current("from", "key") is not None
    sentence = run_into(without_the_right_to_tags(s3.store), target)
    assert ", without tags and annotations, which a directory" in sentence


def run_into(s3: FakeClient, target: s3copy.Target) -> str:
    return s3copy.copy(s3, SOURCE, target, s3copy.Options(), math.inf)  # type: ignore[arg-type]


@pytest.mark.parametrize("tags", [DESCRIBED["tags"], alike.LONG_TAGS], ids=["short", "long"])
def test_an_unfinished_copy_above_5_gib_gets_what_it_lacks(tags: Any) -> None:
    s3 = buckets(checksum=whole_checksum("CRC64NVME", BODY), tags=tags)
    s3.store.scale = GIB
    run(s3, part_size=5 * GIB, parts_in_flight=1)
    copied = s3.store.current("to", "key")
    assert copied is not None
    came_with_it = () if tags is alike.LONG_TAGS else tags
    s3.store.buckets["to"].keys["key"] = [replace(copied, annotations=(), tags=came_with_it)]
    run(s3, "rename")
    finished = s3.store.current("to", "key")
    assert finished is not None
    assert finished.tags == tags
    assert annotated(**dict(finished.annotations)) == annotated(label=b"cat")


@pytest.mark.parametrize("versioning", [None, "Suspended"])
def test_an_object_that_replaced_an_unfinished_copy_gets_no_tags(versioning: str | None) -> None:
    tags: dict[str, Any] = {"tags": alike.LONG_TAGS, "annotations": ()}
    s3 = buckets(checksum=whole_checksum("CRC64NVME", BODY), **tags)
    s3.store.scale, s3.store.buckets["to"].versioning = GIB, versioning
    run(s3, part_size=5 * GIB, parts_in_flight=1)
    copied = s3.store.current("to", "key")
    assert copied is not None
    s3.store.change("to", "key", copied, tags=())

    def around(operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        answer = send()
        if operation == "GetObjectTagging" and given["Bucket"] == "to":
            s3.store.put_body("to", "key", b"another program's")
        return answer

    s3.around = around
    with pytest.raises(s3copy.TryAgainError, match="is gone again"):
        run(s3, "rename")
    there = s3.store.current("to", "key")
    assert there is not None
    assert there.tags == ()


@pytest.mark.parametrize("expires", ["0", "-1", "Oct 2030", "2030-01-01T00:00:00Z"])
def test_expires_is_kept_character_for_character_above_5_gib(expires: str) -> None:
    s3 = buckets(headers=(("Expires", expires),), checksum=whole_checksum("CRC64NVME", BODY))
    s3.store.scale = GIB
    run(s3, part_size=5 * GIB, parts_in_flight=1)
    copied = s3.store.current("to", "key")
    assert copied is not None
    assert dict(copied.headers)["Expires"] == expires
    assert run(s3).startswith("Already there")


def test_ten_long_tags_are_kept_above_5_gib() -> None:
    tags = tuple((f"{number}" * 100, "é" * 200) for number in range(10))
    s3 = buckets(tags=tags)
    s3.store.scale = GIB
    run(s3, part_size=5 * GIB, parts_in_flight=1)
    copied = s3.store.current("to", "key")
    assert copied is not None
    assert copied.tags == tags


@pytest.mark.parametrize(("algorithm", "crc"), [("CRC32", zlib.crc32), ("CRC32C", crc32c)])
def test_the_crc_of_parts_put_together_is_that_of_the_whole(
    algorithm: str, crc: Callable[[bytes], int]
) -> None:
    pieces = [*PIECES, b"", b"x" * 70_000]
    parts = [(len(piece), in_base64(crc(piece))) for piece in pieces]
    assert part_checksums.whole(algorithm, parts) == in_base64(crc(b"".join(pieces)))


def in_base64(crc: int) -> str:
    return base64.b64encode(crc.to_bytes(4, "big")).decode()


def test_crc32c_gives_the_digest_of_rfc_3720() -> None:
    assert crc32c(bytes(range(32))) == 0x46DD794E  # appendix B.4: 4e 79 dd 46, the lowest first
