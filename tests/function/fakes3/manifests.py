"""Manifests of two or three rows, and what they meet in the bucket; `several_rows` runs them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes3.seed import pieces
from fakes3.store import GIB, Bucket, Store, Version, in_parts, whole_checksum

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

BUCKET = "bucket"
UNTAGGED = "untagged"  # the mark of an object that differs from that of "x" in having no tags
Row = tuple[str, str]  # the old and the new name

SHAPES: dict[str, tuple[Row, ...]] = {
    "one row": (("a", "b"),),
    "two rows": (("a", "b"), ("c", "d")),
    "a row twice": (("a", "b"), ("a", "b")),
    "a row three times": (("a", "b"), ("a", "b"), ("a", "b")),
    "one new name twice": (("a", "c"), ("b", "c")),
    "one object to two names": (("a", "b"), ("a", "c")),
    "a row twice, its name once more": (("a", "c"), ("a", "c"), ("b", "c")),
    "chain": (("a", "b"), ("b", "c")),
    "swap": (("a", "b"), ("b", "a")),
    "ring of three": (("a", "b"), ("b", "c"), ("c", "a")),
    "swap, a row twice": (("a", "b"), ("a", "b"), ("b", "a")),
}
KINDS = (
    "plain",
    "multipart",
    "multipart, checksum",
    "CRC of parts",
    "KMS",
    "KMS, checksum",
    "big",  # 6 GiB, in three parts
    "big, checksum",
)


def is_linked(rows: tuple[Row, ...]) -> bool:
    """Return True when a new name is another row's old name: no promise holds for all of these."""
    return bool({new for _, new in rows} & {old for old, _ in rows})


@dataclass(frozen=True, slots=True)
class Setting:
    """What a manifest meets.

    Attributes:
        there: the names that have an object, each with its content and the second it was written.
        tick: seconds from one request to the next; 0: all in one second.
        faults: how many requests may be refused, be late, or lose their answer.
    """

    shape: str
    operation: str = "rename"
    overwrite: str = "never"
    versioning: str | None = None
    kind: str = "plain"
    there: tuple[tuple[str, bytes, str, int], ...] = ()
    tick: int = 1
    begins: int = 10
    faults: int = 0
    head_first: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        return SHAPES[self.shape]

    @property
    def is_big(self) -> bool:
        return self.kind.startswith("big")


def overlapping(rng: random.Random) -> Iterator[Setting]:
    """Yield settings for ever: whole deliveries of one task above 5 GiB at the same time."""
    while True:
        others = (("b", b"other!", "y", 5),) if rng.random() < 0.3 else ()
        yield Setting(
            shape=rng.choice(("a row twice", "a row three times")),
            operation=rng.choice(("rename", "copy")),
            overwrite=rng.choice(("never", "always")),
            versioning=rng.choice((None, "Enabled", "Suspended")),
            kind=rng.choice(("big", "big, checksum")),
            there=(("a", b"equal!", "x", 0), *others),
            tick=rng.choice((0, 1)),
            faults=rng.choice((0, 0, 1, 2)),
            head_first=rng.random() < 0.2,
        )


def described(version: Version) -> tuple[Any, ...]:
    """Return the content: bytes, headers, metadata, tags and annotations."""
    return (
        version.body,
        version.headers,
        version.metadata,
        version.tags,
        version.annotations,
    )


def seed(setting: Setting) -> Store:
    """Return the bucket with what is there before the job."""
    store = Store(scale=GIB if setting.is_big else 1)
    home = store.add_bucket(Bucket(BUCKET, kms=setting.kind.startswith("KMS")))
    home.versioning = "Enabled" if setting.versioning == "Suspended" else setting.versioning
    for name, body, mark, second in setting.there:
        store.now = second
        values = {
            "tags": (("mark", mark),) if mark != UNTAGGED else (),
            "annotations": (("note", mark.encode()),) if mark != UNTAGGED else (("note", b"x"),),
        }
        store.put_body(BUCKET, name, body, **values, **_uploaded(store, setting.kind, body))
        if setting.versioning == "Suspended" and name != "a":
            home.versioning = "Suspended"  # the first under a real version, the others under null
    home.versioning = setting.versioning
    store.now = setting.begins
    return store


def _uploaded(store: Store, kind: str, body: bytes) -> dict[str, Any]:
    """Return what the way of the upload leaves: ETag and checksums."""
    values: dict[str, Any] = {}
    if kind.startswith(("multipart", "CRC")):
        values["etag"] = store.etag(body, parts=3)
    if kind.endswith("checksum"):
        values["checksum"] = whole_checksum("CRC64NVME", body)
    if kind.startswith("CRC"):
        values |= in_parts("CRC32", pieces(body))
    return values


def settings(rng: random.Random, shapes: list[str]) -> Iterator[Setting]:
    """Yield settings for ever: every shape in turn, everything else drawn."""
    for shape in itertools.cycle(shapes):
        names = sorted({name for row in SHAPES[shape] for name in row})
        olds = {old for old, _ in SHAPES[shape]}
        is_equal = rng.random() < 0.6
        there = tuple(
            (
                name,
                b"equal!" if is_equal else b"body " + name.encode(),
                rng.choice(("x", "x", "x", UNTAGGED)) if is_equal and rng.random() < 0.8 else name,
                rng.choice((0, 5, 9)),
            )
            for name in names
            if name in olds or rng.random() < 0.4
        )
        yield Setting(
            shape=shape,
            operation=rng.choice(("rename", "rename", "copy")),
            overwrite=rng.choice(("never", "never", "always")),
            versioning=rng.choice((None, None, "Enabled", "Suspended")),
            kind=rng.choice(KINDS),
            there=there,
            tick=rng.choice((0, 1)),
            begins=rng.choice((9, 10)),
            faults=rng.choice((0, 0, 1, 2)),
            head_first=rng.random() < 0.2,
        )
