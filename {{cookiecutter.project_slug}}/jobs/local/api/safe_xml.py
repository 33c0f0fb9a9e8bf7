"""XML without surprises: read without document types, written without what XML cannot carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn
from xml.etree.ElementTree import TreeBuilder, tostring
from xml.parsers import expat

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


class MalformedError(ValueError):
    """The request is not what the model says. The message is one sentence that names the field."""


def parse(body: bytes) -> Element:
    """Return the root of an XML document, its names without namespaces; attributes are dropped.

    A document type is refused where it starts, so no entity is ever declared, let alone expanded.
    Raises MalformedError.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, _attributes: builder.start(_local(tag), {})
    parser.EndElementHandler = lambda tag: builder.end(_local(tag))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes isfinal by position only
    except MalformedError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise MalformedError(f"The body is not well-formed XML: {error}.") from error
    return builder.close()


def dump(root: Element) -> bytes:
    """Return the document, UTF-8. Text must have gone through `text`."""
    body: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return body.replace(b"\r", b"&#13;")  # a reader takes a bare CR for a LF


def text(value: str) -> str:
    """Return the value with what XML cannot carry replaced by U+FFFD."""
    return NOT_IN_XML.sub("\ufffd", value)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse_document_type(*_: object) -> NoReturn:
    raise MalformedError("The body has a document type (<!DOCTYPE ...>): send it without one.")
