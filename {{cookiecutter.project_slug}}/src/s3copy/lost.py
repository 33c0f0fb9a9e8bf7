"""What a copy cannot carry: said with its success. A rename would lose it for good: refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3copy import annotation
from s3copy.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

TAGS_WOULD_BE_LOST = (
    "{source} has {count} tags, which a directory bucket cannot hold and a rename would lose: "
    "nothing was done; copy it, or remove the tags"
)


def refuse(transfer: Transfer, head: Mapping[str, Any]) -> None:
    """Raise RefusedError when a rename would lose the tags of the source."""
    if transfer.deletes and transfer.into_directory and head.get("TagCount"):
        count = head["TagCount"]
        raise RefusedError(TAGS_WOULD_BE_LOST.format(source=transfer.source, count=count))


def said(transfer: Transfer, head: Mapping[str, Any]) -> str:
    """Return what the copy of the object of this HEAD lacks, to be added to the sentence."""
    if transfer.into_directory:
        tags = f"its {head['TagCount']} tags and " if head.get("TagCount") else ""
        return f", without {tags}annotations, which a directory bucket does not hold"
    if transfer.in_parts(head) and annotation.are_unknown(transfer):
        return ", without annotations, which this boto3 does not know"
    return ""
