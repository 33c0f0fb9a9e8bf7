"""moto's S3 with the promises of S3 on which a copy or a rename relies.

What moto 5.2.5 ignores in silence is enforced here: the conditions of CopyObject, UploadPartCopy,
CompleteMultipartUpload and DeleteObject, RenameObject, the largest source of a copy and
annotations. What holds for every request stands in `every_request`.
"""

# ruff: noqa: ANN401 - the signatures are those of moto

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from moto.core.responses import ActionResult
from moto.s3.exceptions import CopyObjectMustChangeSomething, MissingKey, MissingVersion

from jobs.local.s3 import conditions, numbers, object_annotations
from jobs.local.s3.conditions import NotKnownError
from jobs.local.s3.every_request import EveryRequest

if TYPE_CHECKING:
    from moto.core.common_types import TYPE_RESPONSE
    from moto.s3.models import FakeKey

CHANGES = (
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
"""Headers with which a copy of an object onto itself changes something."""


class Promises(EveryRequest):
    """The answers of moto's S3, and before them what S3 would refuse."""

    def _bucket_response_delete_keys(
        self,
        bucket_name: str,
        authenticated: bool = True,  # noqa: FBT001, FBT002 - moto's own
    ) -> TYPE_RESPONSE:
        if b"<ETag>" in self.body:
            raise NotKnownError("DeleteObjects takes no ETag in the local S3: use DeleteObject.")
        return super()._bucket_response_delete_keys(bucket_name, authenticated)

    def _answer_key(self, request: Any, full_url: str) -> TYPE_RESPONSE:
        if "annotation" in self.querystring:
            return self._answer_annotation(request.method)
        if "renameObject" in self.querystring:
            return self._rename_object()
        return super()._answer_key(request, full_url)

    def put_object(self) -> TYPE_RESPONSE:
        """Answer PutObject."""
        conditions.check_destination(self.headers, self._there())
        return super().put_object()

    def delete_object(self) -> TYPE_RESPONSE:
        """Answer DeleteObject; its condition is one on the current version."""
        conditions.check_destination(self.headers, self._there())
        self.headers.pop("If-Match", None)  # moto does not know `*`
        return super().delete_object()

    def copy_object(self) -> TYPE_RESPONSE:
        """Answer CopyObject: the copy has all of its source but the parts."""
        source, there = self._source(), self._there()
        conditions.check_source(self.headers, source)
        conditions.check_destination(self.headers, there)
        numbers.check_size(source.size)
        if source is there and not self._changes_something():
            raise CopyObjectMustChangeSomething
        if source.checksum_algorithm:  # a new one: that of the source may be one of its parts
            self.headers.setdefault("x-amz-checksum-algorithm", source.checksum_algorithm)
        tags = self.backend.tagger.get_tag_dict_for_resource(source.arn)
        carried = dict(object_annotations.of(source))
        answer = super().copy_object()
        copy = self._key(self.bucket_name, self.parse_key_name(), None)
        copy.multipart = None
        if self.headers.get("x-amz-tagging-directive") != "REPLACE":
            self.backend.put_object_tagging(copy, tags)  # moto adds them to those that were there
        if self.headers.get("x-amz-object-annotation-directive") != "EXCLUDE":
            object_annotations.of(copy).update(carried)
        return answer

    def head_object(
        self, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any
    ) -> TYPE_RESPONSE:
        """Answer HeadObject, its checksum as GetObject has it."""
        status, answered, body = super().head_object(bucket_name, query, key_name, headers)
        version = query.get("versionId", [None])[0]
        key = self.backend.get_object(bucket_name, key_name, version_id=version)
        if key is not None and key.checksum_algorithm and status == HTTPStatus.OK:
            name = f"x-amz-checksum-{key.checksum_algorithm.lower()}"
            if name in answered:  # it was asked for
                is_of_parts = key.checksum_type == "COMPOSITE"
                answered["x-amz-checksum-type"] = key.checksum_type or "FULL_OBJECT"
                answered[name] += f"-{key.checksum_parts}" if is_of_parts else ""
        return status, answered, body

    def upload_part_copy(self) -> TYPE_RESPONSE:
        """Answer UploadPartCopy."""
        source = self._source()
        conditions.check_source(self.headers, source)
        asked = self.headers.get("x-amz-copy-source-range")
        numbers.check_size(numbers.copied_size(asked, source.size))
        return super().upload_part_copy()

    def _key_response_post(
        self, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str
    ) -> TYPE_RESPONSE:
        there, upload = self._there(), query.get("uploadId")
        is_repeated = there is not None and there.multipart and [there.multipart.id] == upload
        if upload and not is_repeated:
            conditions.check_destination(self.headers, there)
        answer = super()._key_response_post(request, body, bucket_name, query, key_name)
        if "uploads" in query:
            answer[1].setdefault("x-amz-server-side-encryption", "AES256")
        return answer

    def _rename_object(self) -> TYPE_RESPONSE:
        """Answer RenameObject, which moto takes for a PutObject of nothing.

        AWS's samples name the source as `/key`, its own client as `key`.
        """
        if not self.bucket_name.endswith("--x-s3"):
            raise NotKnownError("RenameObject needs a directory bucket.")
        name = unquote(self.headers.get("x-amz-rename-source", "")).removeprefix("/")
        source = self._key(self.bucket_name, name, None)
        conditions.check_source(self.headers, source, conditions.RENAMED)
        conditions.check_destination(self.headers, self._there())
        if name != self.parse_key_name():
            self.backend.copy_object(source, self.bucket_name, self.parse_key_name())
            self.backend.delete_object(self.bucket_name, name)
        return 200, {}, ""

    def _answer_annotation(self, method: str) -> TYPE_RESPONSE:
        key = self._key(self.bucket_name, self.parse_key_name(), self._get_param("versionId"))
        object_annotations.check_object(self.headers, key)
        name = self._get_param("annotationName")
        if method == "GET" and name:
            found = object_annotations.get(key, name)
            return 200, {"ETag": found.etag, "content-type": "text/plain"}, found.payload
        if method == "DELETE" and name:
            object_annotations.of(key).pop(name, None)
            return 204, {}, ""
        if method == "PUT":
            etag = object_annotations.put(key, name, self.body or b"").etag
            result = {"Key": key.name, "AnnotationName": name, "ETag": etag}
        elif method == "GET":
            asked = {name: texts[0] for name, texts in self.querystring.items()}
            result = {
                "Bucket": self.bucket_name,
                "Key": key.name,
                **object_annotations.page(key, asked),
            }
        else:
            raise NotKnownError(f"{method} ?annotation is no operation of S3.")
        self.data["Action"] = "PutObjectAnnotation" if method == "PUT" else "ListObjectAnnotations"
        return self.serialized(ActionResult(result))

    def _changes_something(self) -> bool:
        is_replaced = self.headers.get("x-amz-metadata-directive") == "REPLACE"
        return is_replaced or any(name in self.headers for name in CHANGES)

    def _there(self) -> FakeKey | None:
        """Return the current object at the request's key."""
        return self.backend.get_object(self.bucket_name, self.parse_key_name())

    def _source(self) -> FakeKey:
        """Return the object that the copy is made of."""
        path, _, query = self.headers["x-amz-copy-source"].partition("?")
        bucket, _, key = unquote(path.removeprefix("/")).partition("/")
        return self._key(bucket, key, parse_qs(query).get("versionId", [None])[0])

    def _key(self, bucket: str, key: str, version: str | None) -> FakeKey:
        found = self.backend.get_object(bucket, key, version_id=version)
        if found is None:
            raise MissingVersion(key, version) if version else MissingKey(key)
        return found
