"""Lists a bucket with boto3's own client, many prefixes at once, without touching its keys.

S3 is asked for URL-encoded keys, and each page is taken from botocore's `before-parse` event,
before botocore would decode them: a key goes into the manifest as S3 wrote it, with %20 for its +.
Signing, retries, Regions and paging stay botocore's.
"""

from __future__ import annotations

import re
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

DELIMITER = "/"
MOST_LEVELS = 6  # of prefixes that are looked for: our choice
OBJECT = re.compile(rb"<Contents>(.*?)</Contents>", re.DOTALL)
VERSION = re.compile(rb"<(Version|DeleteMarker)>(.*?)</\1>", re.DOTALL)
MEMBER = {
    name: re.compile(rb"<%s>([^<]*)</%s>" % (name.encode(), name.encode()))
    for name in ("Key", "Size", "LastModified", "StorageClass", "VersionId")
}


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


@dataclass(slots=True)
class Counts:
    """What a listing met besides the objects."""

    delete_markers: int = 0
    pages: int = 0


class Lister:
    """Lists one bucket; a class for what the pages of all threads share."""

    def __init__(self, s3: S3Client, bucket: str, *, versions: bool, start_after: str = "") -> None:
        """Hook into the client's events."""
        self._s3, self.bucket, self.versions = s3, bucket, versions
        self._start_after = start_after
        self._body = threading.local()
        self.counts = Counts()
        operation = "ListObjectVersions" if versions else "ListObjectsV2"
        s3.meta.events.register(f"before-parse.s3.{operation}", self._keep)

    def _keep(self, response_dict: dict[str, Any], **_: object) -> None:
        self._body.page = response_dict["body"]

    def all(self, prefix: str, parallel: int) -> Iterator[list[Listed]]:
        """Yield pages of the objects under `prefix`, from `parallel` prefixes at once.

        The order is that of the prefixes' answers, not of the keys.
        """
        with ThreadPoolExecutor(parallel) as pool:
            first, prefixes = self._split(prefix, parallel)
            yield from first
            waiting = {pool.submit(self._page, each, None): each for each in prefixes}
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield self._next(pool, waiting, future)

    def _next(
        self,
        pool: ThreadPoolExecutor,
        waiting: dict[Future[tuple[list[Listed], dict[str, str] | None]], str],
        future: Future[tuple[list[Listed], dict[str, str] | None]],
    ) -> list[Listed]:
        prefix = waiting.pop(future)
        page, following = future.result()
        if following:
            waiting[pool.submit(self._page, prefix, following)] = prefix
        return page

    def _split(self, prefix: str, parallel: int) -> tuple[list[list[Listed]], list[str]]:
        """Return the objects beside the prefixes, and the prefixes, level by level."""
        found, prefixes = list[list[Listed]](), [prefix]
        for _ in range(MOST_LEVELS):
            if parallel == 1 or len(prefixes) >= parallel:
                break
            deeper: list[str] = []
            for each in prefixes:
                pages, below = self._level(each)
                found += pages
                deeper += below
            prefixes = deeper
            if not prefixes:
                break
        return found, prefixes

    def _level(self, prefix: str) -> tuple[list[list[Listed]], list[str]]:
        pages, below = [], []
        following: dict[str, str] | None = {}
        while following is not None:
            answer = self._ask(prefix, following, Delimiter=DELIMITER)
            pages.append(self._parse())
            below += [unquote_plus(each["Prefix"]) for each in answer.get("CommonPrefixes", [])]
            following = self._following(answer)
        return pages, below

    def _page(
        self, prefix: str, following: dict[str, str] | None
    ) -> tuple[list[Listed], dict[str, str] | None]:
        answer = self._ask(prefix, following or {})
        return self._parse(), self._following(answer)

    def _ask(self, prefix: str, following: dict[str, str], **more: str) -> dict[str, Any]:
        self._body.page = None
        asked: dict[str, Any] = {"Bucket": self.bucket, "EncodingType": "url", **following, **more}
        if prefix:
            asked["Prefix"] = prefix
        if self._start_after and not following:
            asked["KeyMarker" if self.versions else "StartAfter"] = self._start_after
        call = self._s3.list_object_versions if self.versions else self._s3.list_objects_v2
        answer: dict[str, Any] = call(**asked)  # type: ignore[assignment]
        self.counts.pages += 1
        return answer

    def _following(self, answer: dict[str, Any]) -> dict[str, str] | None:
        if not answer.get("IsTruncated"):
            return None
        if self.versions:
            return {
                "KeyMarker": unquote_plus(answer["NextKeyMarker"]),
                "VersionIdMarker": answer["NextVersionIdMarker"],
            }
        return {"ContinuationToken": answer["NextContinuationToken"]}

    def _parse(self) -> list[Listed]:
        if self._body.page is None:
            raise Refused("botocore gave no page before it was parsed: use boto3 1.40 or newer.")
        found, markers = parse(self._body.page, versions=self.versions)
        self.counts.delete_markers += markers
        return found


def parse(page: bytes, *, versions: bool) -> tuple[list[Listed], int]:
    """Return the objects of a page of XML, and how many delete markers it has.

    Raises:
        Refused: it is no page that can be understood.
    """
    blocks = OBJECT.findall(page) if not versions else []
    if versions:
        blocks = [block for kind, block in VERSION.findall(page) if kind == b"Version"]
    markers = page.count(b"<DeleteMarker>")
    if (page.count(b"<Key>"), page.count(b"<Size>")) != (len(blocks) + markers, len(blocks)):
        return _by_tree(page, versions=versions), markers
    return [_listed(block, versions=versions) for block in blocks], markers


def _listed(block: bytes, *, versions: bool) -> Listed:
    found = {}
    for name, pattern in MEMBER.items():
        match = pattern.search(block)
        found[name] = match[1].decode() if match else ""
    return _as_listed(found, versions=versions)


def _by_tree(page: bytes, *, versions: bool) -> list[Listed]:
    """Return the objects of a page that another server may write in another way."""
    wanted = "Version" if versions else "Contents"
    listed = []
    for element in ET.fromstring(page):  # noqa: S314 - S3's own answer
        if element.tag.rpartition("}")[2] == wanted:
            found = {each.tag.rpartition("}")[2]: each.text or "" for each in element}
            listed.append(_as_listed(found, versions=versions))
    return listed


def _as_listed(found: dict[str, str], *, versions: bool) -> Listed:
    if not all(found.get(name) for name in ("Key", "Size", "LastModified")):
        raise Refused("S3 answered a listing without a key, a size or a date: try it again.")
    return Listed(
        found["Key"].replace("+", "%20"),
        int(found["Size"]),
        found["LastModified"],
        found.get("StorageClass") or "STANDARD",
        (found.get("VersionId") or "null") if versions else "",
    )
