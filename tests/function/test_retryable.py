from __future__ import annotations

import inspect
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.retries import standard

import retryable
import s3copy

STANDARD: Any = standard  # its tables are not public
TRANSIENT_CODES = [
    ("InternalError", 500),
    ("ServiceUnavailable", 503),
    ("SlowDown", 503),
    ("Throttling", 400),
    ("ThrottlingException", 400),
    ("ThrottledException", 400),
    ("RequestThrottled", 400),
    ("RequestThrottledException", 400),
    ("TooManyRequestsException", 429),
    ("RequestLimitExceeded", 400),
    ("BandwidthLimitExceeded", 400),
    ("LimitExceededException", 400),
    ("ProvisionedThroughputExceededException", 400),
    ("PriorRequestNotComplete", 400),
    ("RequestTimeout", 400),
    ("RequestTimeoutException", 400),
    ("BadDigest", 400),
    ("ConditionalRequestConflict", 409),
    ("OperationAborted", 409),
    ("KMS.ThrottlingException", 400),
    ("ExpiredToken", 400),
    ("RequestTimeTooSkewed", 403),
    ("Whatever", 500),
    ("Whatever", 502),
    ("Whatever", 503),
    ("Whatever", 504),
    ("Whatever", 429),
]
PERMANENT_CODES = [
    ("NoSuchKey", 404),
    ("404", 404),
    ("NoSuchVersion", 404),
    ("NoSuchBucket", 404),
    ("AccessDenied", 403),
    ("403", 403),
    ("AllAccessDisabled", 403),
    ("InvalidObjectState", 403),
    ("ObjectNotInActiveTierError", 403),
    ("MethodNotAllowed", 405),
    ("405", 405),
    ("PreconditionFailed", 412),
    ("412", 412),
    ("InvalidRequest", 400),
    ("400", 400),
    ("InvalidArgument", 400),
    ("EntityTooLarge", 400),
    ("KeyTooLongError", 400),
    ("InvalidTag", 400),
    ("KMS.DisabledException", 400),
    ("KMS.NotFoundException", 400),
    ("NotImplemented", 501),
    ("PermanentRedirect", 301),
    ("301", 301),
    ("EncryptionTypeMismatch", 400),
    ("IdempotencyParameterMismatch", 400),
    ("", 418),
]
# Every exception of botocore that a second try may cure; all others are final.
RETRYABLE_EXCEPTIONS = {
    "CapacityNotAvailableError",
    "ChecksumError",
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "ConnectionError",
    "CredentialRetrievalError",
    "EndpointConnectionError",
    "FlexibleChecksumError",
    "HTTPClientError",
    "IncompleteReadError",
    "MetadataRetrievalError",
    "ProxyConnectionError",
    "ReadTimeoutError",
    "ResponseStreamingError",
    "SSLError",
}


def client_error(code: str, status: int | None) -> ClientError:
    meta = {} if status is None else {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": meta}, "CopyObject")  # type: ignore[typeddict-item]


def botocore_exceptions() -> list[type[Exception]]:
    every = vars(exceptions).values()
    return [
        one
        for one in every
        if inspect.isclass(one)
        and issubclass(one, Exception)
        and not issubclass(one, (Warning, ClientError))
        and one.__module__ == exceptions.__name__
    ]


@pytest.mark.parametrize(("code", "status"), TRANSIENT_CODES)
def test_a_passing_error_is_tried_again(code: str, status: int) -> None:
    assert retryable.is_retryable(client_error(code, status))


@pytest.mark.parametrize(("code", "status"), PERMANENT_CODES)
def test_a_lasting_error_is_final(code: str, status: int) -> None:
    assert not retryable.is_retryable(client_error(code, status))


@pytest.mark.parametrize(("code", "passes"), [("503", True), ("404", False)])
def test_a_bare_code_stands_in_for_a_missing_status(code: str, passes: bool) -> None:
    assert retryable.is_retryable(client_error(code, None)) is passes


@pytest.mark.parametrize("kind", botocore_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_botocore_has_a_decision(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert retryable.is_retryable(error) is (kind.__name__ in RETRYABLE_EXCEPTIONS)


def test_every_decision_names_an_exception_of_botocore() -> None:
    assert {kind.__name__ for kind in botocore_exceptions()} >= RETRYABLE_EXCEPTIONS


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (s3copy.TryAgainError("later"), True),
        (s3copy.RefusedError("never"), False),
        (ResponseParserError("cut off"), True),
        (TimeoutError(), True),
        (ValueError("a mistake in task.py"), False),
        (KeyError("a mistake in task.py"), False),
        (MemoryError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_errors_have_a_decision(error: Exception, passes: bool) -> None:
    assert retryable.is_retryable(error) is passes


def test_the_table_holds_what_botocore_retries() -> None:
    throttled = set(STANDARD.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    passing = set(STANDARD.TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    assert throttled | passing <= retryable.RETRYABLE_CODES
    statuses = set(STANDARD.TransientRetryableChecker._TRANSIENT_STATUS_CODES)
    assert statuses <= retryable.RETRYABLE_STATUSES
