"""REST-XML of the s3control job API, read and written by walking botocore's own service model.

Knows shapes, not operations: nothing here names a member of a request. Values are those of boto3:
str, int, bool, aware datetime, list, dict. Limits are the business of `operations.check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs
from xml.etree.ElementTree import Element, SubElement

from botocore.model import ListShape, MapShape, StructureShape
from botocore.utils import parse_timestamp

from jobs.local.api import safe_xml
from jobs.local.api.safe_xml import MalformedError

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from jobs.local.api.request import Request


def read(
    operation: OperationModel, labels: Mapping[str, str], request: Request
) -> dict[str, object]:
    """Return the parameters of a request, as boto3 takes them; `labels` are those of its path.

    Raises MalformedError: not XML, an unknown or repeated member, a bad scalar.
    """
    asked = parse_qs(request.query, keep_blank_values=True)
    headers = {name.lower(): text for name, text in request.headers.items()}
    shape = cast("StructureShape", operation.input_shape)
    values: dict[str, object] = {}
    has_body = False
    for name, member in shape.members.items():
        match member.serialization.get("location"):
            case "uri":
                values[name] = labels[_wire_name(member, name)]
            case "header" if (text := headers.get(_wire_name(member, name).lower())) is not None:
                values[name] = _scalar(member, text, name)
            case "querystring" if (texts := asked.get(_wire_name(member, name))) is not None:
                values[name] = _from_query(member, texts, name)
            case None:
                has_body = True
    return values | _body(shape, request.body) if has_body else values


def write(operation: OperationModel, answer: Mapping[str, object]) -> bytes:
    """Return the body that answers an operation; `answer` is shaped as boto3 gives it.

    A member that the model does not have is a KeyError: the answer is ours, so that is a bug.
    """
    shape = cast("StructureShape", operation.output_shape)
    root = Element(shape.name)
    _write_members(root, shape, answer)
    return safe_xml.dump(root)


def _wire_name(shape: Shape, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _from_query(shape: Shape, texts: list[str], name: str) -> object:
    if isinstance(shape, ListShape):
        return [_scalar(shape.member, text, name) for text in texts]
    if len(texts) > 1:
        raise MalformedError(f"{name}: {len(texts)} times in the query, give it once.")
    return _scalar(shape, texts[0], name)


def _body(shape: StructureShape, body: bytes) -> dict[str, object]:
    expected = _wire_name(shape, shape.name)
    if not body.strip():
        raise MalformedError(f"The body is empty: send a {expected} document.")
    root = safe_xml.parse(body)
    if root.tag != expected:
        raise MalformedError(f"The body is a {root.tag!r} document: send a {expected}.")
    return _members(root, shape, "")


def _members(node: Element, shape: StructureShape, path: str) -> dict[str, object]:
    """Return the members of a structure that the body holds, by their names in the model."""
    known = {
        _wire_name(member, name): (name, member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }
    values: dict[str, object] = {}
    for child in _children(node, known, path or shape.name):
        name, member = known[child.tag]
        where = f"{path}.{name}" if path else name
        if name in values:
            raise MalformedError(f"{where}: given twice, give it once.")
        values[name] = _value(child, member, where)
    return values


def _value(node: Element, shape: Shape, path: str) -> object:
    match shape:
        case StructureShape():
            return _members(node, shape, path)
        case ListShape():
            items = _children(node, {_wire_name(shape.member, "member")}, path)
            return [_value(item, shape.member, f"{path}[{at}]") for at, item in enumerate(items)]
        case MapShape():
            return _map(node, shape, path)
    _children(node, (), path)
    return _scalar(shape, node.text or "", path)


def _map(node: Element, shape: MapShape, path: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for entry in _children(node, {"entry"}, path):
        pair = {child.tag: child for child in _children(entry, {"key", "value"}, path)}
        if len(pair) != len(entry) or len(pair) != len(("key", "value")):
            raise MalformedError(f"{path}: an entry needs one <key> and one <value>.")
        key = str(_value(pair["key"], shape.key, path))
        if key in values:
            raise MalformedError(f"{path}: key {key!r} is given twice, give it once.")
        values[key] = _value(pair["value"], shape.value, f"{path}.{key}")
    return values


def _children(node: Element, names: Iterable[str], path: str) -> list[Element]:
    """Return the elements inside `node`, refusing any whose name is not one of `names`."""
    for child in node:
        if child.tag not in names:
            known = ", ".join(sorted(names)) or "text only"
            raise MalformedError(f"{path}: unknown member {child.tag!r}, it takes {known}.")
    return list(node)


def _scalar(shape: Shape, text: str, path: str) -> object:
    try:
        return SCALARS[shape.type_name](text)
    except (KeyError, ValueError, OverflowError) as error:
        raise MalformedError(f"{path}: {text[:80]!r} is no {shape.type_name}.") from error


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text.strip(), re.ASCII):  # int() knows more forms
        raise ValueError(text)
    return int(text)


def _timestamp(text: str) -> datetime:
    """Return the moment in UTC. Raises ValueError or OverflowError: none that a datetime holds."""
    try:
        when = parse_timestamp(text.strip())
    except RuntimeError as error:  # what botocore makes of 1e400
        raise ValueError(text) from error
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


SCALARS: Mapping[str, Callable[[str], object]] = {
    "string": str,
    "integer": _integer,
    "long": _integer,
    "boolean": lambda text: {"true": True, "false": False}[text.strip()],
    "timestamp": _timestamp,
}


def _write_members(node: Element, shape: StructureShape, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        member = shape.members[name]
        if value is not None:
            _write(SubElement(node, _wire_name(member, name)), member, value)


def _write(node: Element, shape: Shape, value: object) -> None:
    match shape, value:
        case StructureShape(), Mapping():
            _write_members(node, shape, value)
        case ListShape(), list() | tuple():
            for item in value:
                _write(SubElement(node, _wire_name(shape.member, "member")), shape.member, item)
        case MapShape(), Mapping():
            for key, item in value.items():
                entry = SubElement(node, "entry")
                _write(SubElement(entry, "key"), shape.key, key)
                _write(SubElement(entry, "value"), shape.value, item)
        case _:
            node.text = _text(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            stamp = value.astimezone(UTC).isoformat(timespec="milliseconds")
            return stamp.removesuffix("+00:00") + "Z"
        case _:
            return safe_xml.text(str(value))
