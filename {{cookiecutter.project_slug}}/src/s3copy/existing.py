"""What is at the destination already: the same object as the source, or another one?

Asks S3 for what two HEADs leave open: the checksums of parts, the values of tags, the annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import FORBIDDEN, status_of
from s3copy import comparing, messages, part_checksums, preserving, requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer


def difference(
    transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any], *, is_shown: bool
) -> str:
    """Return in a few words what differs, or what nothing shows to be equal; "" for no difference.

    Content, metadata, headers and what the deployment sets are compared; tags and annotations are
    not. `is_shown`: the content is known to be the same already.
    """
    return (
        comparing.other_content(source, target)
        or comparing.other_description(source, target)
        or comparing.not_as_configured(transfer.options, target)
        or ("" if is_shown else _nothing_shown(transfer, source, target))
    )


def _nothing_shown(transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Return what could not be compared, or "" when something shows that the content is equal."""
    if comparing.is_same_content(source, target):
        return ""
    for algorithm in comparing.part_checksums(source).keys() & part_checksums.POLYNOMIALS.keys():
        whole = comparing.whole_checksums(target).get(algorithm)
        if whole:
            parts = _parts(transfer, source, algorithm)
            if parts and part_checksums.whole(algorithm, parts) == whole:
                return ""
    return messages.NOT_COMPARABLE.format(target=target["ETag"], source=source["ETag"])


def _parts(
    transfer: Transfer, source: Mapping[str, Any], algorithm: str
) -> list[tuple[int, str]] | None:
    """Return bytes and checksum of each part of the source; None if S3 does not say all of it."""
    try:
        parts = requests.source_parts(transfer, source["ETag"], comparing.CHECKSUM + algorithm)
    except ClientError as error:
        if status_of(error) == FORBIDDEN:
            return None
        raise
    whole = sum(size for size, _ in parts) == source["ContentLength"]
    return parts if whole and all(checksum for _, checksum in parts) else None


def other_extras(
    transfer: Transfer, source: Mapping[str, Any], target: Mapping[str, Any]
) -> tuple[str, bool]:
    """Return which of tags and annotations differ ("" for none), and whether some only lack.

    True in the second place: the destination has nothing that the source has not. This is how a
    copy above 5 GiB looks that ended between its completion and what follows it.
    """
    unequal, lacks = [], True
    if not (transfer.into_directory or transfer.from_directory):
        if source.get("TagCount") or target.get("TagCount"):
            ours, theirs = requests.source_tags(transfer), requests.target_tags(transfer)
            if ours != theirs:
                unequal.append("Tags")
                lacks = theirs.items() <= ours.items()
        if preserving.annotations_are_visible(transfer):
            same, all_ours = _compare_annotations(transfer, target)
            if not same:
                unequal.append("Annotations")
                lacks &= all_ours
    return ("other " + ", ".join(unequal) if unequal else ""), lacks


def _compare_annotations(transfer: Transfer, target: Mapping[str, Any]) -> tuple[bool, bool]:
    """Return whether both have the same, and whether the destination has none of its own."""
    at_source = requests.at_source(transfer)
    at_target = requests.at_target(transfer, target.get("VersionId"))
    ours = requests.annotation_names(transfer, at_source)
    theirs = requests.annotation_names(transfer, at_target)
    all_ours = theirs <= ours and all(
        requests.annotation(transfer, at_source, name)
        == requests.annotation(transfer, at_target, name)
        for name in sorted(theirs)
    )
    return all_ours and ours == theirs, all_ours
