"""Annotations of objects. moto 5.2.5 does not know them: it replaces the object by the annotation.

Source: PutObjectAnnotation, GetObjectAnnotation, ListObjectAnnotations, DeleteObjectAnnotation in
the S3 API Reference. An object holds its annotations, so that they go where it goes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.utils import iso_8601_datetime_with_milliseconds, utcnow
from moto.s3.exceptions import PreconditionFailed, S3ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.s3.models import FakeKey

MOST = 1000
LONGEST_NAME = 512
LONGEST_PAYLOAD = 1024 * 1024
"""The most annotations of an object, and the most bytes of a name and of a payload."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation of an object."""

    payload: bytes
    changed: str
    """When it was written, as S3 lists it."""

    @property
    def etag(self) -> str:
        """The ETag, with its quotes."""
        return f'"{hashlib.md5(self.payload, usedforsecurity=False).hexdigest()}"'


def of(key: FakeKey) -> dict[str, Annotation]:
    """Return the annotations of an object by their names; changing the dict changes them."""
    found: dict[str, Annotation] = vars(key).setdefault("annotations", {})
    return found


def put(key: FakeKey, name: str, payload: bytes) -> Annotation:
    """Write an annotation. Raises S3ClientError: a limit, or the payload is no UTF-8."""
    if not name or len(name.encode()) > LONGEST_NAME:
        raise S3ClientError("AnnotationNameTooLong", "The annotation name has 1 to 512 bytes.")
    if not 1 <= len(payload) <= LONGEST_PAYLOAD:
        raise S3ClientError("InvalidRequest", "An annotation has 1 byte to 1 MiB.")
    try:
        payload.decode()
    except UnicodeDecodeError:
        text = "The annotation payload is not valid UTF-8 encoded text."
        raise S3ClientError("UnsupportedMediaType", text) from None
    if name not in of(key) and len(of(key)) == MOST:
        raise S3ClientError("AnnotationLimitExceeded", f"An object has at most {MOST} annotations.")
    of(key)[name] = made = Annotation(payload, iso_8601_datetime_with_milliseconds(utcnow()))
    return made


def get(key: FakeKey, name: str) -> Annotation:
    """Return an annotation. Raises S3ClientError: there is none of that name."""
    if name not in of(key):
        text = "The specified annotation does not exist on this object."
        raise S3ClientError("NoSuchAnnotation", text)
    return of(key)[name]


def page(key: FakeKey, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return ListObjectAnnotations' answer; the token of a page is the last name before it."""
    prefix, token = asked.get("annotation-prefix", ""), asked.get("continuation-token", "")
    most = min(int(asked.get("max-annotation-results", MOST)), MOST)
    names = sorted(name for name in of(key) if name.startswith(prefix) and name > token)
    listed = [
        {
            "AnnotationName": name,
            "ETag": of(key)[name].etag,
            "LastModified": of(key)[name].changed,
            "Size": len(of(key)[name].payload),
        }
        for name in names[:most]
    ]
    more = {"NextContinuationToken": names[most - 1]} if names[most:] else {}
    return {"Annotations": listed, "AnnotationCount": len(listed), **more}


def check_object(headers: Mapping[str, str], key: FakeKey) -> None:
    """Raise PreconditionFailed unless the object is the one that the request names."""
    wanted = headers.get("x-amz-object-if-match")
    if wanted is not None and wanted.strip('"') != key.etag.strip('"'):
        raise PreconditionFailed("x-amz-object-if-match")
