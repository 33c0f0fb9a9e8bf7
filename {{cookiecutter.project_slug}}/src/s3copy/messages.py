"""Every sentence of the report: what happened, or what was wrong, the value, and what to do.

Names come last where they can: the report may cut a sentence after 1,024 characters.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from retryable import METHOD_NOT_ALLOWED, NOT_IMPLEMENTED, code_of, is_retryable, status_of
from s3copy.values import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3copy.values import Transfer

ARCHIVED = "{source} is archived: restore it first (s3 restore-object), then run it again"
FORBIDDEN = (
    "S3 denied {operation} and did not say why ({message}): allow it in the function's role, the "
    "bucket policies and the KMS key policy, and check that the source exists{checks}; "
    "from {source} to {target}"
)
# S3's own words name the cause; what else could help depends on them.
FORBIDDEN_BECAUSE = "S3 denied {operation}: {message}{advice}; from {source} to {target}"
ADVICE = {
    "no identity-based policy": " (allow it in the function's role)",
    "no resource-based policy": " (allow it in the bucket policy)",
}
# What a 403 says that gives no cause; a HEAD has no body, and some servers leave the words out.
BARE = frozenset({"Access Denied", "AccessDenied", "Forbidden", "no message"})
OWNER_CHECK = ", that {bucket!r} belongs to account {owner} (parameter {parameter})"
NO_PAYER = ", that the bucket does not have Requester Pays, or set REQUESTER_PAYS to true"
NOT_FOUND = "{source} does not exist, or no longer"
NO_KMS = "The KMS key of {source} or of {target} cannot be used ({code}: {message}): enable it"
WRONG_REGION = (
    "A bucket of {source} or {target} is in another Region than the function ({code}): run the job "
    "and the function in the Region of the destination"
)

# S3's code, or the bare status of a HEAD -> the sentence.
SENTENCES = {
    "NoSuchKey": NOT_FOUND,
    "404": NOT_FOUND,
    "NoSuchVersion": "{source} does not exist: take the version id from a new listing",
    "NoSuchBucket": "One of the buckets of {source} and {target} does not exist: check the names",
    "InvalidObjectState": ARCHIVED,
    "ObjectNotInActiveTierError": ARCHIVED,
    "AccessDenied": FORBIDDEN,
    "AllAccessDisabled": FORBIDDEN,
    "403": FORBIDDEN,
    "MethodNotAllowed": "{source} is a delete marker: there is nothing to copy",
    "405": "{source} is a delete marker: there is nothing to copy",
    "InvalidArgument": "S3 does not accept a value of {source} ({message}): check the version id",
    "KeyTooLongError": "The key of {target} is too long: S3 takes 1,024 bytes at most",
    "PermanentRedirect": WRONG_REGION,
    "301": WRONG_REGION,
    "AuthorizationHeaderMalformed": WRONG_REGION,
    "IllegalLocationConstraintException": WRONG_REGION,
    "NotImplemented": "The destination does not support what the copy needs ({message}): {target}",
    "InvalidStorageClass": "The destination of {target} does not take this storage class",
    "InvalidTag": "S3 does not accept the tags of {source} ({message})",
    "KMS.DisabledException": NO_KMS,
    "KMS.NotFoundException": NO_KMS,
    "KMS.KMSInvalidStateException": NO_KMS,
    "PreconditionFailed": "{target} or {source} did not meet a condition ({message})",
}
CONDITIONAL_501 = (
    "Conditional copy is not supported here ({message}): nothing was copied to {target}; use S3 "
    "itself, or overwrite=always"
)
MARKER = "The current version of {source} is a delete marker: the object was deleted"
# A HEAD's 400 has no body that would say why.
CUSTOMER_KEY = (
    "S3 answered 400 to a HEAD, without a reason: {source} is under a customer's own key (SSE-C) "
    "and needs a program that holds it, or the function's credentials have expired"
)
STRANGE_VERSION = (
    "S3 answered 400 to a HEAD, without a reason: take the version id from a new listing, or it is "
    "under a customer's own key (SSE-C), which only a program that holds it can copy: {source}"
)
NOT_DELETED = "Copied to {target}, but {source} was not deleted: {failure}"
INCOMPLETE = "Copied to {target}, but not all of its tags and annotations: {failure}"
UNFINISHED = "Copied to {target}, the rest is not done yet: {failure}"
BUSY = "S3 answered {code} ({status}) to {operation}: {message}; try again"
OTHER = "S3 refused {operation}: {code} ({status}) {message}; from {source} to {target}"

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
DELETE_DENIED = (
    "Copied to {target}, but S3 denied the delete of {source} ({message}): allow s3:DeleteObject "
    "and s3:GetObject on it, and check Object Lock"
)
DELETE_DENIED_BECAUSE = "Copied to {target}, but S3 denied the delete of {source}: {message}"
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


@contextmanager
def after_copy(transfer: Transfer) -> Iterator[None]:
    """Let each failure of S3 in this block say first that the copy is there.

    Raises:
        RefusedError or TryAgainError: in place of what S3 or the network answered.
    """
    try:
        yield
    except (ClientError, BotoCoreError, TryAgainError) as error:
        failure = explain(error, transfer)
        final = NOT_DELETED if transfer.deletes else INCOMPLETE
        begun = UNFINISHED if isinstance(failure, TryAgainError) else final
        names = {"source": transfer.source, "target": transfer.target}
        raise type(failure)(begun.format(failure=failure, **names)) from error


def explain(error: Exception, transfer: Transfer) -> RefusedError | TryAgainError:
    """Return the failure that stands for what was raised, its sentence filled in."""
    if isinstance(error, RefusedError | TryAgainError):
        return error
    if not isinstance(error, ClientError):
        return TryAgainError(str(error)) if is_retryable(error) else RefusedError(str(error))
    if is_retryable(error):
        return TryAgainError(fill(BUSY, error, transfer))
    return RefusedError(fill(_final(error, transfer), error, transfer))


def _final(error: ClientError, transfer: Transfer) -> str:
    """Return the sentence for an answer that will be the same next time."""
    status, code = status_of(error), code_of(error)
    if "x-amz-delete-marker" in error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}):
        return SENTENCES["MethodNotAllowed"] if status == METHOD_NOT_ALLOWED else MARKER
    if status == NOT_IMPLEMENTED and _can_be_the_condition(error, transfer):
        return CONDITIONAL_501
    if error.operation_name == "HeadObject" and code == "400":
        # A rename looks at the current version, whatever its task names.
        named = transfer.source.version_id and not transfer.deletes
        return STRANGE_VERSION if named else CUSTOMER_KEY
    sentence = SENTENCES.get(code, OTHER)
    return FORBIDDEN_BECAUSE if sentence is FORBIDDEN and _words(error) not in BARE else sentence


def delete_denied(error: ClientError, transfer: Transfer) -> str:
    """Return the sentence for a rename whose delete S3 denied."""
    sentence = DELETE_DENIED if _words(error) in BARE else DELETE_DENIED_BECAUSE
    return fill(sentence, error, transfer)


def _can_be_the_condition(error: ClientError, transfer: Transfer) -> bool:
    """Return True when the refused request carried IfNoneMatch; directory buckets know that."""
    conditional = {"CopyObject", "CompleteMultipartUpload"}
    return transfer.never and not transfer.into_directory and error.operation_name in conditional


def fill(sentence: str, error: ClientError, transfer: Transfer) -> str:
    """Return the sentence with the names of both objects and S3's own words in it."""
    words = _words(error)
    return sentence.format(
        source=transfer.source,
        target=transfer.target,
        operation=error.operation_name,
        code=code_of(error),
        status=status_of(error),
        message=words,
        advice=next((advice for cause, advice in ADVICE.items() if cause in words), ""),
        checks=_checks(transfer),
    )


def _words(error: ClientError) -> str:
    """Return S3's own words; some servers leave them out, and botocore then gives None."""
    return str(error.response.get("Error", {}).get("Message") or "no message").rstrip(".")


def _checks(transfer: Transfer) -> str:
    """Return what else can end in a bare 403 with these options."""
    options = transfer.options
    owners = (
        (transfer.source.bucket, options.source_owner, "SourceOwner"),
        (transfer.target.bucket, options.destination_owner, "DestinationOwner"),
    )
    checks = [
        OWNER_CHECK.format(bucket=bucket, owner=owner, parameter=parameter)
        for bucket, owner, parameter in owners
        if owner
    ]
    return "".join([*checks, "" if options.requester_pays else NO_PAYER])
