"""A request to S3, and what the table of actions asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One request to S3, and what S3 itself knows when it decides.

    Attributes:
        given: the parameters as boto3 gets them.
        is_missing: the object that is read does not exist.
        has_tags: it has tags.
        source_key: ARN of the KMS key of what is read (also by a HEAD); None: no such key.
        target_key: ARN of the KMS key of what is written; None: no such key.
        account: owner of directory buckets.
    """

    operation: str
    given: Mapping[str, Any]
    is_missing: bool = False
    has_tags: bool = False
    source_key: str | None = None
    target_key: str | None = None
    account: str = "111122223333"
    region: str = "us-east-1"
    read: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", self.given.get("CopySource", self.given))


def versioned(call: Call) -> bool:
    return "VersionId" in call.read


def current(call: Call) -> bool:
    return not versioned(call)


def has_tags(call: Call) -> bool:
    return call.has_tags


def copies_annotations(call: Call) -> bool:
    return call.given.get("AnnotationDirective") != "EXCLUDE"


def copies_tags(call: Call) -> bool:
    return call.has_tags and call.given.get("TaggingDirective") != "REPLACE"


def asks_checksum(call: Call) -> bool:
    return call.given.get("ChecksumMode") == "ENABLED" and call.source_key is not None


def all_of(*conditions: Callable[[Call], bool]) -> Callable[[Call], bool]:
    return lambda call: all(condition(call) for condition in conditions)


def has(name: str) -> Callable[[Call], bool]:
    return lambda call: bool(call.given.get(name))


def reads_with_key(call: Call) -> bool:
    return call.source_key is not None


def writes_with_key(call: Call) -> bool:
    return call.target_key is not None


def is_missing(call: Call) -> bool:
    return call.is_missing


def always(_call: Call) -> bool:
    return True
