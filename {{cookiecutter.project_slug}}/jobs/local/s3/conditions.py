"""The conditions of S3's requests that moto 5.2.5 does not enforce, or not fully.

Source: "Add preconditions to S3 operations with conditional requests" in the S3 User Guide, and
CopyObject, UploadPartCopy, CompleteMultipartUpload, DeleteObject and RenameObject in the S3 API
Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.core.utils import str_to_rfc_1123_datetime
from moto.s3.exceptions import MissingKey, PreconditionFailed, S3ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.s3.models import FakeKey

SOURCE = "x-amz-copy-source-if-"
RENAMED = "x-amz-rename-source-if-"


class NotKnownError(S3ClientError):
    """What this S3 does not support: it is refused, as ignoring it could lose an object."""

    code = "NotImplemented"


def check_source(headers: Mapping[str, str], source: FakeKey, prefix: str = SOURCE) -> None:
    """Raise PreconditionFailed unless the source of a copy or a rename is as the request says.

    A condition on the ETag that is met outweighs the one on the date that belongs to it. The names
    of the conditions begin with `prefix`.
    """
    match, none_match = headers.get(f"{prefix}match"), headers.get(f"{prefix}none-match")
    changed = source.last_modified.replace(microsecond=0)  # dates in headers have whole seconds
    if match is not None:
        _fail_if(not _is_etag(match, source), f"{prefix}match")
    elif since := headers.get(f"{prefix}unmodified-since"):
        _fail_if(changed > str_to_rfc_1123_datetime(since), f"{prefix}unmodified-since")
    if none_match is not None:
        _fail_if(_is_etag(none_match, source), f"{prefix}none-match")
    elif since := headers.get(f"{prefix}modified-since"):
        _fail_if(changed <= str_to_rfc_1123_datetime(since), f"{prefix}modified-since")


def check_destination(headers: Mapping[str, str], there: FakeKey | None) -> None:
    """Raise unless what is at the key now is what the write or the delete asks for.

    Raises MissingKey: If-Match, and nothing is there; PreconditionFailed.
    """
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if none_match not in {None, "*"}:
        # a condition that S3 does not know on writes ("*" is the only one) must never be ignored
        raise S3ClientError(
            "NotImplemented", f"If-None-Match is {none_match!r}: a write takes '*'."
        )
    _fail_if(none_match == "*" and there is not None, "If-None-Match")
    if match is not None and there is None:
        raise MissingKey
    _fail_if(match is not None and there is not None and not _is_etag(match, there), "If-Match")


def _is_etag(asked: str, found: FakeKey) -> bool:
    """Compare as S3 does: it takes an ETag without its quotes too, and `*` for any."""
    return asked.strip() == "*" or asked.strip().strip('"') == found.etag.strip('"')


def _fail_if(is_broken: bool, condition: str) -> None:  # noqa: FBT001 - reads as a sentence
    if is_broken:
        raise PreconditionFailed(condition)
