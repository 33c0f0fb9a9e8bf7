"""The methods of a boto3 S3 client over a `Store`: conditions, limits and errors as documented.

Each method takes the parameters and returns the answer of the boto3 method of that name, or raises
botocore's ClientError. `around` is called with each request and decides whether and when it is
sent: this is where faults and other writers come in.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fakes3 import annotated, objects, uploads
from fakes3.sdk import service_model

if TYPE_CHECKING:
    from fakes3.store import Store

Around = Callable[[str, dict[str, Any], Callable[[], Any]], Any]
METHODS: dict[str, Callable[[Store, dict[str, Any]], dict[str, Any]]] = {
    act.__name__: act
    for act in (
        objects.head_object,
        objects.copy_object,
        objects.delete_object,
        objects.get_bucket_versioning,
        objects.list_objects_v2,
        objects.get_object_tagging,
        objects.put_object_tagging,
        objects.get_object_attributes,
        uploads.create_multipart_upload,
        uploads.upload_part_copy,
        uploads.complete_multipart_upload,
        uploads.abort_multipart_upload,
        annotated.list_object_annotations,
        annotated.get_object_annotation,
        annotated.put_object_annotation,
    )
}


class FakeClient:
    """Stands where a boto3 client stands; s3copy cannot tell them apart."""

    def __init__(self, store: Store, around: Around | None = None) -> None:
        self.store = store
        self.around: Around = around or (lambda _operation, _parameters, send: send())
        self.meta = SimpleNamespace(
            service_model=service_model(),
            endpoint_url="https://s3.us-east-1.amazonaws.com",
            events=Events(),
        )

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = "".join(word.capitalize() for word in method.split("_"))
        if method not in METHODS:
            raise AttributeError(method)
        act = METHODS[method]
        return lambda **given: self.around(
            operation, given, lambda: act(self.store, self._sent(operation, given))
        )

    def _sent(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        events: Events = self.meta.events
        return events.applied(operation, resolved(self.store, given))


class Events:
    """Lets handlers of `before-call` set the header Expires, which boto3 takes only as a date."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., None]] = {}

    def register(self, event: str, handler: Callable[..., None], unique_id: str) -> None:
        del unique_id
        self.handlers[event] = handler

    def applied(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        handler = self.handlers.get(f"before-call.s3.{operation}")
        if handler is None:
            return given
        params: dict[str, Any] = {"headers": {}}
        handler(params=params)
        headers: dict[str, Any] = params["headers"]
        return given | headers


def resolved(store: Store, given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with the buckets behind ARNs and access point aliases."""
    named = given | {"Bucket": real_name(store, given["Bucket"])}
    if "CopySource" in given:
        source = given["CopySource"]
        named["CopySource"] = source | {"Bucket": real_name(store, source["Bucket"])}
    return named


def real_name(store: Store, bucket: str) -> str:
    name = bucket.rsplit(":", 1)[-1].removesuffix("-s3alias").removesuffix("--ol-s3")
    return name if name in store.buckets else bucket
