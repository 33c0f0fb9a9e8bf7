"""Buckets, versions, delete markers, ETags and checksums: what S3 keeps."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker; `version_id` "null" outside of versioning."""

    version_id: str
    body: bytes = b""
    etag: str = ""
    headers: tuple[tuple[str, Any], ...] = ()  # content headers, Metadata excepted
    metadata: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, bytes], ...] = ()
    checksum: tuple[str, str, str] | None = None  # algorithm, value, type
    parts: tuple[tuple[int, str], ...] = ()  # bytes and checksum of each, where there is one
    modified: int = 0  # the second in which it was written, or its upload was created
    sse: str = "AES256"
    kms_key: str | None = None
    storage_class: str = "STANDARD"
    is_marker: bool = False


@dataclass(slots=True)
class Bucket:
    """One bucket; `versioning` is None, "Enabled" or "Suspended"; newest version last."""

    name: str
    versioning: str | None = None
    owner: str = "111122223333"
    kms: bool = False  # the default encryption is SSE-KMS: ETags are opaque
    keys: dict[str, list[Version]] = field(default_factory=dict)


class Store:
    """All buckets and open uploads; `scale` bytes of S3 are one byte here."""

    def __init__(self, scale: int = 1) -> None:
        self.scale = scale
        self.buckets: dict[str, Bucket] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.now = 0.0  # seconds
        self.counts: Counter[tuple[str, ...]] = Counter()

    def add_bucket(self, bucket: Bucket) -> Bucket:
        self.buckets[bucket.name] = bucket
        return bucket

    def copy(self) -> Store:
        """Return another store that holds the same, open uploads excepted."""
        other = Store(self.scale)
        other.now, other.counts = self.now, self.counts.copy()
        for bucket in self.buckets.values():
            keys = {key: list(versions) for key, versions in bucket.keys.items()}
            other.add_bucket(replace(bucket, keys=keys))
        return other

    def number(self, *what: str) -> str:
        """Return an id that no other has. It depends on nothing that happens to anything else.

        So the same task sees the same ids in many interleavings (`several_rows`).
        """
        self.counts[what] += 1
        return f"{zlib.crc32('/'.join(what).encode()):x}-{self.counts[what]}"

    def current(self, bucket: str, key: str) -> Version | None:
        """Return the version that a plain GET would answer with, or None."""
        versions = self.buckets[bucket].keys.get(key)
        return versions[-1] if versions and not versions[-1].is_marker else None

    def find(self, bucket: str, key: str, version_id: str | None) -> Version | None:
        """Return a version, a delete marker included, or None."""
        versions = self.buckets[bucket].keys.get(key, [])
        if version_id is None:
            return versions[-1] if versions else None
        return next((one for one in versions if one.version_id == version_id), None)

    def put(self, bucket: str, key: str, **values: Any) -> Version:
        """Write a new current version, as the bucket's versioning wants it."""
        home = self.buckets[bucket]
        version = Version(self._new_id(home, key), **{"modified": int(self.now), **values})
        self._append(home, key, version)
        return version

    def put_body(self, bucket: str, key: str, body: bytes, **values: Any) -> Version:
        """Write as one PutObject, in the bucket's default encryption."""
        kms = self.buckets[bucket].kms
        values = {"etag": self.etag(body, kms=kms), "sse": "aws:kms" if kms else "AES256", **values}
        return self.put(bucket, key, body=body, **values)

    def change(self, bucket: str, key: str, version: Version, **values: Any) -> None:
        """Change what hangs on a version without making a new one: its annotations."""
        versions = self.buckets[bucket].keys[key]
        versions[versions.index(version)] = replace(version, **values)

    def delete(self, bucket: str, key: str) -> None:
        """DeleteObject without a VersionId."""
        home = self.buckets[bucket]
        if home.versioning is None:
            home.keys.pop(key, None)
        else:
            self._append(home, key, Version(self._new_id(home, key), is_marker=True))

    def _new_id(self, home: Bucket, key: str) -> str:
        is_named = home.versioning == "Enabled"
        return f"v{self.number('version', home.name, key)}" if is_named else "null"

    def _append(self, home: Bucket, key: str, version: Version) -> None:
        versions = home.keys.setdefault(key, [])
        if version.version_id == "null":
            versions[:] = [one for one in versions if one.version_id != "null"]
        versions.append(version)

    def etag(self, body: bytes, *, kms: bool = False, parts: int = 0) -> str:
        """Return an ETag: MD5, MD5 of parts, or an opaque one that never repeats."""
        text = f"opaque {self.number('etag', body.hex())}".encode() if kms else body
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        return f'"{digest}-{parts}"' if parts else f'"{digest}"'


def whole_checksum(algorithm: str, body: bytes) -> tuple[str, str, str]:
    """Return a checksum over a whole object (its value is ours, its shape is S3's)."""
    return algorithm, _checksum(algorithm, body), "FULL_OBJECT"


def in_parts(algorithm: str, parts: list[bytes]) -> dict[str, Any]:
    """Return the attributes of an object that was uploaded in parts: a checksum of theirs."""
    sums = [_checksum(algorithm, part) for part in parts]
    joined = _checksum(algorithm, "".join(sums).encode())
    return {
        "checksum": (algorithm, f"{joined}-{len(parts)}", "COMPOSITE"),
        "parts": tuple((len(part), one) for part, one in zip(parts, sums, strict=True)),
    }


def _checksum(algorithm: str, body: bytes) -> str:
    if algorithm in {"CRC32", "CRC32C"}:  # real ones: those of parts are put together
        crc = zlib.crc32(body) if algorithm == "CRC32" else crc32c(body)
        return base64.b64encode(crc.to_bytes(4, "big")).decode()
    return hashlib.sha256(algorithm.encode() + body).hexdigest()[:16]


def crc32c(body: bytes) -> int:
    """Return the CRC-32C of RFC 3720, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
