"""One warm process, hundreds of objects: nothing of one object may land on the next."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

import s3copy
from fakes3 import GIB, Bucket, FakeClient, Store
from fakes3.sdk import ANNOTATIONS, annotated

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 400
SETTINGS = s3copy.Options(part_size=2 * GIB, parts_in_flight=3, annotations=ANNOTATIONS)


def random_object(rng: random.Random, store: Store) -> dict[str, Any]:
    """Return the attributes of one source; about half of them are absent each time."""
    pick = rng.choice
    headers = {
        "CacheControl": pick(["no-cache", "max-age=60", None]),
        "ContentDisposition": pick(["attachment", None]),
        "ContentEncoding": pick(["gzip", None]),
        "ContentLanguage": pick(["en", "ja", None]),
        "ContentType": pick(["text/plain", "image/png", None]),
        "Expires": pick([f"Thu, 01 Dec 20{rng.randint(10, 99)} 16:00:00 GMT", None]),
    }
    body = rng.randbytes(rng.choice((0, 1, 5, 6, 9)))
    checksum = pick([("CRC64NVME", body.hex() or "0", "FULL_OBJECT"), None])
    return {
        "body": body,
        "etag": store.etag(body),
        "headers": tuple((name, value) for name, value in headers.items() if value),
        "metadata": tuple((f"m{n}", str(rng.random())) for n in range(rng.randint(0, 4))),
        "tags": tuple((f"t{n}", str(rng.random())) for n in range(rng.randint(0, 4))),
        **annotated(**{f"a{n}": rng.randbytes(8) for n in range(rng.randint(0, 3))}),
        "checksum": checksum,
    }


@pytest.mark.parametrize("act", [s3copy.copy, s3copy.rename], ids=["copy", "rename"])
def test_each_copy_equals_its_own_source(act: Callable[..., str]) -> None:
    rng = random.Random(7)  # noqa: S311 - the same objects each time, no secret
    store = Store(scale=GIB)  # an object of 6 bytes stands for 6 GiB: every other is in parts
    store.add_bucket(Bucket("from"))
    store.add_bucket(Bucket("to"))
    sources = [store.put("from", f"key {n}", **random_object(rng, store)) for n in range(COUNT)]
    s3 = FakeClient(store)
    for number in range(COUNT):
        name = f"key {number}"
        act(s3, s3copy.Source("from", name), s3copy.Target("to", name), SETTINGS, math.inf)
    in_parts = 0
    for number, source in enumerate(sources):
        copied = store.current("to", f"key {number}")
        assert copied is not None
        for field in ("body", "headers", "metadata", "tags", "annotations"):
            assert getattr(copied, field) == getattr(source, field), (number, field)
        assert (copied.checksum and copied.checksum[0]) == (source.checksum and "CRC64NVME")
        in_parts += "-" in copied.etag
    assert COUNT // 5 < in_parts < COUNT
