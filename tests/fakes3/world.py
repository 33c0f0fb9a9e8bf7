"""Runs one schedule against the fake and watches it: what may never happen, at every instant.

- A delete takes only content that is at the destination by our own copy (or was, until another
  program took it away), no version but the current one, and never names a version.
- Under `never` nothing that another program wrote is replaced. Nothing else in the buckets changes.
- No request begins after the time is up, but the abort of an upload.
- After a delivery no upload is open, unless the process was killed or the answer naming it lost.
- A rename that succeeded leaves exactly the new name; a copy carries everything its source has.
- Redrives end: in success, or in a refusal that has a reason.
"""

from __future__ import annotations

import sys
import threading
import time
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from fakes3.client import FakeClient, error
from fakes3.store import GIB, Bucket, Store, Version, whole_checksum

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes3.schedules import Case, Schedule

SOURCE = ("source-bucket", "in/a b")
TARGET = ("target-bucket", "out/a b")
BODY = b"first6"
SECONDS = 900.0
OWNER = "111122223333"
STRANGER = "999999999999"
DELIVERIES = 6
CLOCKED = ("values", "transfer", "guard", "parts")  # the modules that read the time
WRITES = {"CopyObject", "CompleteMultipartUpload"}
CONDITIONS = {"IfMatch", "IfNoneMatch", "CopySourceIfMatch"}
CODES = {"503": "SlowDown", "500": "InternalError", "409": "ConditionalRequestConflict"}
VERSIONING = {"off": None, "on": "Enabled"}


class Killed(BaseException):
    """The process ended here: nothing of it runs on."""


