"""Lists a bucket with boto3's own client, many prefixes at once, without touching its keys.

S3 is asked for URL-encoded keys, and each page is taken from botocore's `before-parse` event,
before botocore would decode them: a key goes into the manifest as S3 wrote it, with %20 for its +.
Signing, retries, Regions and paging stay botocore's.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from jobs.aws import listed_page
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.aws.listed_page import Listed

DELIMITER = "/"
PARALLEL = 16
# Our choice, both: levels of prefixes that are looked for, and prefixes of one of them.
MOST_LEVELS, MOST_PREFIXES = 6, 500


class Lister:
    """Lists one bucket; a class for what the pages of all threads share."""

    def __init__(
        self,
        s3: S3Client,
        bucket: str,
        *,
        versions: bool,
        start_after: str = "",
        parallel: int = PARALLEL,
    ) -> None:
        """Hook into the client's events."""
        self._s3, self.bucket, self.versions = s3, bucket, versions
        self._start_after, self.parallel = start_after, parallel
        self._body = threading.local()
        self._lock = threading.Lock()
        self.delete_markers = 0
        """Met so far."""
        operation = "ListObjectVersions" if versions else "ListObjectsV2"
        s3.meta.events.register(f"before-parse.s3.{operation}", self._keep)

    def _keep(self, response_dict: dict[str, Any], **_: object) -> None:
        if not getattr(self._body, "is_asked", False):  # of another Lister of this client
            return
        page = self._body.page = response_dict["body"]
        response_dict["body"] = listed_page.without_objects(page, versions=self.versions)

    def all(self, prefix: str) -> Iterator[list[Listed]]:
        """Yield pages of the objects under `prefix`, from many prefixes at once.

        The order is that of the prefixes' answers, not of the keys.
        """
        with ThreadPoolExecutor(self.parallel) as pool:
            below: list[str] = []
            yield from self._split(prefix, below)
            waiting = {
                pool.submit(self._page, each, None): each
                for each in below
                if each > self._start_after or self._start_after.startswith(each)
            }
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    each = waiting.pop(future)
                    page, following = future.result()
                    if following:
                        waiting[pool.submit(self._page, each, following)] = each
                    yield page

    def _split(self, prefix: str, below: list[str]) -> Iterator[list[Listed]]:
        """Yield the objects beside the prefixes, level by level; add the prefixes to `below`."""
        level = [prefix]
        for _ in range(MOST_LEVELS):
            if self.parallel == 1 or len(level) + len(below) >= self.parallel:
                break
            deeper: list[str] = []
            for each in level:
                yield from self._level(each, deeper, below)
            level = deeper
        below += level

    def _level(self, prefix: str, deeper: list[str], below: list[str]) -> Iterator[list[Listed]]:
        """Yield the objects of one level, add the prefixes of the next to `deeper`.

        Where a page is full of prefixes, as in a bucket with one for each user, each would cost a
        request: such a prefix is added to `below`, to be listed in one go.
        """
        following: dict[str, str] | None = {}
        while following is not None:
            is_first = not following
            answer = self._ask(prefix, following, Delimiter=DELIMITER)
            prefixes = answer.get("CommonPrefixes", [])
            found = [_decoded(answer, each["Prefix"]) for each in prefixes]
            following = self._following(answer)
            if is_first and following and len(found) > MOST_PREFIXES:
                below.append(prefix)
                return
            deeper += found
            page = self._parse()
            yield [each for each in page if unquote_plus(each.key) > self._start_after]

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
        # not with a delimiter: S3 does not say whether it leaves out a prefix before the marker
        is_within = self._start_after.startswith(prefix) and self._start_after
        if is_within and not following and not more:
            asked["KeyMarker" if self.versions else "StartAfter"] = self._start_after
        call = self._s3.list_object_versions if self.versions else self._s3.list_objects_v2
        self._body.is_asked = True
        try:
            answer: dict[str, Any] = call(**asked)  # type: ignore[assignment]
        finally:
            self._body.is_asked = False
        return answer

    def _following(self, answer: dict[str, Any]) -> dict[str, str] | None:
        if not answer.get("IsTruncated"):
            return None
        if self.versions:
            version = answer.get("NextVersionIdMarker")  # none after a prefix
            key = {"KeyMarker": _decoded(answer, answer["NextKeyMarker"])}
            return key | ({"VersionIdMarker": version} if version else {})
        return {"ContinuationToken": answer["NextContinuationToken"]}

    def _parse(self) -> list[Listed]:
        if self._body.page is None:
            raise Refused("botocore gave no page before it was parsed: use boto3 1.40 or newer.")
        found, markers = listed_page.parse(self._body.page, versions=self.versions)
        with self._lock:
            self.delete_markers += markers
        return found


def _decoded(answer: Mapping[str, Any], text: str) -> str:
    """Return a prefix or marker of an answer, which says whether the server has encoded it."""
    return unquote_plus(text) if answer.get("EncodingType") == "url" else text
