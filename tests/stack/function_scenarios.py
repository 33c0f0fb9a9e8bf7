"""What the function does under its role: every way through the handler that asks something of S3.

A scenario says what is there before, which task is sent, and what the answer must be. It runs with
the real handler, the variables that the template gives the function, and the role's statements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from fakes3.store import in_parts, whole_checksum
from s3_actions import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes3 import Store


# What a directory bucket cannot hold.
DESCRIBED = {"tags": (("colour", "blue"),), "annotations": (("note", b"{}"),)}
Versioning = Literal["Enabled", "Suspended"] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """The buckets and the keys that a scenario is played with."""

    source: str
    target: str
    key: str
    new_key: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One task.

    Attributes:
        code: the result code that S3 Batch Operations must get.
        says: part of the result string.
        gib: size of the source in GiB; 0 means there is none.
        target_versioning: of the destination bucket.
        names_version: the task names the source's version.
        there: what is at the destination: nothing, a copy of the source, or another object.
        fails: the operation that S3 answers with 503, if any.
        operation: what the job asks for where the deployment allows more; None: what is deployed.
        overwrite: likewise, the policy towards objects in the way.
        missing: likewise, what a source that is not there counts as.
        cut: the source was uploaded in parts and has a checksum of theirs.
        long_tags: its tags do not fit into a header.
        in_directories: it also makes sense with directory buckets.
    """

    code: str
    says: str
    gib: int = 1
    versioning: Versioning = None
    target_versioning: Versioning = None
    names_version: bool = False
    there: Literal["nothing", "copy", "other"] = "nothing"
    fails: str = ""
    operation: Literal["copy", "rename"] | None = None
    overwrite: Literal["never", "always"] | None = None
    missing: Literal["skip"] | None = None
    cut: bool = False
    long_tags: bool = False
    in_directories: bool = False

    def fits(self, values: Mapping[str, str]) -> bool:
        """Return True when a deployment with these parameters lets a job ask for this."""
        return self.operation in {None, "copy", values["Operation"]} and self.overwrite in {
            None,
            "never",
            values["Overwrite"],
        }

    def asks(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the userArguments: what is not the deployment's own."""
        wanted = {
            "operation": self.operation,
            "overwrite": self.overwrite,
            "missing": self.missing,
        }
        deployed = {"operation": values["Operation"], "overwrite": values["Overwrite"]}
        return {
            name: value
            for name, value in wanted.items()
            if value is not None and value != deployed.get(name)
        }

    def seed(self, store: Store, setting: Setting, written_as: Mapping[str, str]) -> str | None:
        """Put the objects where the scenario wants them; return the version that a task names.

        `written_as` is what the deployment sets for its copies.
        """
        home = store.buckets[setting.source]
        home.versioning = "Enabled" if self.versioning else None
        if setting.target != setting.source:
            store.buckets[setting.target].versioning = self.target_versioning
        body = b"x" * self.gib

        def attributes(content: bytes) -> dict[str, Any]:
            # The checksum tells equal objects where ETags are opaque (KMS).
            checksum = {"checksum": whole_checksum(self._algorithm, content)}
            is_directory = setting.source.endswith(DIRECTORY)
            return checksum if is_directory else {**checksum, **self.described}

        version_id = None
        if body:
            cut = in_parts("CRC32", [body[:1], body[1:]]) if self.cut else {}
            etag = {"etag": store.etag(body, parts=2)} if self.cut else {}
            given = {**attributes(body), **cut, **etag}
            put = store.put_body(setting.source, setting.key, body, **given)
            version_id = put.version_id if self.names_version else None
        if self.there != "nothing":
            there = b"y" if self.there == "other" else body or b"x"
            store.now = 1.0  # a second later
            given = {**attributes(there), **written_as}
            store.put_body(setting.target, setting.new_key, there, **given)
        home.versioning = self.versioning
        return version_id

    @property
    def described(self) -> dict[str, Any]:
        """What the source is described with, and its copy."""
        tags = tuple((str(number), "x" * 256) for number in range(10))
        return DESCRIBED | ({"tags": tags} if self.long_tags else {})

    @property
    def _algorithm(self) -> str:
        return "CRC32" if self.cut else "CRC64NVME"


COPIED = Scenario("Succeeded", "Copied to", operation="copy")
RENAMED = Scenario("Succeeded", "Renamed to", operation="rename")
# What a second delivery of the same task meets.
ALREADY_THERE = Scenario(
    "Succeeded", "Already there", there="copy", operation="copy", overwrite="never"
)
STOPPED = Scenario(
    "Succeeded", "an identical copy was there", there="copy", operation="rename", overwrite="never"
)

SCENARIOS = {
    "a copy": replace(COPIED, in_directories=True),
    "a copy of a version": replace(COPIED, versioning="Enabled", names_version=True),
    "a copy above 5 GiB": replace(COPIED, gib=6),
    "a copy of a version above 5 GiB": replace(
        COPIED, gib=6, versioning="Enabled", names_version=True
    ),
    "a copy above 5 GiB into a versioned bucket": replace(
        COPIED, gib=6, target_versioning="Enabled"
    ),
    "a copy above 5 GiB that must not replace anything": replace(COPIED, gib=6, overwrite="never"),
    "a copy that is there already": ALREADY_THERE,
    "a copy of a version that is there already": replace(
        ALREADY_THERE, versioning="Enabled", names_version=True
    ),
    "a copy above 5 GiB that is there already": replace(ALREADY_THERE, gib=6),
    "a rename": replace(RENAMED, in_directories=True),
    "a rename of a version": replace(RENAMED, versioning="Enabled", names_version=True),
    "a rename of the current version": replace(RENAMED, versioning="Enabled"),
    "a rename above 5 GiB": replace(RENAMED, gib=6),
    "a rename of a version above 5 GiB": replace(
        RENAMED, gib=6, versioning="Enabled", names_version=True
    ),
    "a rename above 5 GiB into a versioned bucket": replace(
        RENAMED, gib=6, target_versioning="Enabled"
    ),
    "a rename that stopped after the copy": STOPPED,
    "a rename of a version that stopped after the copy": replace(
        STOPPED, versioning="Enabled", names_version=True
    ),
    "a rename above 5 GiB that stopped after the copy": replace(STOPPED, gib=6),
    "a rename that was done before": Scenario(
        "Succeeded", "Already renamed", gib=0, there="copy", operation="rename"
    ),
    "a rename under suspended versioning": Scenario(
        "PermanentFailure", "is suspended", versioning="Suspended", operation="rename"
    ),
    "no source": Scenario("PermanentFailure", "does not exist", gib=0, in_directories=True),
    "no source, which counts as done": Scenario(
        "Succeeded", "Skipped", gib=0, missing="skip", in_directories=True
    ),
    "another object in the way": Scenario(
        "PermanentFailure", "is not shown to be a copy", there="other", overwrite="never"
    ),
    "another object that is replaced": Scenario(
        "Succeeded", "d to s3://", there="other", overwrite="always"
    ),
    "another object that is replaced above 5 GiB": Scenario(
        "Succeeded", "d to s3://", gib=6, there="other", overwrite="always"
    ),
    "an upload that cannot be completed": Scenario(
        "TemporaryFailure", "try again", gib=6, fails="CompleteMultipartUpload"
    ),
    # The checksums of the parts show that the copy is the same: it has one of the whole.
    "a copy of an object in parts that is there already": replace(ALREADY_THERE, gib=3, cut=True),
    "a copy of a version in parts that is there already": replace(
        ALREADY_THERE, gib=3, cut=True, versioning="Enabled", names_version=True
    ),
    "a copy into a versioned bucket that is there already": replace(
        ALREADY_THERE, target_versioning="Enabled"
    ),
    "a copy above 5 GiB with long tags": replace(COPIED, gib=6, long_tags=True),
    "a copy above 5 GiB with long tags into a versioned bucket": replace(
        COPIED, gib=6, long_tags=True, versioning="Enabled", target_versioning="Enabled"
    ),
}
