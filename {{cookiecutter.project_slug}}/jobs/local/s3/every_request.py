"""What holds for every request to the local S3: one at a time, checked, refused if not understood.

A condition and the write that it belongs to are so one step. What moto 5.2.5 cannot read, or would
do in another way than S3, is refused, so that nobody relies on it.
"""

# ruff: noqa: ANN401 - the signatures are those of moto

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote
from xml.parsers.expat import ExpatError

from moto.core.exceptions import ServiceException
from moto.s3.exceptions import MalformedXML, S3AccessDeniedError
from moto.s3.responses import S3Response
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from jobs.local.s3 import numbers
from jobs.local.s3.conditions import NotKnownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.core.common_types import TYPE_RESPONSE
    from moto.core.responses import ActionResult

ONE_AT_A_TIME = threading.RLock()

SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}

OWNERS = ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner")


class EveryRequest(S3Response):
    """moto's answers, and what comes before and after each of them."""

    def bucket_response(self, request: Any, full_url: str, headers: Any) -> TYPE_RESPONSE:
        """Answer a request for a bucket."""
        request.get_data()  # before the lock: nobody waits for a body that is still on its way
        with ONE_AT_A_TIME:
            answer = _with_status(super().bucket_response(request, full_url, headers))
            bucket = self.backend.buckets.get(self.bucket_name)
            if bucket is not None and not bucket.encryption:
                bucket.encryption = SSE_S3
        return answer

    def key_response(self, request: Any, full_url: str, headers: Any) -> TYPE_RESPONSE:
        """Answer a request for an object."""
        request.get_data()
        with ONE_AT_A_TIME:
            return _with_status(super().key_response(request, full_url, headers))

    def _bucket_response(self, request: Any, full_url: str) -> str | TYPE_RESPONSE:
        with _refusing():
            self._check()
            if "versioning" in self.querystring and b"Suspended" in (self.body or b""):
                # moto drops the older versions of what is then written
                raise NotKnownError("Versioning cannot be suspended in the local S3.")
            return super()._bucket_response(request, full_url)

    def _key_response(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        with _refusing():
            self.headers = Headers(self.headers)  # some may be changed
            self._check()
            return self._answer_key(request, full_url)

    def _answer_key(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        return super()._key_response(request, full_url)

    def serialized(self, action_result: ActionResult) -> TYPE_RESPONSE:
        """Write an answer; encode the keys of ListObjectVersions where that is asked for."""
        if "versions" in self.querystring and "url" in self.querystring.get("encoding-type", ()):
            _encode(cast("dict[str, Any]", action_result.result))
        return super().serialized(action_result)

    def _check(self) -> None:
        """Raise what S3 answers to a request that is for another's bucket, or makes no sense."""
        numbers.check(self.querystring, self.headers.items())
        for name in OWNERS:
            if self.headers.get(name, self.current_account) != self.current_account:
                raise S3AccessDeniedError


def _with_status(answer: TYPE_RESPONSE) -> TYPE_RESPONSE:
    """Answer NotImplemented with 501: moto knows no status of it, and takes 400."""
    status, headers, body = answer
    is_not_known = status == HTTPStatus.BAD_REQUEST and f"<Code>{NotKnownError.code}</Code>" in str(
        body
    )
    return HTTPStatus.NOT_IMPLEMENTED if is_not_known else status, headers, body


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse what moto cannot read: it answers 500, and every client then tries again."""
    try:
        yield
    except (HTTPException, ServiceException):
        raise
    except ExpatError as error:
        raise MalformedXML from error
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise NotKnownError(f"The local S3 cannot read this request ({what}).") from error


def _encode(listed: dict[str, Any]) -> None:
    """URL-encode what ListObjectVersions says of keys, which moto does not: XML cannot hold all."""
    listed["EncodingType"] = "url"
    for name in ("Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"):
        if listed.get(name):
            listed[name] = quote(listed[name], safe="/")
    for name, member in (
        ("Versions", "Key"),
        ("DeleteMarkers", "Key"),
        ("CommonPrefixes", "Prefix"),
    ):
        for each in listed.get(name, ()):
            each[member] = quote(each[member], safe="/")
