"""Which exceptions may pass by themselves: a later delivery of the same task can succeed.

The tables are the whole rule; a code that stands in none is sorted by its HTTP status. An exception
that only wraps another, such as boto3's S3UploadFailedError, is sorted by what it wraps. When in
doubt about the network, a task is sent again: that can lose nothing.

HeadObject answers have no body, so their code is the bare status ("404"): both are looked at.
"""

from __future__ import annotations

import errno
import socket
import ssl
from http.client import BadStatusLine, IncompleteRead
from urllib.error import HTTPError, URLError

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError

BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405  # of a delete marker (S3 API, HeadObject)
PRECONDITION_FAILED = 412
SERVER_ERROR = 500
NOT_IMPLEMENTED = 501

# Those that decide how a copy goes on (S3 API, "Error responses").
STATUS_OF_CODE = {
    "AccessDenied": FORBIDDEN,
    "NoSuchBucket": NOT_FOUND,
    "NoSuchKey": NOT_FOUND,
    "NoSuchUpload": NOT_FOUND,
    "NoSuchVersion": NOT_FOUND,
    "PreconditionFailed": PRECONDITION_FAILED,
}

# 500 to 504: botocore/retries/standard.py. 408 and 429: RFC 9110 and RFC 6585. 409 is a race with
# another writer (S3 API, CopyObject: ConditionalRequestConflict). 501 is final.
RETRYABLE_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504})

RETRYABLE_CODES = frozenset(
    {
        # Throttled: botocore/retries/standard.py and data/_retry.json; the last by S3 for KMS.
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
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
        "KMS.ThrottlingException",
        # Passing trouble: the same two files; S3 sends RequestTimeout with status 400.
        "BadDigest",
        "IDPCommunicationError",
        "RequestTimeout",
        "RequestTimeoutException",
        # S3 API Reference, "Error responses": passing trouble, and a new bucket's DNS.
        "InternalError",
        "ServiceUnavailable",
        "Redirect",
        "TemporaryRedirect",
        # A race with another writer: S3's list, DynamoDB's in _retry.json.
        "ConditionalRequestConflict",
        "OperationAborted",
        "ReplicatedWriteConflictException",
        # Our choice: it ends by itself, though it may take hours.
        "RestoreAlreadyInProgress",
        # Our choice: a body that was cut on its way, like BadDigest.
        "IncompleteBody",
        # Our choice: a new invocation has new credentials and another clock.
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestTimeTooSkewed",
        "TokenRefreshRequired",
    }
)

# Final whatever the status says: S3 may send any code inside an answer of 200, which botocore turns
# into a 500 (S3 API, CopyObject). All other codes of S3's list, and those of its API model.
FINAL_CODES = frozenset(
    """
    AccessDenied AccountProblem AllAccessDisabled AmbiguousGrantByEmailAddress
    AnnotationLimitExceeded AnnotationNameTooLong AuthorizationHeaderMalformed
    BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty CredentialsNotSupported
    CrossLocationLoggingProhibited EncryptionTypeMismatch EntityTooLarge EntityTooSmall
    IdempotencyParameterMismatch IllegalLocationConstraintException
    IllegalVersioningConfigurationException IncorrectNumberOfFilesInPostRequest InlineDataTooLarge
    InvalidAccessKeyId InvalidAddressingHeader InvalidAnnotationName InvalidArgument
    InvalidBucketName InvalidBucketState InvalidDigest InvalidEncryptionAlgorithmError
    InvalidLocationConstraint InvalidObjectState InvalidPart InvalidPartOrder InvalidPayer
    InvalidPolicyDocument InvalidPrefix InvalidRange InvalidRequest InvalidSOAPRequest
    InvalidSecurity InvalidStorageClass InvalidTag InvalidTargetBucketForLogging InvalidToken
    InvalidURI InvalidWriteOffset KMS.DisabledException KMS.KMSInvalidStateException
    KMS.NotFoundException KeyTooLongError MalformedACLError MalformedPOSTRequest MalformedXML
    MaxMessageLengthExceeded MaxPostPreDataLengthExceededError MetadataTooLarge MethodNotAllowed
    MissingAttachment MissingContentLength MissingRequestBodyError MissingSecurityElement
    MissingSecurityHeader NoLoggingStatusForKey NoSuchAnnotation NoSuchBucket NoSuchBucketPolicy
    NoSuchKey NoSuchLifecycleConfiguration NoSuchTagSet NoSuchUpload NoSuchVersion NotImplemented
    NotSignedUp ObjectAlreadyInActiveTierError ObjectNotInActiveTierError PermanentRedirect
    PreconditionFailed RequestIsNotMultiPartContent RequestTorrentOfBucketError
    SignatureDoesNotMatch TooManyBuckets TooManyParts UnexpectedContent
    UnresolvableGrantByEmailAddress UnsupportedMediaType UserKeyMustBeSpecified
    """.split()  # noqa: SIM905 nine lines of words, or ninety
)

