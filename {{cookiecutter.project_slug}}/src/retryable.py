"""Which errors of S3 and of boto3 a second try can cure. The tables are the whole rule.

HeadObject answers have no body, so their code is the bare status ("404"): both are looked at.
"""

from __future__ import annotations

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405  # of a delete marker (S3 API, HeadObject)
PRECONDITION_FAILED = 412
NOT_IMPLEMENTED = 501

# botocore counts these as passing (botocore/retries/standard.py); 409 is a race with another
# writer (S3 API, CopyObject: ConditionalRequestConflict). 501 is final.
RETRYABLE_STATUSES = frozenset({409, 429, 500, 502, 503, 504})

RETRYABLE_CODES = frozenset(
    {
        # Throttled: botocore/retries/standard.py, and KMS through S3.
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "KMS.ThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        # Passing trouble: S3 sends RequestTimeout with status 400.
        "BadDigest",
        "InternalError",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        # A race with another writer.
        "ConditionalRequestConflict",
        "OperationAborted",
        # A new invocation has new credentials and another clock.
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestTimeTooSkewed",
    }
)

# Not ClientErrors: the request got no answer, or a broken one.
RETRYABLE_ERRORS: tuple[type[Exception], ...] = (
    botocore.ConnectionError,
    botocore.HTTPClientError,
    botocore.IncompleteReadError,
    botocore.ChecksumError,
    botocore.FlexibleChecksumError,
    botocore.CapacityNotAvailableError,
    botocore.CredentialRetrievalError,
    botocore.MetadataRetrievalError,
    ResponseParserError,
    TimeoutError,
)


def is_retryable(error: BaseException) -> bool:
    """Return True when the same request may succeed later; an error's own `retryable` decides."""
    own = getattr(error, "retryable", None)
    if isinstance(own, bool):
        return own
    if isinstance(error, botocore.ClientError):
        return code_of(error) in RETRYABLE_CODES or status_of(error) in RETRYABLE_STATUSES
    return isinstance(error, RETRYABLE_ERRORS)


def code_of(error: botocore.ClientError) -> str:
    """Return S3's error code, such as "NoSuchKey", or the bare status of a HEAD, such as "404"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: botocore.ClientError) -> int:
    """Return the HTTP status; a bare code stands in for a missing one; 0 when neither is there."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    code = code_of(error)
    return int(status or (code if code.isdecimal() else 0))
