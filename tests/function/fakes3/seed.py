"""Where every schedule begins: two buckets, the object, its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes3.sdk import annotated
from fakes3.store import GIB, Bucket, Store, Version, in_parts, whole_checksum

if TYPE_CHECKING:
    from fakes3.schedules import Case

SOURCE = ("source-bucket", "in/a b")
TARGET = ("target-bucket", "out/a b")
BODY = b"first6"
OWNER = "111122223333"
STRANGER = "999999999999"
VERSIONING = {"off": None, "on": "Enabled"}


def seed(case: Case) -> tuple[Store, str | None, Version]:
    """Return the store, the version id that the task names, and the version it shall copy."""
    store = Store(scale=GIB if case.size == "big" else 1)
    home = store.add_bucket(Bucket(SOURCE[0], kms=case.etag == "kms"))
    store.add_bucket(Bucket(TARGET[0], VERSIONING[case.target_versioning], kms=case.target_kms))
    for bucket in store.buckets:
        store.put_body(bucket, "another", b"not ours")
    body = b"" if case.size == "empty" else BODY
    if case.versioning == "suspended over real":
        store.put_body(*SOURCE, b"null under")
    home.versioning = None if case.versioning in {"off", "suspended"} else "Enabled"
    old = (
        store.put_body(*SOURCE, b"older", **_object(store, case, b"older"))
        if case.versioning != "off"
        else None
    )
    if case.versioning == "suspended":
        home.versioning = "Suspended"
    current = store.put_body(*SOURCE, body, **_object(store, case, body))
    if case.versioning == "suspended over real":
        home.versioning = "Suspended"
    named = {"none": None, "current": current, "old": old}[case.explicit]
    return store, named.version_id if named else None, named or current


def _object(store: Store, case: Case, body: bytes) -> dict[str, Any]:
    """Return the attributes of the source: all that a copy must keep."""
    values: dict[str, Any] = {
        "headers": (("CacheControl", "no-cache"), ("ContentType", "text/x-odd")),
        "metadata": (("colour", "blue"),),
        "tags": (("team", "a b"), ("x", "")),
        **annotated(label=b"cat", score=b"0.9"),
    }
    if case.etag == "multipart":
        values["etag"] = store.etag(body, parts=3)
    if case.checksum == "full":
        values["checksum"] = whole_checksum("CRC64NVME", body)
    elif case.checksum == "composite":
        values |= in_parts("SHA256", pieces(body))
    elif case.checksum == "CRC of parts":  # as boto3's upload_file leaves it
        values |= in_parts("CRC32", pieces(body))
    return values


def pieces(body: bytes) -> list[bytes]:
    """Return three parts of a body."""
    return [body[:2], body[2:4], body[4:]]


def carried(version: Version) -> tuple[Any, ...]:
    """Return what every copy must keep."""
    algorithm = version.checksum and version.checksum[0]
    return version.headers, version.metadata, version.tags, version.annotations, algorithm
