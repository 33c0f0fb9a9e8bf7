"""Whether two objects are the same: pure functions of two HEAD answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

CONTENT_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
)
CHECKSUM = "Checksum"
FULL_OBJECT = "FULL_OBJECT"


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


def share_checksum(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True when both have a whole-object checksum of one algorithm, and it is equal."""
    return bool(whole_checksums(one).items() & whole_checksums(other).items())


def is_same_content(source: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    """Return True when two HEAD answers prove one content."""
    return bool(
        source["ContentLength"] == target["ContentLength"]
        and (source["ETag"] == target["ETag"] or share_checksum(source, target))
    )


def differing(
    transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]
) -> list[str]:
    """Return the names of what two HEAD answers say differently, the content excepted.

    A copy into a directory bucket leaves the tags behind, so they are no difference there.
    """
    ours, theirs = _described(source), _described(target)
    if transfer.into_directory and not transfer.deletes:
        del ours["Tags"]
    return [name for name in ours if ours[name] != theirs[name]]


def _described(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a HEAD says about an object besides its content."""
    said = {name: head.get(name) for name in (*CONTENT_HEADERS, "Expires", "ExpiresString")}
    return said | {"Metadata": head.get("Metadata") or {}, "Tags": head.get("TagCount") or 0}


def difference(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return the first difference between two HEAD answers, in a few words."""
    if source["ContentLength"] != target["ContentLength"]:
        return f"{target['ContentLength']} bytes, not {source['ContentLength']}"
    others = differing(transfer, source, target)
    if others:
        return "other " + ", ".join(others)
    return f"ETag {target['ETag']}, not {source['ETag']}, and no whole-object checksum in common"
