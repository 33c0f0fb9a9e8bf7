"""Whether two objects are the same: pure functions of what S3 says about both.

Content is shown to be equal by equal ETags, by an equal checksum of the whole object, or by an
equal checksum of checksums of parts. Checksums of whole objects that differ show that it is not,
whatever the ETags say. A checksum of parts depends on how the object was cut, so one that differs
shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Options

CONTENT_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
)
CHECKSUM = "Checksum"
FULL_OBJECT = "FULL_OBJECT"
COMPOSITE = "COMPOSITE"


def checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums in an answer by algorithm, such as {"CRC64NVME": "AAAA..."}."""
    return {
        name.removeprefix(CHECKSUM): value
        for name, value in answer.items()
        if name.startswith(CHECKSUM) and name not in {"ChecksumType", "ChecksumAlgorithm"}
    }


def whole_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums that were computed over the whole object, not over its parts."""
    return checksums(answer) if answer.get("ChecksumType") == FULL_OBJECT else {}


def part_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums of checksums of parts, such as {"CRC32": "AAAA-3"}."""
    return checksums(answer) if answer.get("ChecksumType") == COMPOSITE else {}


def share_checksum(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True when both have a whole-object checksum of one algorithm, and it is equal."""
    return bool(whole_checksums(one).items() & whole_checksums(other).items())


def other_content(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return in a few words what shows that the content of two HEADs differs, or ""."""
    if source["ContentLength"] != target["ContentLength"]:
        return f"{target['ContentLength']} bytes, not {source['ContentLength']}"
    ours, theirs = whole_checksums(source), whole_checksums(target)
    unequal = [name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]]
    return f"another {min(unequal)} checksum" if unequal else ""


def is_same_content(source: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    """Return True when two HEADs show one content; False when they do not show it."""
    return not other_content(source, target) and bool(
        source["ETag"] == target["ETag"]
        or share_checksum(source, target)
        or part_checksums(source).items() & part_checksums(target).items()
    )


def other_description(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the names of the metadata and headers that two HEADs give differently, or "".

    Metadata that no header can hold is only counted by S3 (MissingMeta; S3 API, HeadObject).
    """
    if source.get("MissingMeta") or target.get("MissingMeta"):
        return "metadata that HTTP cannot show, so nobody can compare it"
    ours, theirs = _described(source), _described(target)
    unequal = [name for name in ours if ours[name] != theirs[name]]
    return "other " + ", ".join(unequal) if unequal else ""


def _described(head: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: head.get(name) for name in CONTENT_HEADERS}
    # As it was written: S3 keeps any text, and not every one is a date.
    said["Expires"] = head.get("ExpiresString") or head.get("Expires")
    return said | {"Metadata": head.get("Metadata") or {}}


def not_as_configured(options: Options, target: Mapping[str, Any]) -> str:
    """Return what the deployment sets for its copies and this one does not have, or ""."""
    key = options.kms_key_arn
    if key and not _is_under(key, target):
        return f"not under the KMS key {key}"
    storage_class = target.get("StorageClass") or "STANDARD"  # HEAD leaves STANDARD out
    if options.storage_class and storage_class != options.storage_class:
        return f"storage class {storage_class}, not {options.storage_class}"
    return ""


def _is_under(key: str, target: Mapping[str, Any]) -> bool:
    by_kms = target.get("ServerSideEncryption", "").startswith("aws:kms")
    # HEAD names the key itself: which one an alias stands for cannot be seen here.
    return by_kms and (":alias/" in key or target.get("SSEKMSKeyId") == key)


def is_newer(target: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    """Return True when the target was written in a later second (HEAD gives whole seconds)."""
    return bool(target["LastModified"] > source["LastModified"])
