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

from fakes3 import judge, writers
from fakes3.checks import error
from fakes3.client import FakeClient
from fakes3.sdk import ANNOTATIONS
from fakes3.seed import OWNER, SOURCE, TARGET, seed
from fakes3.store import GIB, Version
from retryable import is_retryable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from fakes3.schedules import Case, Schedule

SECONDS = 900.0
DELIVERIES = 6
WRITES = {"CopyObject", "CompleteMultipartUpload"}
CONDITIONS = {"IfMatch", "IfNoneMatch", "CopySourceIfMatch"}
CODES = {"503": "SlowDown", "500": "InternalError", "409": "ConditionalRequestConflict"}


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
        self.bystanders = self.others()
        self.client = FakeClient(self.store, self.around)

    # -- one request -------------------------------------------------------------------------

    def around(self, operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        if operation == "UploadPartCopy" and given["PartNumber"] == 1:
            time.sleep(0.0005)  # the first part is the slowest: others end or fail before it
        with self.lock:
            if self.dead:
                raise Killed
            if operation == "UploadPartCopy":
                # Parts go from several threads: another one may have let time pass since this one
                # looked. The real client looks again as it sends (before-send in s3_client).
                sys.modules[f"{self.s3copy.__name__}.deadline"].stop_retries()
            self.requests += 1
            self.store.now += 1
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
            judge.delete(self, given, deleted, versions)
        if operation in WRITES:
            judge.write(self, replaced)
        if operation in {"PutObjectAnnotation", "PutObjectTagging"}:
            judge.annotate(self, operation, replaced)
        bucket = self.store.buckets.get(given["Bucket"])
        if bucket and bucket.owner != OWNER:
            self.problems.append(f"{operation} went into another account's bucket")
        if self.others() != self.bystanders:
            self.problems.append(f"{operation} changed another object")
        return answer

    def act(self, what: str) -> None:
        """Let the other program do its part, just before this request."""
        writers.act(self, what)

    def others(self) -> list[tuple[str, list[Version]]]:
        return [
            (key, list(versions))
            for bucket in self.store.buckets.values()
            for key, versions in bucket.keys.items()
            if (bucket.name, key) not in {SOURCE, TARGET}
        ]

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
            result = ("again" if is_retryable(failure) else "refused", str(failure))
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
            annotations=ANNOTATIONS,
            **big,
            **low,
        )

    def run(self) -> list[str]:
        """Deliver until it is final, then once more; return the problems."""
        result = self._redrive()
        judge.end(self, *result)
        if result[0] == "succeeded":
            second = self._redrive()
            if not self.writer_acted:
                judge.end(self, *second)
        return self.problems

    def _redrive(self) -> tuple[str, str]:
        result = ("again", "")
        for _ in range(DELIVERIES):
            result = self.deliver()
            if result[0] in {"succeeded", "refused"}:
                break
        return result


def run(s3copy: ModuleType, schedule: Schedule) -> list[str]:
    """Run one schedule; return its problems, each with the schedule."""
    world = World(s3copy, schedule)
    with_clock(s3copy, world)
    return [f"{problem} <- {schedule}" for problem in world.run()]


class Thread:
    """Stands where a thread stands that is waited for: what it does is done at once."""

    def __init__(self, target: Callable[[], None], **_: Any) -> None:
        self.start = target

    def join(self, _seconds: float) -> None: ...


def with_clock(s3copy: ModuleType, world: World) -> None:
    """Let the package read the world's clock, and wait for no answer in a thread of its own."""

    def sleep(seconds: float) -> None:
        world.now += seconds

    deadline: Any = sys.modules[f"{s3copy.__name__}.deadline"]
    deadline.time = SimpleNamespace(monotonic=lambda: world.now, sleep=sleep)
    deadline.threading = SimpleNamespace(Thread=Thread)


def put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back, after the test, what worlds set in s3copy.deadline."""
    deadline = sys.modules["s3copy.deadline"]
    for name in ("time", "threading"):
        monkeypatch.setattr(deadline, name, getattr(deadline, name))
