"""Pairs of objects under the old and the new name, and what EXISTS must make of them.

Each row differs from a copy of ours in one thing. docs/rename.md of the template says what counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fakes3.client import FakeClient
from fakes3.sdk import ANNOTATIONS, KNOWS_ANNOTATIONS, annotated
from fakes3.store import Bucket, Store, in_parts, whole_checksum

if TYPE_CHECKING:
    from types import ModuleType

OLD, NEW = ("from", "key"), ("to", "key")
BODY, OTHER_BODY = b"a body of 3 parts", b"the body of other"
PIECES = [BODY[:5], BODY[5:11], BODY[11:]]
KEY = "arn:aws:kms:us-east-1:111122223333:key/one"
PARTS_ETAG, WHOLE_ETAG = Store().etag(BODY, parts=3), Store().etag(BODY)
LONG_TAGS = tuple((str(number), "x" * 256) for number in range(10))
IN_PARTS = {"multipart_threshold": 3, "part_size": 5}
CRC64 = {"checksum": whole_checksum("CRC64NVME", BODY)}
DESCRIBED: dict[str, Any] = {
    "body": BODY,
    "etag": WHOLE_ETAG,
    "headers": (("ContentType", "text/x-odd"), ("Expires", "0")),
    "metadata": (("colour", "blue"),),
    "tags": (("team", "a"), ("x", "")),
    **annotated(label=b"cat", score=b"1"),
    "modified": 0,
}


@dataclass(frozen=True, slots=True)
class Alike:
    """An object, what is under the new name when the copy begins, and what must come of it.

    Attributes:
        why: in the sentence of the refusal; "": the copy counts as done, a rename deletes.
        source: what the source has besides `DESCRIBED`.
        target: what differs from it at the new name.
    """

    name: str
    why: str
    source: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


PAIRS = (
    Alike("the same", ""),
    Alike("one checksum of the whole under two ETags", "", CRC64, {"etag": PARTS_ETAG}),
    Alike(
        "one checksum of parts under two ETags",
        "",
        in_parts("SHA256", PIECES),
        {"etag": PARTS_ETAG},
    ),
    Alike(
        "a checksum of CRCs of parts, and that of the whole",
        "",
        {"etag": PARTS_ETAG, **in_parts("CRC32", PIECES)},
        {"etag": WHOLE_ETAG, "parts": (), "checksum": whole_checksum("CRC32", BODY)},
    ),
    Alike(
        "what is set for copies",
        "",
        {},
        {"storage_class": "GLACIER_IR"},
        {"storage_class": "GLACIER_IR"},
    ),
    Alike(
        "the key set for copies", "", {}, {"sse": "aws:kms", "kms_key": KEY}, {"kms_key_arn": KEY}
    ),
    Alike("another size", "bytes, not", {}, {"body": BODY + b"more"}),
    Alike("another ETag and no checksum", "no checksum in common", {}, {"etag": PARTS_ETAG}),
    Alike(
        "another checksum of the whole under one ETag",
        "another CRC64NVME checksum",
        CRC64,
        {"body": OTHER_BODY, "checksum": whole_checksum("CRC64NVME", OTHER_BODY)},
    ),
    Alike(
        "another checksum of parts under two ETags",
        "no checksum in common",
        in_parts("SHA256", PIECES),
        {"body": OTHER_BODY, "etag": PARTS_ETAG, **in_parts("SHA256", [OTHER_BODY])},
    ),
    Alike(
        "CRCs of parts that make another whole",
        "no checksum in common",
        {"etag": PARTS_ETAG, **in_parts("CRC32", PIECES)},
        {
            "body": OTHER_BODY,
            "etag": WHOLE_ETAG,
            "parts": (),
            "checksum": whole_checksum("CRC32", OTHER_BODY),
        },
    ),
    Alike("other metadata", "other Metadata", {}, {"metadata": (("colour", "red"),)}),
    Alike(
        "another content header",
        "other ContentType",
        {},
        {"headers": (("ContentType", "text/plain"), ("Expires", "0"))},
    ),
    Alike(
        "another Expires that is no date",
        "other Expires",
        {},
        {"headers": (("ContentType", "text/x-odd"), ("Expires", "-1"))},
    ),
    Alike("another value of a tag", "other Tags", {}, {"tags": (("team", "b"), ("x", ""))}),
    Alike("a tag that lacks", "other Tags", {}, {"tags": (("team", "a"),)}),
    Alike("no tags", "other Tags", {}, {"tags": ()}),
    # Short tags come with a copy in parts, long ones all at once: such a copy is not unfinished.
    Alike("no tags on a copy in parts", "other Tags", {}, {"tags": ()}, IN_PARTS),
    Alike(
        "one of the long tags on a copy in parts",
        "other Tags",
        {"tags": LONG_TAGS},
        {"tags": LONG_TAGS[:1]},
        IN_PARTS,
    ),
    Alike("tags of its own", "other Tags", {"tags": ()}, {"tags": (("team", "a"),)}),
    Alike(
        "another key than is set",
        "not under the KMS key",
        {},
        {"sse": "aws:kms", "kms_key": "arn:other"},
        {"kms_key_arn": KEY},
    ),
    Alike("no key where one is set", "not under the KMS key", {}, {}, {"kms_key_arn": KEY}),
    Alike(
        "another storage class than is set",
        "storage class STANDARD",
        {},
        {},
        {"storage_class": "GLACIER_IR"},
    ),
)
WITH_ANNOTATIONS = (
    Alike("another annotation", "other Annotations", {}, annotated(label=b"dog", score=b"1")),
    Alike("an annotation that lacks", "other Annotations", {}, annotated(label=b"cat")),
    Alike(
        "an annotation of its own",
        "other Annotations",
        annotated(label=b"cat"),
        annotated(label=b"cat", score=b"1"),
    ),
)
NOT_NEWER = (
    Alike("written in the same second", "was not written in a later second", {}, {"modified": 0}),
    Alike("written before", "was not written in a later second", {"modified": 5}, {"modified": 3}),
)
KNOWN = PAIRS + (WITH_ANNOTATIONS if KNOWS_ANNOTATIONS else ())
ALL = tuple((operation, one) for one in KNOWN for operation in ("copy", "rename")) + tuple(
    ("rename", one) for one in NOT_NEWER
)


def run(s3copy: ModuleType, operation: str, alike: Alike) -> list[str]:
    """Run a copy or a rename against a pair; return what went wrong."""
    store = Store()
    store.add_bucket(Bucket(OLD[0]))
    store.add_bucket(Bucket(NEW[0]))
    source = DESCRIBED | alike.source
    before = store.put(*OLD, **source), store.put(*NEW, **source | {"modified": 9} | alike.target)
    options = s3copy.Options(annotations=ANNOTATIONS, **alike.options)
    act = s3copy.rename if operation == "rename" else s3copy.copy
    client: Any = FakeClient(store)
    try:
        act(client, s3copy.Source(*OLD), s3copy.Target(*NEW), options, math.inf)
        said = ""
    except s3copy.RefusedError as error:
        said = str(error)
    deletes = operation == "rename" and not alike.why
    after = store.current(*OLD), store.current(*NEW)
    problems = []
    if after != (None if deletes else before[0], before[1]):
        problems.append("something was written or deleted" if alike.why else "not done")
    if (alike.why not in said) if alike.why else said:
        problems.append(f"said {said!r}")
    return [f"{problem} <- {operation}, {alike.name}" for problem in problems]
