"""S3's REST-XML for the requests of s3copy, driven by botocore's own model of S3.

`read` turns an HTTP request into an operation and its parameters, `write` an answer into a body.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from fakes3.sdk import service_model

# method, a name that must be in the query (or a header that must be sent) -> operation
ROUTES = (
    ("GET", "versioning", "GetBucketVersioning"),
    ("GET", "tagging", "GetObjectTagging"),
    ("PUT", "tagging", "PutObjectTagging"),
    ("GET", "attributes", "GetObjectAttributes"),
    ("GET", "annotationName", "GetObjectAnnotation"),
    ("GET", "annotation", "ListObjectAnnotations"),
    ("PUT", "annotationName", "PutObjectAnnotation"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("PUT", "partNumber", "UploadPartCopy"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("PUT", "x-amz-copy-source", "CopyObject"),
    ("HEAD", "", "HeadObject"),
    ("GET", "list-type", "ListObjectsV2"),
    ("DELETE", "", "DeleteObject"),
)


class UnknownRequest(Exception):
    """The fake does not speak this request."""


def read(
    method: str, target: str, headers: dict[str, str], body: bytes
) -> tuple[str, dict[str, Any]]:
    """Return the operation and the parameters as boto3 takes them (path-style addressing)."""
    split = urlsplit(target)
    query = {
        name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()
    }
    lower = {name.lower(): value for name, value in headers.items()}
    operation = _route(method, query.keys() | lower.keys(), target)
    bucket, _, key = unquote(split.path).removeprefix("/").partition("/")
    given: dict[str, Any] = {"Bucket": bucket} | ({"Key": key} if key else {})
    model = service_model().operation_model(operation)
    for name, shape in model.input_shape.members.items():
        given |= _member(name, shape, query, lower)
    if "CopySource" in given:
        given["CopySource"] = _copy_source(given["CopySource"])
    if operation == "CompleteMultipartUpload":
        given["MultipartUpload"] = {"Parts": _parts(body)}
    if operation == "PutObjectTagging":
        given["Tagging"] = {"TagSet": _tags(body)}
    if operation == "GetObjectAttributes":
        given["ObjectAttributes"] = lower["x-amz-object-attributes"].split(",")
    if operation == "PutObjectAnnotation":
        given["AnnotationPayload"] = body
    return operation, given


def _member(
    name: str, shape: Any, query: dict[str, str], headers: dict[str, str]
) -> dict[str, Any]:
    """Return one parameter from where the model says that it travels, if it was sent."""
    kind = shape.serialization.get("location")
    wire = shape.serialization.get("name", name)
    if kind == "header" and wire.lower() in headers:
        return {name: _typed(shape, headers[wire.lower()])}
    if kind == "querystring" and wire in query:
        return {name: _typed(shape, query[wire])}
    if kind == "headers":
        start = wire.lower()
        sent = [header for header in headers if header.startswith(start)]
        return {name: {header[len(start) :]: headers[header] for header in sent}}
    return {}


def _route(method: str, there: set[str], target: str) -> str:
    for wanted, name, operation in ROUTES:
        if method == wanted and (not name or name in there):
            return operation
    raise UnknownRequest(f"{method} {target}")


def _typed(shape: Any, text: str) -> Any:
    return int(text) if shape.type_name in {"integer", "long"} else text


def _copy_source(text: str) -> dict[str, str]:
    path, _, version_id = text.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    return {"Bucket": bucket, "Key": key} | ({"VersionId": version_id} if version_id else {})


def _tags(body: bytes) -> list[dict[str, Any]]:
    root = ET.fromstring(body)  # noqa: S314 - our own client wrote it
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    return [
        {name: tag.findtext(f"{space}{name}") or "" for name in ("Key", "Value")}
        for tag in root.iter(f"{space}Tag")
    ]


def _parts(body: bytes) -> list[dict[str, Any]]:
    root = ET.fromstring(body)  # noqa: S314 - our own client wrote it
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    return [
        {
            "PartNumber": int(part.findtext(f"{space}PartNumber") or 0),
            "ETag": part.findtext(f"{space}ETag"),
        }
        for part in root.iter(f"{space}Part")
    ]


def write(operation: str, answer: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a success."""
    shape = service_model().operation_model(operation).output_shape
    headers: dict[str, str] = {}
    inner = ""
    for name, value in answer.items():
        member = shape.members.get(name)
        if member is None:
            continue
        kind = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if kind == "header":
            headers[wire] = _text(value)
        elif kind == "headers":
            headers |= {wire + header: text for header, text in value.items()}
        elif shape.serialization.get("payload") == name:
            inner = "".join(_element(each, value[each], member) for each in value)
        else:
            inner += _element(name, value, shape)
    root = "CopyObjectResult" if "Copy" in operation else f"{operation}Result"
    return headers, f"<{root}>{inner}</{root}>".encode() if inner else b""


def _element(name: str, value: Any, parent: Any) -> str:
    shape = parent.members.get(name)
    wire = shape.serialization.get("name", name) if shape is not None else name
    if isinstance(value, list):
        flat = shape.serialization.get("flattened")
        item = wire if flat else shape.member.serialization.get("name", "member")
        inner = "".join(
            f"<{item}>{''.join(_element(k, v, shape.member) for k, v in each.items())}</{item}>"
            for each in value
        )
        return inner if flat else f"<{wire}>{inner}</{wire}>"
    if isinstance(value, dict):
        inner = "".join(_element(each, value[each], shape) for each in value)
        return f"<{wire}>{inner}</{wire}>"
    return f"<{wire}>{escape(_text(value))}</{wire}>"


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return str(value).lower() if isinstance(value, bool) else str(value)
