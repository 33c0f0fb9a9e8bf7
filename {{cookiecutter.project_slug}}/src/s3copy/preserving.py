"""What a copy keeps, what is carried to it later, and what it cannot have.

CopyObject carries content headers, metadata, tags, annotations and the checksum's algorithm by
itself; a multipart upload carries nothing, so all of it is sent again. Annotations are written
after the upload is complete and before a source is deleted: for a moment the copy is there without
them. A redrive adds what is missing. What a rename would lose for good is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from s3copy import comparing, messages, requests, s3_client
from s3copy.values import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

# Only these can be computed over a whole object that arrives in parts (S3 User Guide,
# checking-object-integrity).
WHOLE_IN_PARTS = frozenset({"CRC32", "CRC32C", "CRC64NVME"})


def new_upload(head: Mapping[str, Any], tags: list[dict[str, str]]) -> dict[str, Any]:
    """Return the parameters that make a multipart upload carry what CopyObject carries.

    Raises:
        RefusedError: the source has something that a multipart upload cannot carry.
    """
    _check_can_carry(head)
    wanted = {
        name: head[name] for name in (*comparing.CONTENT_HEADERS, "Expires") if head.get(name)
    }
    wanted["Metadata"] = dict(head.get("Metadata", {}))
    if tags:
        wanted["Tagging"] = urlencode([(tag["Key"], tag["Value"]) for tag in tags])
    for algorithm in comparing.checksums(head):
        wanted["ChecksumAlgorithm"] = algorithm
        if algorithm in WHOLE_IN_PARTS:
            wanted["ChecksumType"] = comparing.FULL_OBJECT
    return wanted


def _check_can_carry(head: Mapping[str, Any]) -> None:
    if head.get("MissingMeta"):
        raise RefusedError(messages.UNREADABLE_METADATA.format(count=head["MissingMeta"]))
    if head.get("ExpiresString") and not head.get("Expires"):
        raise RefusedError(messages.STRANGE_EXPIRES.format(text=head["ExpiresString"]))


def refuse_lost_tags(transfer: Transfer, head: Mapping[str, Any]) -> None:
    """Raise RefusedError when a rename would lose the tags of the source."""
    if transfer.deletes and transfer.into_directory and head.get("TagCount"):
        raise RefusedError(
            messages.named(messages.TAGS_WOULD_BE_LOST, transfer, count=head["TagCount"])
        )


def refuse_unseen_annotations(transfer: Transfer) -> None:
    """Raise RefusedError when a rename would delete annotations that nobody can see."""
    if transfer.deletes and _annotations_are_unknown(transfer):
        raise RefusedError(messages.named(messages.UNKNOWN_ANNOTATIONS, transfer))


def carry_annotations(
    transfer: Transfer, head: Mapping[str, Any], target: Mapping[str, Any]
) -> None:
    """Give the copy the source's annotations that it lacks; up to 5 GiB CopyObject did so.

    Args:
        transfer: the object on its way.
        head: the HEAD of the source.
        target: the HEAD of the copy, or the answer that completed it: its ETag and VersionId.

    Raises:
        RefusedError: a rename would delete annotations that nobody can see.
    """
    if not (transfer.in_parts(head) and _annotations_are_wanted(transfer)):
        return
    refuse_unseen_annotations(transfer)
    if _annotations_are_unknown(transfer):
        return
    at_source = requests.at_source(transfer)
    at_target = requests.at_target(transfer, target.get("VersionId"))
    names = requests.annotation_names(transfer, at_source)
    missing = names - requests.annotation_names(transfer, at_target) if names else names
    for name in sorted(missing):
        payload = requests.annotation(transfer, at_source, name)
        requests.annotate(transfer, at_target, target["ETag"], name, payload)


def not_carried(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Return the end of the success message that names what the copy does not have, or ""."""
    if transfer.into_directory:
        return messages.without_tags(head.get("TagCount") or 0)
    if transfer.in_parts(head) and _annotations_are_unknown(transfer):
        return ", without annotations, which this boto3 does not know"
    return ""


def _annotations_are_unknown(transfer: Transfer) -> bool:
    """Return True when there may be annotations that this boto3 can neither see nor carry."""
    knows = s3_client.knows(transfer.s3, "ListObjectAnnotations")
    return _annotations_are_wanted(transfer) and not knows


def _annotations_are_wanted(transfer: Transfer) -> bool:
    """Return False where there are none: directory buckets have no annotations."""
    by_directory = transfer.from_directory or transfer.into_directory
    return transfer.options.annotations == "copy" and not by_directory
