"""The values that every step shares, and the two ways in which a copy can fail.

The message of an error is one sentence, for the report.

Exception
├── RefusedError    final: the same request would fail again
└── TryAgainError   a later delivery can succeed
    └── deadline.TooLateError   a request was not sent, as it could not end in time
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.client import S3Client

    from s3copy.deadline import Deadline

GIB = 1024**3
COPY_LIMIT = 5 * GIB  # bytes: the largest object that one CopyObject takes (S3 API, CopyObject)
NO_OBJECT = frozenset({"404", "NoSuchKey", "NoSuchVersion"})  # codes: a HEAD has only its status
DIRECTORY = "--x-s3"  # how the name of every directory bucket (S3 Express One Zone) ends


class RefusedError(Exception):
    """Final: the same request would fail again."""

    retryable: ClassVar[bool] = False


class TryAgainError(Exception):
    """A later delivery can succeed."""

    retryable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Source:
    """The object to copy; `version_id` None means whatever is current, "null" the null version."""

    bucket: str
    key: str
    version_id: str | None = None

    def __str__(self) -> str:
        """Return it as people write it, the version behind it."""
        version = f" (version {self.version_id})" if self.version_id else ""
        return f"s3://{self.bucket}/{self.key}{version}"


@dataclass(frozen=True, slots=True)
class Target:
    """The name that the copy gets."""

    bucket: str
    key: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Options:
    """How a deployment copies; every default is the safe choice.

    Each field is a setting of the same name: `settings.Settings` says what it means.
    """

    overwrite: Literal["never", "always"] = "never"
    missing: Literal["fail", "skip"] = "fail"
    head_first: bool = False
    kms_key_arn: str | None = None
    storage_class: str | None = None
    source_owner: str | None = None
    destination_owner: str | None = None
    multipart_threshold: int = COPY_LIMIT
    part_size: int | None = None
    parts_in_flight: int | None = None
    requester_pays: bool = False
    annotations: Literal["copy", "exclude"] = "copy"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One object on its way: what every step needs; `deletes` is True for a rename."""

    s3: S3Client
    source: Source
    target: Target
    options: Options
    deadline: Deadline
    deletes: bool

    def in_parts(self, head: Mapping[str, Any]) -> bool:
        """Return True when the object of this HEAD is copied by a multipart upload."""
        limit = min(self.options.multipart_threshold, COPY_LIMIT)
        return bool(head["ContentLength"] > limit)

    @property
    def from_directory(self) -> bool:
        """True when the source is in a directory bucket: it has no versions, tags, annotations."""
        return self.source.bucket.endswith(DIRECTORY)

    @property
    def into_directory(self) -> bool:
        """True when the copy goes into a directory bucket."""
        return self.target.bucket.endswith(DIRECTORY)

    @property
    def by_directory(self) -> bool:
        """True when the source or the copy is in a directory bucket."""
        return self.from_directory or self.into_directory

    @property
    def never(self) -> bool:
        """True when an object that is already there must stay as it is."""
        return self.options.overwrite == "never"
