"""The schedules through a real boto3 client: it builds each request, the fake answers."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import wire
from fakes3.world import World, with_clock

if TYPE_CHECKING:
    from types import ModuleType

    from mypy_boto3_s3.client import S3Client

    from fakes3.schedules import Schedule


def client() -> S3Client:
    """Return a client that names the bucket in the path, where `wire` reads it."""
    settings = Config(s3={"addressing_style": "path"})
    return boto3.client("s3", region_name="us-east-1", config=settings)


class SerialisedWorld(World):
    """Every request is built and checked by botocore, then read back from its HTTP form."""

    def __init__(self, s3copy: ModuleType, schedule: Schedule, s3: S3Client) -> None:
        super().__init__(s3copy, schedule)
        self.fake = self.client
        self.client = s3  # type: ignore[assignment] # they cannot be told apart

    def answer(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        """Short-circuit one call (`before-call`): the fake's answer instead of a request."""
        url = urlsplit(params["url"])
        target = f"{url.path}?{url.query}"
        body = params["body"] if isinstance(params["body"], bytes) else b""
        operation, given = wire.read(params["method"], target, params["headers"], body)
        method = "".join(f"_{char.lower()}" if char.isupper() else char for char in operation)
        try:
            done = getattr(self.fake, method.lstrip("_"))(**given)
        except ClientError as refusal:
            response: Any = refusal.response
            return SimpleNamespace(status_code=500), response
        return SimpleNamespace(status_code=200), {"ResponseMetadata": {}, **done}


def run_serialised(s3copy: ModuleType, schedule: Schedule, s3: S3Client) -> list[str]:
    """Run one schedule through botocore; return its problems."""
    world = SerialisedWorld(s3copy, schedule, s3)
    # One client serves all worlds: it must not remember the buckets of the last one.
    sys.modules[f"{s3copy.__name__}.requests"].versioning.cache_clear()
    with_clock(s3copy, world)
    events: Any = s3.meta.events
    events.register("before-call.s3", world.answer)
    try:
        return [f"{problem} <- {schedule}" for problem in world.run()]
    finally:
        events.unregister("before-call.s3", world.answer)