# The request got no answer, or a broken one.
RETRYABLE_ERRORS: tuple[type[BaseException], ...] = (
    botocore.ConnectionError,
    botocore.HTTPClientError,
    botocore.IncompleteReadError,
    botocore.ChecksumError,
    botocore.FlexibleChecksumError,
    botocore.CapacityNotAvailableError,
    botocore.CredentialRetrievalError,
    botocore.MetadataRetrievalError,
    ResponseParserError,
    BadStatusLine,
    ConnectionError,
    IncompleteRead,
    TimeoutError,
    URLError,
    socket.gaierror,
    ssl.SSLError,
)
NETWORK_ERRNOS = frozenset(
    {errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETRESET, errno.ENETUNREACH}
)
# The same of packages that the function need not have: told by their names, imported nowhere.
RETRYABLE_NAMES = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "boto3.exceptions.RetriesExceededError",
        "httpx.TransportError",
        "requests.exceptions.ChunkedEncodingError",
        "requests.exceptions.ConnectionError",
        "requests.exceptions.RetryError",
        "requests.exceptions.Timeout",
        "s3transfer.exceptions.RetriesExceededError",
        "urllib3.exceptions.NewConnectionError",
        "urllib3.exceptions.PoolError",
        "urllib3.exceptions.ProtocolError",
        "urllib3.exceptions.ProxyError",
        "urllib3.exceptions.SSLError",
        "urllib3.exceptions.TimeoutError",
    }
)


def is_retryable(error: BaseException) -> bool:
    """Return True when the same task may succeed later.

    An error that the tables do not know is sorted by its cause, else by what was being handled
    when it was raised. A mistake in the code has neither, and is final.
    """
    seen: set[int] = set()
    inner: BaseException | None = error
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        known = _known(inner)
        if known is not None:
            return known
        context = None if inner.__suppress_context__ else inner.__context__
        inner = context if inner.__cause__ is None else inner.__cause__
    return False


def code_of(error: botocore.ClientError) -> str:
    """Return S3's error code, such as "NoSuchKey", or the bare status of a HEAD, such as "404"."""
    return str((error.response.get("Error") or {}).get("Code") or "")


def status_of(error: botocore.ClientError) -> int:
    """Return the HTTP status; a bare code stands in for a missing one; 0 when neither is there.

    What S3 sent inside an answer of 200 is a 500 of botocore's: there the code says what it is.
    """
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status == SERVER_ERROR:
        return STATUS_OF_CODE.get(code, SERVER_ERROR)
    return int(status or (code if code.isdecimal() else 0))


def _known(error: BaseException) -> bool | None:
    """Return what the tables say of this one exception; None when they do not know it."""
    own = getattr(error, "retryable", None)  # as those of s3batch and s3copy have it
    if isinstance(own, bool):
        return own
    if isinstance(error, botocore.ClientError):
        return _is_retryable_answer(code_of(error), status_of(error))
    if isinstance(error, BaseExceptionGroup):
        return all(is_retryable(inner) for inner in error.exceptions)
    if isinstance(error, botocore.BotoCoreError):  # what is in no table says: the request is wrong
        return isinstance(error, RETRYABLE_ERRORS)
    status = _status_of_other(error)
    if status is not None:
        return status in RETRYABLE_STATUSES
    return True if _is_of_the_network(error) else None


def _is_of_the_network(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in NETWORK_ERRNOS:
        return True
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).mro()}
    return isinstance(error, RETRYABLE_ERRORS) or not names.isdisjoint(RETRYABLE_NAMES)


def _is_retryable_answer(code: str, status: int) -> bool:
    if code in FINAL_CODES:
        return False
    return code in RETRYABLE_CODES or status in RETRYABLE_STATUSES


def _status_of_other(error: BaseException) -> int | None:
    """Return the status that urllib's HTTPError, or one of requests or httpx, was raised for."""
    if isinstance(error, HTTPError):
        return error.code
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
