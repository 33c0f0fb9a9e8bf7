"""retryable: every code of S3 and of botocore, and every kind of network error, has a decision."""

from __future__ import annotations

import errno
import inspect
import json
import re
import socket
import ssl
import urllib.error
from email.message import Message
from http.client import BadStatusLine, IncompleteRead, InvalidURL, RemoteDisconnected
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3.exceptions
import botocore
import pytest
import requests
import s3transfer.exceptions
import urllib3.exceptions
from botocore import exceptions, loaders
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.retries import special, standard
from botocore.stub import Stubber

import retryable
import s3batch
import s3copy
from retryable import is_retryable
from stubbed_s3 import client

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD: Any = standard  # its tables are not public
# What of S3's own list passes by itself; everything else in it is final.
PASSING_OF_S3 = {
    "BadDigest",
    "ExpiredToken",
    "IncompleteBody",
    "InternalError",
    "OperationAborted",
    "Redirect",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "RestoreAlreadyInProgress",
    "ServiceUnavailable",
    "SlowDown",
    "TemporaryRedirect",
    "TokenRefreshRequired",
}
# Every exception of botocore that a second try may cure; all others are final.
PASSING_OF_BOTOCORE = {
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


def client_error(code: str | None, status: int | None) -> ClientError:
    meta = {} if status is None else {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": meta}, "CopyObject")  # type: ignore[typeddict-item]


def codes_of_s3() -> list[tuple[str, int]]:
    """The list of the API reference's "Error responses", as it stands in botocore's model of S3."""
    model: Any = loaders.Loader().load_service_model("s3", "service-2")
    listed = model["shapes"]["Error"]["members"]["Code"]["documentation"]
    found = re.findall(
        r"<i>Code:</i> *(\w+).*?<i>HTTP Status Code:</i> *(\d+|N/A)", listed, re.DOTALL
    )
    return [
        (code, 400 if status == "N/A" else int(status)) for code, status in found if code != "N"
    ]


def errors_of_s3() -> list[tuple[str, int]]:
    """The exceptions that botocore's model of S3 declares."""
    model: Any = loaders.Loader().load_service_model("s3", "service-2")
    shapes = {name: one["error"] for name, one in model["shapes"].items() if "error" in one}
    return [(name, error["httpStatusCode"]) for name, error in shapes.items()]


def codes_in(tree: object) -> Iterator[str]:
    """Yield what data/_retry.json of botocore's legacy mode calls a code, wherever it stands."""
    if isinstance(tree, dict):
        if "service_error_code" in tree:
            yield tree["service_error_code"]
        for inner in tree.values():
            yield from codes_in(inner)


def codes_of_botocore() -> set[str]:
    legacy = (Path(botocore.__file__).parent / "data" / "_retry.json").read_text()
    return {
        *STANDARD.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
        *STANDARD.TransientRetryableChecker._TRANSIENT_ERROR_CODES,
        *re.findall(r"error_code == '(\w+)'", inspect.getsource(special)),
        *codes_in(json.loads(legacy)),
    }


@pytest.mark.parametrize(("code", "status"), codes_of_s3())
def test_every_code_of_s3s_list_has_a_decision(code: str, status: int) -> None:
    assert code in retryable.RETRYABLE_CODES | retryable.FINAL_CODES
    assert is_retryable(client_error(code, status)) is (code in PASSING_OF_S3)


@pytest.mark.parametrize(("code", "status"), errors_of_s3())
def test_every_exception_of_s3s_model_is_final(code: str, status: int) -> None:
    assert code in retryable.FINAL_CODES
    assert not is_retryable(client_error(code, status))


def test_the_list_of_s3_is_read_whole() -> None:
    assert {"AccessDenied", "SlowDown", "UserKeyMustBeSpecified"} <= {
        one for one, _ in codes_of_s3()
    }


@pytest.mark.parametrize("code", sorted(codes_of_botocore()))
def test_what_botocore_tries_again_is_tried_again(code: str) -> None:
    assert is_retryable(client_error(code, 400))


def test_every_status_that_botocore_tries_again_is_tried_again() -> None:
    statuses = STANDARD.TransientRetryableChecker._TRANSIENT_STATUS_CODES
    for status in (*statuses, 408, 409, 429):
        assert is_retryable(client_error("Whatever", status))


def test_no_code_is_both() -> None:
    assert not retryable.RETRYABLE_CODES & retryable.FINAL_CODES


# botocore gives an error inside an answer of 200 the status 500 (botocore/handlers.py).
@pytest.mark.parametrize("code", sorted(retryable.FINAL_CODES))
def test_a_final_code_inside_an_answer_of_200_is_final(code: str) -> None:
    assert not is_retryable(client_error(code, 500))


@pytest.mark.parametrize("code", ["InternalError", "SlowDown", "", None, "SomethingNew"])
def test_another_code_inside_an_answer_of_200_is_tried_again(code: str | None) -> None:
    assert is_retryable(client_error(code, 500))


@pytest.mark.parametrize(
    ("code", "status", "passes"),
    [
        ("RequestTimeTooSkewed", 403, True),
        ("ExpiredToken", 400, True),
        ("KMS.ThrottlingException", 400, True),
        ("KMS.KMSInvalidStateException", 409, False),
        ("ConditionalRequestConflict", 409, True),
        ("403", 403, False),
        ("404", 404, False),
        ("412", 412, False),
        ("SomethingNew", 400, False),
        ("SomethingNew", 501, False),
        ("503", None, True),
        ("404", None, False),
        ("", None, False),
    ],
)
def test_an_answer_is_sorted_by_its_code_and_then_by_its_status(
    code: str, status: int | None, passes: bool
) -> None:
    assert is_retryable(client_error(code, status)) is passes


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


@pytest.mark.parametrize("kind", botocore_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_botocore_has_a_decision(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert is_retryable(error) is (kind.__name__ in PASSING_OF_BOTOCORE)


def test_every_decision_names_an_exception_of_botocore() -> None:
    assert {kind.__name__ for kind in botocore_exceptions()} >= PASSING_OF_BOTOCORE


def response(status: int) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    return answer


NETWORK = [
    (ConnectionResetError(errno.ECONNRESET, "reset"), True),
    (BrokenPipeError(), True),
    (ConnectionRefusedError(), True),
    (TimeoutError(), True),
    (OSError(errno.EHOSTUNREACH, "no route"), True),
    (OSError(errno.ENOSPC, "disk full"), False),
    (FileNotFoundError(errno.ENOENT, "no file"), False),
    (socket.gaierror(socket.EAI_AGAIN, "again"), True),
    (ssl.SSLEOFError(), True),
    (urllib.error.URLError(TimeoutError()), True),
    (urllib.error.HTTPError("u", 503, "busy", Message(), None), True),
    (urllib.error.HTTPError("u", 404, "not found", Message(), None), False),
    (RemoteDisconnected(""), True),
    (BadStatusLine(""), True),
    (IncompleteRead(b""), True),
    (InvalidURL(), False),
    (urllib3.exceptions.ProtocolError(), True),
    (urllib3.exceptions.MaxRetryError(urllib3.HTTPConnectionPool("h"), "/"), True),
    (urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("h"), "/", "m"), True),
    (urllib3.exceptions.SSLError(), True),
    (urllib3.exceptions.LocationParseError("x"), False),
    (requests.ConnectionError(), True),
    (requests.exceptions.SSLError(), True),
    (requests.ReadTimeout(), True),
    (requests.exceptions.ChunkedEncodingError(), True),
    (requests.exceptions.InvalidURL(), False),
    (requests.HTTPError(response=response(502)), True),
    (requests.HTTPError(response=response(403)), False),
    (boto3.exceptions.RetriesExceededError(boto3.exceptions.Boto3Error()), True),
    (s3transfer.exceptions.RetriesExceededError(OSError()), True),
    (ResponseParserError("cut off"), True),
]


@pytest.mark.parametrize(("error", "passes"), NETWORK, ids=lambda one: type(one).__name__)
def test_errors_of_the_network_are_tried_again_and_mistakes_are_not(
    error: Exception, passes: bool
) -> None:
    assert is_retryable(error) is passes


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (s3copy.TryAgainError("later"), True),
        (s3copy.RefusedError("never"), False),
        (s3batch.TemporaryFailure("later"), True),
        (s3batch.PermanentFailure("never"), False),
        (ValueError("a mistake in task.py"), False),
        (KeyError("a mistake in task.py"), False),
        (MemoryError(), False),
        (SystemExit(), False),
    ],
    ids=lambda one: type(one).__name__,
)
def test_other_errors_have_a_decision(error: BaseException, passes: bool) -> None:
    assert is_retryable(error) is passes


def wrapped(error: Exception, inner: Exception, *, cause: bool) -> Exception:
    """Return `error` as if it had been raised from `inner`, or while that was handled."""
    if cause:
        error.__cause__ = inner
    else:
        error.__context__ = inner
    return error


@pytest.mark.parametrize("cause", [True, False], ids=["cause", "context"])
@pytest.mark.parametrize(
    ("inner", "passes"),
    [(client_error("SlowDown", 503), True), (client_error("NoSuchKey", 404), False)],
    ids=["SlowDown", "NoSuchKey"],
)
def test_an_error_that_only_wraps_another_is_sorted_by_it(
    inner: Exception, cause: bool, passes: bool
) -> None:
    upload = wrapped(boto3.exceptions.S3UploadFailedError("Failed to upload"), inner, cause=cause)
    assert is_retryable(upload) is passes
    assert is_retryable(wrapped(RuntimeError("outermost"), upload, cause=cause)) is passes


@pytest.mark.parametrize(
    ("code", "status", "passes"), [("SlowDown", 503, True), ("403", 403, False)]
)
def test_an_upload_that_boto3_gave_up_is_sorted_by_s3s_answer(
    tmp_path: Path, code: str, status: int, passes: bool
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a")
    s3 = client()
    with Stubber(s3) as stub:
        stub.add_client_error("put_object", code, "S3 says so", status)
        with pytest.raises(boto3.exceptions.S3UploadFailedError) as failure:
            s3.upload_file(str(file), "bucket", "key")
    assert is_retryable(failure.value) is passes


def test_what_says_by_itself_what_it_is_is_not_sorted_by_what_it_wraps() -> None:
    inner = client_error("SlowDown", 503)
    for final in (s3copy.RefusedError("no"), client_error("AccessDenied", 403)):
        assert not is_retryable(wrapped(final, inner, cause=True))


def test_a_context_that_was_taken_away_does_not_count() -> None:
    error = wrapped(ValueError("bad"), client_error("SlowDown", 503), cause=False)
    error.__suppress_context__ = True  # raise ... from None
    assert not is_retryable(error)


def test_errors_that_wrap_each_other_in_a_circle_are_final() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_retryable(one)


@pytest.mark.parametrize(("second", "passes"), [(OSError(), False), (TimeoutError(), True)])
def test_a_group_passes_when_each_of_it_does(second: Exception, passes: bool) -> None:
    assert is_retryable(ExceptionGroup("parts", [ConnectionResetError(), second])) is passes
