"""The numbers and dates of a request, checked before moto 5.2.5 reads them.

At a number that is none it fails with 500, and a range that it cannot read is the whole object to
it. The limits are those of S3's own model in botocore.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moto.core.utils import str_to_rfc_1123_datetime
from moto.s3.exceptions import S3ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST_COPY = 5 * 1024**3
"""Bytes that CopyObject and UploadPartCopy take from a source."""

LIMITS = {
    "max-annotation-results": range(1, 1_001),
    "max-buckets": range(1, 10_001),
    "max-keys": range(2**31),
    "max-parts": range(2**31),
    "max-uploads": range(2**31),
    "part-number-marker": range(2**31),
    "partNumber": range(1, 10_001),
}
"""The whole numbers that a query may have."""

RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{1,19})")


def check(query: Mapping[str, list[str]], headers: Iterable[tuple[str, str]]) -> None:
    """Raise InvalidArgument, as S3 does, for a number or a date that is none.

    Our choice: also for the date of a condition that HTTP would ignore. Nobody should rely on it.
    """
    for name in LIMITS.keys() & query.keys():
        text = query[name][0]
        if not re.fullmatch("[0-9]{1,19}", text) or int(text) not in LIMITS[name]:
            raise _invalid(f"Provided {name} not an integer or within integer range")
    for name, text in headers:
        if name.lower().endswith("modified-since"):
            try:
                str_to_rfc_1123_datetime(text)
            except ValueError:
                raise _invalid(f"{name} is {text!r}: it takes a date of HTTP.") from None


def check_size(size: int) -> None:
    """Raise S3ClientError unless a copy may take so many bytes from its source."""
    if size > LARGEST_COPY:
        raise S3ClientError(
            "InvalidRequest",
            "The specified copy source is larger than the maximum allowable size for a copy"
            f" source: {LARGEST_COPY}",
        )


def copied_size(asked: str | None, size: int) -> int:
    """Return the bytes that x-amz-copy-source-range asks for of a source; None: all. Raises."""
    if asked is None:
        return size
    found = RANGE.fullmatch(asked)
    if not found or int(found[1]) > int(found[2]):
        raise _invalid(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and"
            " last are the zero-based offsets of the first and last bytes to copy"
        )
    if int(found[2]) >= size:
        raise _invalid(f"Range specified is not valid for source object of size: {size}")
    return int(found[2]) - int(found[1]) + 1


def _invalid(message: str) -> S3ClientError:
    return S3ClientError("InvalidArgument", message)
