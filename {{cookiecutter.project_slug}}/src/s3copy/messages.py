"""What this package itself finds: what was done, or what was wrong, the value, and what to do.

`s3_errors` has the sentences for what S3 refuses. Names come last where they can: the report may
cut a sentence after 1,024 characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3copy.values import Transfer

COPIED_ONLY = "Copied, not deleted"
NOTHING_COPIED = "Nothing was copied"
NOTHING_DELETED = "Nothing was deleted"
SUSPENDED = (
    "{done}: versioning of {bucket!r} is suspended, where a delete could destroy another version "
    "of {source} for good; resume versioning, or copy instead of rename"
)
SKIPPED = "Skipped: {source} does not exist (missing=skip)"
KEPT = "{source} changed after it was copied and was kept: try again"
CHANGED = "{source} changed while it was copied: nothing was deleted, try again"
VANISHED = "{name} was there and is gone again: another program works on it, try again"
NOT_CURRENT = (
    "{source} is not the current version, and a rename would delete another one: nothing was done; "
    "copy it, or list the current version"
)
OTHER_OBJECT = (
    "{target} exists and is not shown to be a copy of {source} ({why}): nothing was deleted; "
    "choose another name, or overwrite=always"
)
NOT_COMPARABLE = (
    "ETag {target}, not {source}, and no checksum in common that would show whether the bytes are "
    "the same"
)
NOT_NEWER = (
    "{target} is identical to {source}, but was not written in a later second, so it need not be a "
    "copy of it: nothing was deleted; if the two names are meant to be one object, delete the old "
    "one yourself"
)
BOTH_THERE = (
    "{target} exists, and so does {source}: nothing was renamed; choose another name, or "
    "overwrite=always"
)
# What a copy cannot carry.
WOULD_BE_LOST = (
    "{source} has {count} {what}, which a directory bucket cannot hold and a rename would lose: "
    "nothing was done; copy it, or remove the {what}"
)
UNKNOWN_ANNOTATIONS = (
    "This boto3 does not know object annotations, and a delete could lose those of {source} for "
    "good: set ANNOTATIONS to exclude if it has none, or put boto3>=1.43.31 into "
    "src/requirements.txt"
)
# The conditional copy came with boto3 1.40.61 (2025-10-28).
TOO_OLD = (
    "This boto3 does not know the conditional copy that keeps existing objects safe: put "
    "boto3>=1.40.61 into src/requirements.txt"
)
UNREADABLE_METADATA = (
    "{count} metadata entries of the source cannot be read over HTTP, and a copy in parts would "
    "drop them: rewrite its metadata first"
)
# Above 5 GiB.
CHANGED_IN_PARTS = (
    "{source} or the upload of {target} changed while the parts were copied: try again"
)
UPLOAD_ENDED = "The upload of {target} ended while it was completed: nothing was deleted, try again"
STAYS_OPEN = (
    "{failure}; besides, its upload could not be aborted and is paid for until a lifecycle rule "
    "aborts it ({why})"
)
TOO_SLOW = (
    "{source} has {size} bytes: at the speed of its first parts the copy takes {seconds:.0f} s, "
    "and {left:.0f} s are left of the function's time; {advice}"
)
TOO_BIG = "raise the parts in flight, or copy this object elsewhere"
NEXT_TIME = "try again with more time; if it comes to this each time, raise the function's timeout"


def done(transfer: Transfer, version_id: str | None, without: str = "") -> str:
    """Return what was done: where to, in which version, and what the copy does not have."""
    verb = "Renamed" if transfer.deletes else "Copied"
    return f"{verb} to {transfer.target}{_version(version_id)}{without}"


def already_there(transfer: Transfer, version_id: str | None, without: str) -> str:
    """Return that the copy was there before."""
    return f"Already there: {transfer.target}{_version(version_id)}{without}"


def was_there(transfer: Transfer, version_id: str | None, without: str) -> str:
    """Return that the source of a rename was deleted because the same object was there before."""
    copy = f"{transfer.target}{_version(version_id)}"
    return f"Renamed to {copy}, an identical copy was there already{without}"


def already_renamed(transfer: Transfer, version_id: str | None) -> str:
    """Return that there is no source, and something at the destination: what was seen."""
    seen = f"{transfer.target}{_version(version_id)}"
    return f"Already renamed: nothing is at the old name, and an object (not compared) at {seen}"


def without_tags(count: int) -> str:
    """Return the end of a success message about a copy in a directory bucket.

    `count` is what a HEAD says: 0 also when the role may not read the tags.
    """
    tags = f"its {count} tags" if count else "tags"
    return f", without {tags} and annotations, which a directory bucket does not hold"


def _version(version_id: str | None) -> str:
    return f" (version {version_id})" if version_id and version_id != "null" else ""


def suspended(transfer: Transfer, so_far: str) -> str:
    """Return that a delete could destroy another version."""
    bucket = transfer.source.bucket
    return SUSPENDED.format(done=so_far, bucket=bucket, source=transfer.source)


def named(sentence: str, transfer: Transfer, **values: object) -> str:
    """Return the sentence with the names of both objects in it."""
    return sentence.format(source=transfer.source, target=transfer.target, **values)
