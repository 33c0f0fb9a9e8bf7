"""What a copy keeps, what is carried to it later, and what it cannot have.

CopyObject carries content headers, metadata, tags, annotations and the checksum's algorithm by
itself; a multipart upload carries nothing, so all of it is sent again. Annotations, and tags that
are too long for a header, are written after the upload is complete and before a source is deleted:
for a moment the copy is there without them. They are read before: once the copy is complete,
another delivery may delete the source. What a rename would lose for good is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from retryable import FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import comparing, messages, requests, s3_client
from s3copy.values import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from s3copy.values import Transfer

# Only these can be computed over a whole object that arrives in parts (S3 User Guide,
# checking-object-integrity).
WHOLE_IN_PARTS = frozenset({"CRC32", "CRC32C", "CRC64NVME"})
# Bytes of tags in the header of an upload; our choice, the same as the AWS CLI's
# (awscli/customizations/s3/subscribers.py): S3 takes 8 KB in all headers together.
LONGEST_TAGGING = 2048


@dataclass(frozen=True, slots=True)
class Extras:
    """The tags and the annotations (by name) of an object."""

    tags: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, bytes] = field(default_factory=dict)


def extras(transfer: Transfer) -> Extras:
    """Return the source's tags, and its annotations where they are carried and can be seen."""
    tags = {} if transfer.into_directory else requests.source_tags(transfer)
    names: AbstractSet[str] = set()
    if annotations_are_visible(transfer):
        names = requests.annotation_names(transfer, requests.at_source(transfer))
    return Extras(tags, payloads(transfer, names))


def payloads(transfer: Transfer, names: AbstractSet[str]) -> dict[str, bytes]:
    """Return the payloads of the source's annotations of these names."""
    where = requests.at_source(transfer)
    return {name: requests.annotation(transfer, where, name) for name in sorted(names)}


def new_upload(head: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that make a multipart upload carry what CopyObject carries.

    Raises:
        RefusedError: the source has something that a multipart upload cannot carry.
    """
    if head.get("MissingMeta"):
        raise RefusedError(messages.UNREADABLE_METADATA.format(count=head["MissingMeta"]))
    names = (*comparing.CONTENT_HEADERS, "Expires")
    wanted = {name: head[name] for name in names if head.get(name)}
    wanted["Metadata"] = dict(head.get("Metadata", {}))
    if tags and fit_into_header(tags):
        wanted["Tagging"] = urlencode(tags)
    for algorithm in comparing.checksums(head):
        wanted["ChecksumAlgorithm"] = algorithm
        if algorithm in WHOLE_IN_PARTS:
            wanted["ChecksumType"] = comparing.FULL_OBJECT
    return wanted


def after_upload(extras: Extras) -> Extras:
    """Return what an upload does not bring along: annotations, and tags too long for a header."""
    return replace(extras, tags={}) if fit_into_header(extras.tags) else extras


def fit_into_header(tags: Mapping[str, str]) -> bool:
    """Return True when an upload can be created with these tags."""
    return len(urlencode(tags)) <= LONGEST_TAGGING


def add(transfer: Transfer, target: Mapping[str, Any], wanted: Extras) -> None:
    """Write tags and annotations to the copy; no tags: it has them already.

    `target` is the HEAD of the copy, or the answer that completed it: its ETag and VersionId.

    Raises:
        TryAgainError: the copy is gone, or another object is in its place.
    """
    version_id = target.get("VersionId")
    where = requests.at_target(transfer, version_id)
    try:
        # Annotations first: their condition finds another object there, and tags have none.
        for name, payload in wanted.annotations.items():
            requests.annotate(transfer, where, target["ETag"], name, payload)
        if wanted.tags:
            requests.tag_target(transfer, version_id, wanted.tags)
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            raise TryAgainError(messages.VANISHED.format(name=transfer.target)) from error
        raise


def refuse_lost_in_directory(transfer: Transfer) -> None:
    """Raise RefusedError when a rename into a directory bucket would lose tags or annotations."""
    if not transfer.deletes or not transfer.into_directory or transfer.from_directory:
        return
    _refuse_loss(transfer, "tags", len(requests.source_tags(transfer)))
    if transfer.options.annotations == "copy":
        if not _boto3_knows(transfer):
            raise RefusedError(messages.named(messages.UNKNOWN_ANNOTATIONS, transfer))
        _refuse_loss(transfer, "annotations", len(_listed(transfer) or ()))


def _refuse_loss(transfer: Transfer, what: str, count: int) -> None:
    if count:
        sentence = messages.WOULD_BE_LOST
        raise RefusedError(messages.named(sentence, transfer, count=count, what=what))


def refuse_unseen_annotations(transfer: Transfer) -> None:
    """Raise RefusedError when a rename could delete annotations that this boto3 cannot see."""
    if transfer.deletes and _are_wanted(transfer) and not _boto3_knows(transfer):
        raise RefusedError(messages.named(messages.UNKNOWN_ANNOTATIONS, transfer))


def not_carried(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Return the end of the success message that names what the copy does not have, or ""."""
    if transfer.into_directory and not transfer.from_directory:
        return messages.without_tags(head.get("TagCount") or 0)
    if transfer.in_parts(head) and _are_wanted(transfer) and not annotations_are_visible(transfer):
        whose = "S3 server" if _boto3_knows(transfer) else "boto3"
        return f", without annotations, which this {whose} does not know"
    return ""


def annotations_are_visible(transfer: Transfer) -> bool:
    """Return True when annotations are to be carried, and boto3 and the server know them.

    Other servers than AWS's may not: on moto 5.2 and SeaweedFS 4.48 PutObjectAnnotation replaces
    the object's bytes, and ListObjectAnnotations gets an error or the object itself (tried). So
    none is written before the list of them was answered.
    """
    if not (_are_wanted(transfer) and _boto3_knows(transfer)):
        return False
    return s3_client.is_aws(transfer.s3) or _listed(transfer) is not None


def _listed(transfer: Transfer) -> AbstractSet[str] | None:
    """Return the names of the source's annotations; None: the server does not know any."""
    try:
        return requests.annotation_names(transfer, requests.at_source(transfer))
    except ClientError as error:
        if s3_client.is_aws(transfer.s3) or status_of(error) in {FORBIDDEN, NOT_FOUND}:
            raise
    except ResponseParserError:
        if s3_client.is_aws(transfer.s3):
            raise
    return None


def _boto3_knows(transfer: Transfer) -> bool:
    return s3_client.knows(transfer.s3, "ListObjectAnnotations")


def _are_wanted(transfer: Transfer) -> bool:
    """Return True when annotations are to be copied; directory buckets have none."""
    return transfer.options.annotations == "copy" and not transfer.by_directory