class World:
    """One schedule: the store, its faults and writer, and the problems that were seen."""

    def __init__(self, s3copy: ModuleType, schedule: Schedule) -> None:
        self.s3copy = s3copy
        self.case: Case = schedule.case
        self.faults = dict(schedule.faults)
        self.writers = dict(schedule.writers)
        self.problems: list[str] = []
        self.requests = 0
        self.now = 0.0
        self.dead = False
        self.excused_upload = False
        self.lock = threading.RLock()
        self.aborted: set[str] = set()
        self.outcomes: list[str] = []
        self.target_deleted = False
        self.ours: list[Version] = []
        self.taken_away: set[bytes] = set()
        self.source_is_newer = False
        self.writer_acted = False
        self.store, self.named_version, self.original = seed(self.case)
        self.source_bodies = {one.body for one in self.store.buckets[SOURCE[0]].keys[SOURCE[1]]}
        self.bystanders = self._others()
        self.client = FakeClient(self.store, self.around)

    # -- one request -------------------------------------------------------------------------

    def around(self, operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        if operation == "UploadPartCopy" and given["PartNumber"] == 1:
            time.sleep(0.0005)  # the first part is the slowest: others end or fail before it
        with self.lock:
            if self.dead:
                raise Killed
            self.requests += 1
            if self.requests in self.writers:
                self.act(self.writers[self.requests])
            if operation == "UploadPartCopy" and given["UploadId"] in self.aborted:
                self.problems.append("a part was sent after the abort")
            if operation == "AbortMultipartUpload":
                self.aborted.add(given["UploadId"])
            if self.now > SECONDS and operation != "AbortMultipartUpload":
                self.problems.append(f"{operation} was sent after the deadline")
            fault = self.faults.get(self.requests)
            self._fail_before(fault, operation, given)
            answer = self.effect(operation, given, send)
            if fault == "sent twice":
                self.excused_upload |= operation == "CreateMultipartUpload"
                answer = self.effect(operation, given, send)
            self._fail_after(fault, operation)
            return answer

    def _fail_before(self, fault: str | None, operation: str, given: dict[str, Any]) -> None:
        if fault in {"killed before", "killed after"}:
            self.excused_upload = True
        if operation == "AbortMultipartUpload" and fault:
            self.excused_upload = True
        if fault == "killed before":
            self.dead = True
            raise Killed
        if fault == "timeout before":
            raise ReadTimeoutError(endpoint_url="https://fake")
        if fault == "412" and CONDITIONS & given.keys():
            raise error(operation, 412, "PreconditionFailed")
        if fault in CODES:
            raise error(operation, int(fault), CODES[fault])

    def _fail_after(self, fault: str | None, operation: str) -> None:
        lost = fault in {"timeout after", "500 after"}
        self.excused_upload |= lost and operation == "CreateMultipartUpload"
        if fault == "slow":
            self.now += SECONDS
        if fault == "killed after":
            self.dead = True
            raise Killed
        if fault == "timeout after":
            raise ReadTimeoutError(endpoint_url="https://fake")
        if fault == "500 after":
            raise error(operation, 500, "InternalError")

    def effect(self, operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        """Let the request happen and judge what it did."""
        deleted, replaced = self.store.current(*SOURCE), self.store.current(*TARGET)
        versions = list(self.store.buckets[SOURCE[0]].keys.get(SOURCE[1], []))
        answer = send()
        if operation == "DeleteObject":
            self._judge_delete(given, deleted, versions)
        if operation in WRITES:
            self._judge_write(replaced)
        if operation == "PutObjectAnnotation":
            self._judge_annotation(replaced)
        bucket = self.store.buckets.get(given["Bucket"])
        if bucket and bucket.owner != OWNER:
            self.problems.append(f"{operation} went into another account's bucket")
        if self._others() != self.bystanders:
            self.problems.append(f"{operation} changed another object")
        return answer

    def _judge_delete(
        self, given: dict[str, Any], deleted: Version | None, versions: list[Version]
    ) -> None:
        if "VersionId" in given:
            self.problems.append("a delete named a version")
        left = self.store.buckets[SOURCE[0]].keys.get(SOURCE[1], [])
        if any(one not in left and one != deleted and not one.is_marker for one in versions):
            self.problems.append("a delete destroyed a version that was not the current one")
        if deleted is None:
            return
        self.source_is_newer = False
        there = self.store.current(*TARGET)
        if not (there and there.body == deleted.body) and deleted.body not in self.taken_away:
            self.problems.append(f"a delete lost the content {deleted.body!r}")
        elif deleted.body in self.taken_away or there is None or there in self.ours:
            return
        elif carried(there) != carried(deleted):
            self.problems.append("a delete lost the metadata: only another's object is left")

    def _judge_write(self, replaced: Version | None) -> None:
        written = self.store.current(*TARGET)
        mine = replaced is None or any(replaced is one for one in self.ours)
        # S3 has no condition on metadata: the same bytes cannot be told from our own copy.
        same = replaced and written and replaced.etag == written.etag
        if self.case.overwrite == "never" and not mine and not same:
            self.problems.append("a copy replaced another program's object")
        if written:
            self.ours.append(written)
            if written.body not in self.source_bodies:
                self.problems.append(f"a copy is a mixture: {written.body!r}")

    def _judge_annotation(self, before: Version | None) -> None:
        after = self.store.current(*TARGET)
        if after is before or before is None or after is None:
            return
        if before.etag not in {one.etag for one in self.ours}:
            self.problems.append("another program's object was annotated")
        self.ours.append(after)

    def _others(self) -> list[tuple[str, list[Version]]]:
        return [
            (key, list(versions))
            for bucket in self.store.buckets.values()
            for key, versions in bucket.keys.items()
            if (bucket.name, key) not in {SOURCE, TARGET}
        ]

    # -- the other program -------------------------------------------------------------------

    def act(self, what: str) -> None:
        """Do what another program does just before this request."""
        self.writer_acted = True
        there = self.store.current(*TARGET)
        if what.startswith("destination") and there:
            self.taken_away.add(there.body)
        if what.startswith("destination"):
            self._act_on_target(what)
        else:
            self._act_on_source(what)

    def _act_on_target(self, what: str) -> None:
        bucket, original = self.store.buckets[TARGET[0]], self.original
        alike: dict[str, Any] = {
            "headers": original.headers,
            "metadata": original.metadata,
            "tags": original.tags,
            "annotations": original.annotations,
        }
        if what == "destination written":
            self.store.put_body(*TARGET, b"foreign", metadata=(("whose", "another's"),))
        elif what == "destination written alike":
            self.store.put_body(*TARGET, b"alike!"[: len(original.body)] or b"x", **alike)
        elif what == "destination written with a colliding checksum":
            self.store.put_body(*TARGET, b"longer body", checksum=original.checksum, **alike)
        elif what == "destination written with the same bytes":
            values: dict[str, Any] = {"etag": original.etag, "checksum": original.checksum}
            self.store.put_body(*TARGET, original.body, **values)
        elif what == "destination bucket handed over":
            bucket.owner = STRANGER
            self.excused_upload = True  # nobody but the new owner can abort there
        else:
            self.target_deleted = True
            self.store.delete(*TARGET)

    def _act_on_source(self, what: str) -> None:
        bucket, body = self.store.buckets[SOURCE[0]], self.original.body
        self.source_bodies.add(b"second")
        if what == "source bucket handed over":
            bucket.owner = STRANGER
        elif what == "source version removed":
            versions = bucket.keys.get(SOURCE[1], [])
            if len(versions) > 1 and not versions[-1].is_marker:
                versions.pop()
        elif what == "source deleted":
            self.store.delete(*SOURCE)
        elif what == "source rewritten with other metadata":
            self.store.put_body(*SOURCE, body, metadata=(("new", "1"),))
        elif what == "source overwritten":
            self.store.put_body(*SOURCE, b"second")
        elif what == "source put back":
            values: dict[str, Any] = {}
            if self.case.etag != "kms":  # the same bytes in the same parts: the same ETag
                values["etag"] = self.original.etag
            self.store.put_body(*SOURCE, body, checksum=self.original.checksum, **values)
        else:
            self.store.put_body(*SOURCE, b"second")
            self.store.put_body(*SOURCE, body, metadata=(("new", "1"),))
        self.source_is_newer |= what.startswith(("source over", "source re", "source put"))

    # -- deliveries --------------------------------------------------------------------------

    def deliver(self) -> tuple[str, str]:
        """Run the task once; return (succeeded, refused, again or killed, the sentence)."""
        self.dead, self.now = False, 0.0
        self.excused_upload = self.store.buckets[TARGET[0]].owner != OWNER
        run = self.s3copy.rename if self.case.operation == "rename" else self.s3copy.copy
        source = self.s3copy.Source(*SOURCE, self.named_version)
        target = self.s3copy.Target(*TARGET)
        try:
            result = ("succeeded", run(self.client, source, target, self.options(), SECONDS))
        except self.s3copy.RefusedError as failure:
            result = ("refused", str(failure))
        except (self.s3copy.TryAgainError, BotoCoreError) as failure:
            result = ("again", str(failure))
        except ClientError as failure:
            result = ("again" if self.s3copy.is_retryable(failure) else "refused", str(failure))
        except Killed:
            result = ("killed", "")
        if self.store.uploads and not self.excused_upload:
            self.problems.append(f"an upload stayed open after: {result}")
        self.store.uploads.clear()  # the bucket's lifecycle rule
        self.outcomes.append(result[0])
        return result

    def options(self) -> Any:
        big = {"part_size": 2 * GIB, "parts_in_flight": 2} if self.case.size == "big" else {}
        low = {"multipart_threshold": 3} if self.case.size == "low" else {}
        return self.s3copy.Options(
            overwrite=self.case.overwrite,
            head_first=self.case.head_first,
            source_owner=OWNER,
            destination_owner=OWNER,
            **big,
            **low,
        )

    def run(self) -> list[str]:
        """Deliver until it is final, then once more; return the problems."""
        result = self._redrive()
        self._judge_end(*result)
        if result[0] == "succeeded":
            second = self._redrive()
            if not self.writer_acted:
                self._judge_end(*second)
        return self.problems

    def _redrive(self) -> tuple[str, str]:
        result = ("again", "")
        for _ in range(DELIVERIES):
            result = self.deliver()
            if result[0] in {"succeeded", "refused"}:
                break
        return result

    def _judge_end(self, outcome: str, sentence: str) -> None:
        if outcome == "succeeded":
            self._judge_success(sentence)
        elif outcome in {"again", "killed"}:
            self.problems.append(f"redrives never ended: {sentence}")
        elif not self.writer_acted and not self._may_refuse():
            self.problems.append(f"refused without a reason: {sentence}")

    def _judge_success(self, sentence: str) -> None:
        source, target = self.store.current(*SOURCE), self.store.current(*TARGET)
        if self.case.operation == "rename" and source and not self.source_is_newer:
            self.problems.append(f"renamed, but the old name is there: {sentence}")
        if target is None and not self.target_deleted:
            self.problems.append(f"succeeded with nothing under the new name: {sentence}")
        if self.writer_acted:
            return
        if target is None or target.body != self.original.body:
            self.problems.append(f"succeeded without the content: {sentence}")
        elif carried(target) != carried(self.original):
            self.problems.append(f"the copy lost something: {carried(target)}")

    def _may_refuse(self) -> bool:
        """Undisturbed by others, only these end in a refusal; (C) is the protocol's exception."""
        case = self.case
        if case.operation == "rename" and (
            case.versioning == "suspended over real" or case.explicit == "old"
        ):
            return True
        in_parts = case.size in {"big", "low"}
        if in_parts and "slow" in self.faults.values():
            return True  # given up: the first parts took all the time
        opaque = case.etag != "md5" or case.target_kms or in_parts
        return case.overwrite == "never" and opaque and case.checksum != "full"


def carried(version: Version) -> tuple[Any, ...]:
    """Return what every copy must keep."""
    algorithm = version.checksum and version.checksum[0]
    return version.headers, version.metadata, version.tags, version.annotations, algorithm


def seed(case: Case) -> tuple[Store, str | None, Version]:
    """Return the store, the version id that the task names, and the version it shall copy."""
    store = Store(scale=GIB if case.size == "big" else 1)
    home = store.add_bucket(Bucket(SOURCE[0], kms=case.etag == "kms"))
    store.add_bucket(Bucket(TARGET[0], VERSIONING[case.target_versioning], kms=case.target_kms))
    for bucket in store.buckets:
        store.put_body(bucket, "another", b"not ours")
    body = b"" if case.size == "empty" else BODY
    if case.versioning == "suspended over real":
        store.put_body(*SOURCE, b"null under")
    home.versioning = None if case.versioning in {"off", "suspended"} else "Enabled"
    old = (
        store.put_body(*SOURCE, b"older", **_object(store, case, b"older"))
        if case.versioning != "off"
        else None
    )
    if case.versioning == "suspended":
        home.versioning = "Suspended"
    current = store.put_body(*SOURCE, body, **_object(store, case, body))
    if case.versioning == "suspended over real":
        home.versioning = "Suspended"
    named = {"none": None, "current": current, "old": old}[case.explicit]
    return store, named.version_id if named else None, named or current


def _object(store: Store, case: Case, body: bytes) -> dict[str, Any]:
    """Return the attributes of the source: all that a copy must keep."""
    values: dict[str, Any] = {
        "headers": (("CacheControl", "no-cache"), ("ContentType", "text/x-odd")),
        "metadata": (("colour", "blue"),),
        "tags": (("team", "a b"), ("x", "")),
        "annotations": (("label", b"cat"), ("score", b"0.9")),
    }
    if case.etag == "multipart":
        values["etag"] = store.etag(body, parts=3)
    if case.checksum == "full":
        values["checksum"] = whole_checksum("CRC64NVME", body)
    elif case.checksum == "composite":
        values["checksum"] = ("SHA256", "parts-3", "COMPOSITE")
    return values


def run(s3copy: ModuleType, schedule: Schedule) -> list[str]:
    """Run one schedule; return its problems, each with the schedule."""
    world = World(s3copy, schedule)
    with_clock(s3copy, world)
    return [f"{problem} <- {schedule}" for problem in world.run()]


def with_clock(s3copy: ModuleType, world: World) -> None:
    """Let the package read the world's clock."""
    clock = SimpleNamespace(monotonic=lambda: world.now)
    for name in CLOCKED:
        sys.modules[f"{s3copy.__name__}.{name}"].time = clock  # type: ignore[attr-defined]
