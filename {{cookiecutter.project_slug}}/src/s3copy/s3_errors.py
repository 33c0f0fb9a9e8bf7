"""What S3 refuses, as a sentence of the report: S3's own words, and what helps.

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
DELETE_DENIED = (
    "Copied to {target}, but S3 denied the delete of {source} ({message}): allow s3:DeleteObject "
    "and s3:GetObject on it, and check Object Lock"
)
DELETE_DENIED_BECAUSE = "Copied to {target}, but S3 denied the delete of {source}: {message}"


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
