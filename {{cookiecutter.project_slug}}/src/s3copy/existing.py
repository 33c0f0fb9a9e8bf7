"""What is at the destination already: the same object as the source, or another one?

Asks S3 for what two HEADs leave open: the checksums of parts, the values of tags, the annotations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import FORBIDDEN, status_of
from s3copy import comparing, messages, part_checksums, preserving, requests
from s3copy.values import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

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


@dataclass(frozen=True, slots=True)
class Lacking:
    """The tags and the names of annotations that a copy does not have yet; no tags: it has them."""

    tags: Mapping[str, str]
    annotations: AbstractSet[str]


def other_extras(transfer: Transfer, target: Mapping[str, Any]) -> tuple[str, Lacking | None]:
    """Return which of tags and annotations differ ("" for none), and what the destination lacks.

    None in the second place: it has something that the source has not. Otherwise it looks like a
    copy above 5 GiB that ended between its completion and what follows it.
    """
    if transfer.by_directory:
        return "", None
    tags, other_tags = _lacking_tags(transfer)
    names, other_annotations = _lacking_annotations(transfer, target)
    unequal = [
        what
        for what, differs in (
            ("Tags", tags or other_tags),
            ("Annotations", names or other_annotations),
        )
        if differs
    ]
    lacking = None if other_tags or other_annotations else Lacking(tags, names)
    return ("other " + ", ".join(unequal) if unequal else ""), lacking


def _lacking_tags(transfer: Transfer) -> tuple[Mapping[str, str], bool]:
    """Return the source's tags if the destination's differ, and whether that shows another object.

    The HEADs do not say whether there are any: see `requests.source_tags`.
    """
    ours, theirs = requests.source_tags(transfer), requests.target_tags(transfer)
    if ours == theirs:
        return {}, False
    # Short tags come with a copy. Long ones follow it, all at once: an unfinished copy has none.
    return ours, bool(theirs) or preserving.fit_into_header(ours)


def _lacking_annotations(
    transfer: Transfer, target: Mapping[str, Any]
) -> tuple[AbstractSet[str], bool]:
    """Return the names of annotations that the destination lacks, and whether it has others."""
    if not preserving.annotations_are_visible(transfer):
        return set(), False
    at_source = requests.at_source(transfer)
    at_target = requests.at_target(transfer, target.get("VersionId"))
    ours = requests.annotation_names(transfer, at_source)
    theirs = requests.annotation_names(transfer, at_target)
    has_others = not theirs <= ours or any(
        requests.annotation(transfer, at_source, name)
        != requests.annotation(transfer, at_target, name)
        for name in sorted(theirs)
    )
    return ours - theirs, has_others


def complete(transfer: Transfer, target: Mapping[str, Any], lacking: Lacking) -> None:
    """Write what an unfinished copy lacks.

    Raises:
        TryAgainError: the copy is gone, or another object is in its place.
    """
    annotations = preserving.payloads(transfer, lacking.annotations)
    if lacking.tags and target.get("VersionId") in {None, "null"}:
        # A null version can be replaced, and tags have no condition: look as late as can be.
        there = requests.head_target(transfer)
        if there is None or there["ETag"] != target["ETag"]:
            raise TryAgainError(messages.VANISHED.format(name=transfer.target))
    preserving.add(transfer, target, preserving.Extras(lacking.tags, annotations))
