"""One sentence for each way in which S3 refuses: what was wrong, the value, what to do.

Names come last where they can: the report may cut a sentence after 1,024 characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3copy.classify import METHOD_NOT_ALLOWED, NOT_IMPLEMENTED, code_of, is_retryable, status_of
from s3copy.values import RefusedError, Transfer, TryAgainError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

ARCHIVED = "{source} is archived: restore it first (s3 restore-object), then run it again"
FORBIDDEN = (
    "S3 denied {operation} ({message}): allow it in the function's role, the bucket policies and "
    "the KMS key policy, and check that the source exists; from {source} to {target}"
)
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
CUSTOMER_KEY = (
    "{source} cannot be read without its own key (SSE-C, answered {code}): copy it with a program "
    "that holds the customer's key"
)
BUSY = "S3 answered {code} ({status}) to {operation}: {message}; try again"
OTHER = "S3 refused {operation}: {code} ({status}) {message}; from {source} to {target}"


def explain(error: ClientError, transfer: Transfer) -> RefusedError | TryAgainError:
    """Return the failure that stands for S3's answer, its sentence filled in."""
    status, code = status_of(error), code_of(error)
    if is_retryable(error):
        return TryAgainError(fill(BUSY, error, transfer))
    if "x-amz-delete-marker" in error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}):
        marker = SENTENCES["MethodNotAllowed"] if status == METHOD_NOT_ALLOWED else MARKER
        return RefusedError(fill(marker, error, transfer))
    if status == NOT_IMPLEMENTED and transfer.never:
        return RefusedError(fill(CONDITIONAL_501, error, transfer))
    if error.operation_name == "HeadObject" and code == "400":
        return RefusedError(fill(CUSTOMER_KEY, error, transfer))
    return RefusedError(fill(SENTENCES.get(code, OTHER), error, transfer))


def fill(sentence: str, error: ClientError, transfer: Transfer) -> str:
    """Return the sentence with the names of both objects and S3's own words in it."""
    return sentence.format(
        source=transfer.source,
        target=transfer.target,
        operation=error.operation_name,
        code=code_of(error),
        status=status_of(error),
        message=error.response.get("Error", {}).get("Message", "no message").rstrip("."),
    )
