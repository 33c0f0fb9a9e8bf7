"""The same schedules on moto: where both can do it, they must come to the same end.

moto ignores the conditions of copies, so these are checked here; deletes, versions, markers, ETags,
metadata, tags and multipart uploads are moto's own. It has no KMS ETags and no owners.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from fakes3.checks import error
from fakes3.seed import BODY, SOURCE, TARGET, VERSIONING
from fakes3.world import World, with_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from fakes3.schedules import Case, Schedule

WHOLE = {"ContentType": "text/x-odd", "Metadata": {"colour": "blue"}}
NOT_ON_MOTO = (
    "handed over",
    "version removed",
    "colliding",
    "alike",
    "same bytes",
    "other metadata",
    "put back",
)


def is_on_moto(schedule: Schedule) -> bool:
    """Return True when moto has what this schedule needs."""
    case = schedule.case
    plain = case.checksum == "none" and case.etag == "md5" and not case.target_kms
    known = case.size in {"small", "empty"}
    # moto does not find a version by the id "null".
    known &= case.explicit == "none" or case.versioning == "on"
    return (
        plain
        and known
        and not any(word in what for _, what in schedule.writers for word in NOT_ON_MOTO)
    )


@cache
def moto_client() -> Any:
    """Return one client for all worlds; moto forgets everything between them."""
    settings = Config(request_checksum_calculation="when_required")
    return boto3.client("s3", region_name="us-east-1", config=settings)


class MotoWorld(World):
    """A world whose store is moto; it watches nothing but the end."""

    def __init__(self, s3copy: ModuleType, schedule: Schedule) -> None:
        super().__init__(s3copy, schedule)
        self.moto = moto_client()
        self.client = Adapter(self)  # type: ignore[assignment] # they cannot be told apart
        self.named_version = self._seed(self.case)

    def _seed(self, case: Case) -> str | None:
        for bucket, _ in (SOURCE, TARGET):
            self.moto.create_bucket(Bucket=bucket)
        self._version(TARGET[0], VERSIONING[case.target_versioning])
        if case.versioning == "suspended over real":
            self.moto.put_object(Bucket=SOURCE[0], Key=SOURCE[1], Body=b"null under")
        before = None if case.versioning in {"off", "suspended"} else "Enabled"
        self._version(SOURCE[0], before)
        old = {}
        if case.versioning != "off":
            old = self._put(SOURCE, b"older", whole=True)
        if case.versioning == "suspended":
            self._version(SOURCE[0], "Suspended")
        put = self._put(SOURCE, b"" if case.size == "empty" else BODY, whole=True)
        if case.versioning == "suspended over real":
            self._version(SOURCE[0], "Suspended")
        named: dict[str, dict[str, str]] = {"none": {}, "current": put, "old": old}
        return named[case.explicit].get("VersionId")

    def _version(self, bucket: str, status: str | None) -> None:
        if status:
            wanted = {"Status": status}
            self.moto.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted)

    def _put(self, where: tuple[str, str], body: bytes, *, whole: bool = False) -> Any:
        described = {**WHOLE, "Tagging": "team=a+b&x="} if whole else {}
        return self.moto.put_object(Bucket=where[0], Key=where[1], Body=body, **described)

    def effect(self, operation: str, given: dict[str, Any], send: Callable[[], Any]) -> Any:
        del operation, given
        return send()

    def act(self, what: str) -> None:
        self.writer_acted = True
        if what == "destination written":
            self._put(TARGET, b"foreign")
        elif what == "destination deleted":
            self.moto.delete_object(Bucket=TARGET[0], Key=TARGET[1])
        elif what == "source deleted":
            self.moto.delete_object(Bucket=SOURCE[0], Key=SOURCE[1])
        else:
            self._put(SOURCE, b"second")
            if what == "source overwritten and put back":
                self._put(SOURCE, self.original.body)

    def ends(self) -> tuple[list[str], bytes | None, bytes | None]:
        """Return the outcome of each delivery and what is under both names at the end."""
        self.run()
        bodies = []
        for bucket, key in (SOURCE, TARGET):
            found = self.head(bucket, key)
            got = found and self.moto.get_object(Bucket=bucket, Key=key)["Body"].read()
            bodies.append(got)
        return self.outcomes, bodies[0], bodies[1]

    def head(self, bucket: str, key: str, version_id: str | None = None) -> Any:
        version = {"VersionId": version_id} if version_id else {}
        try:
            return self.moto.head_object(Bucket=bucket, Key=key, **version)
        except ClientError:
            return None


class Adapter:
    """Has a client's methods: moto's, behind the world's faults, with the missing conditions."""

    def __init__(self, world: MotoWorld) -> None:
        self.world = world
        self.meta = world.moto.meta

    def __getattr__(self, method: str) -> Any:
        operation = "".join(word.capitalize() for word in method.split("_"))

        def call(**given: Any) -> Any:
            return self.world.around(operation, given, lambda: self._send(method, given))

        return call

    def _send(self, method: str, given: dict[str, Any]) -> Any:
        if method == "list_object_annotations":  # moto answers 500
            if self.world.head(given["Bucket"], given["Key"], given.get("VersionId")) is None:
                raise error("ListObjectAnnotations", 404, "NoSuchKey")
            return {}
        if method == "copy_object":
            self._check_copy(given)
        answer = getattr(self.world.moto, method)(**given)
        if method == "head_object":  # all of a schedule happens in one second of moto's
            day = 2 if given["Bucket"] == TARGET[0] else 1
            answer["LastModified"] = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
        return answer

    def _check_copy(self, given: dict[str, Any]) -> None:
        named = given["CopySource"]
        source = self.world.head(named["Bucket"], named["Key"], named.get("VersionId"))
        there = self.world.head(given["Bucket"], given["Key"])
        wrong_source = source and given.get("CopySourceIfMatch") not in {None, source["ETag"]}
        wrong_target = there and given.get("IfMatch") not in {None, there["ETag"]}
        if source and (wrong_source or wrong_target or (there and "IfNoneMatch" in given)):
            raise error("CopyObject", 412, "PreconditionFailed")


def _strip_annotations(world: World) -> None:
    """Take away what moto does not have."""
    for bucket in world.store.buckets.values():
        for versions in bucket.keys.values():
            versions[:] = [replace(one, annotations=()) for one in versions]
    world.original = replace(world.original, annotations=())
    world.bystanders = world.others()


def same_end(s3copy: ModuleType, schedule: Schedule) -> str | None:
    """Run one schedule on the fake and on moto; return how their ends differ, or None."""
    fake = World(s3copy, schedule)
    _strip_annotations(fake)
    with_clock(s3copy, fake)
    fake.run()
    left = [fake.store.current(*name) for name in (SOURCE, TARGET)]
    expected = (fake.outcomes, *(found.body if found else None for found in left))
    with mock_aws():
        moto = MotoWorld(s3copy, schedule)
        with_clock(s3copy, moto)
        got = moto.ends()
    return None if got == expected else f"fake {expected}, moto {got} <- {schedule}"
