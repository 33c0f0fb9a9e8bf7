"""Reads a page of a listing, as S3 wrote it: keys stay URL-encoded, with %20 for +."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree as ET

from jobs.errors import Refused

ENCODED = b"<EncodingType>url</EncodingType>"
OBJECT = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
VERSION = re.compile(rb"<(Version|DeleteMarker)>.*?</\1>", re.DOTALL)
# An object as S3 writes it: all its members in their order. One look takes the place of a tree.
# S3 encodes the & of a key; another server may leave it to XML, which only the tree reads.
USUAL = re.compile(
    rb"<Contents><Key>([^<&]*)</Key><LastModified>([^<]*)</LastModified><ETag>[^<]*</ETag>"
    rb"(?:<Checksum(?:Algorithm|Type)>[^<]*</Checksum(?:Algorithm|Type)>)*<Size>(\d+)</Size>"
    rb"<StorageClass>([^<]*)</StorageClass></Contents>"
)
KEY = re.compile(rb"<Key>[^<]*</Key>")


class Listed(NamedTuple):
    """One object, or version of it."""

    key: str
    """URL-encoded, as a manifest has it."""
    size: int
    modified: str
    """ISO 8601, UTC."""
    storage_class: str
    version_id: str
    """Empty in a listing without versions; `null` for the null version."""


def parse(page: bytes, *, versions: bool) -> tuple[list[Listed], int]:
    """Return the objects of a page of XML, and how many delete markers it has.

    Raises:
        Refused: it is no page that can be understood.
    """
    if not versions and ENCODED in page:
        usual = USUAL.findall(page)
        if len(usual) == page.count(b"<Key>") == page.count(b"<Size>") and all(map(all, usual)):
            return [_usual(*each) for each in usual], 0
    return _by_tree(page, versions=versions)


def without_objects(page: bytes, *, versions: bool) -> bytes:
    """Return the page for botocore, which would parse again what `parse` reads: ten times slower.

    One that does not say that its keys are encoded stays as it is.
    """
    if ENCODED not in page:
        return page
    return (VERSION if versions else OBJECT).sub(b"", page)


def _usual(key: bytes, modified: bytes, size: bytes, storage_class: bytes) -> Listed:
    text = key.decode().replace("+", "%20")
    return Listed(text, int(size), modified.decode(), storage_class.decode(), "")


def _by_tree(page: bytes, *, versions: bool) -> tuple[list[Listed], int]:
    """Do what `parse` does for a page with versions, or that another server has written.

    One that does not say that it has encoded the keys has not: they are encoded here.
    """
    wanted = "Version" if versions else "Contents"
    listed, markers = [], 0
    # XML reads a CR that stands there as it is as LF: that would be another key
    whole = KEY.sub(lambda key: key[0].replace(b"\r", b"&#13;"), page)
    try:
        tree = ET.fromstring(whole)  # noqa: S314 - S3's own answer
    except ET.ParseError as error:
        raise Refused(f"S3 answered a listing that is no XML ({error}): try it again.") from None
    for element in tree:
        kind = element.tag.rpartition("}")[2]
        markers += kind == "DeleteMarker"
        if kind == wanted:
            found = {each.tag.rpartition("}")[2]: each.text or "" for each in element}
            if ENCODED not in page:
                found["Key"] = quote(found.get("Key", ""), safe="/")
            listed.append(_listed(found, versions=versions))
    return listed, markers


def _listed(found: dict[str, str], *, versions: bool) -> Listed:
    if not all(found.get(name) for name in ("Key", "Size", "LastModified")):
        raise Refused("S3 answered a listing without a key, a size or a date: try it again.")
    return Listed(
        found["Key"].replace("+", "%20"),
        int(found["Size"]),
        found["LastModified"],
        found.get("StorageClass") or "STANDARD",
        (found.get("VersionId") or "null") if versions else "",
    )
