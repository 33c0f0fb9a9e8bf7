"""What must be refused before anything is written: names, owners, time. Beside the schedules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fakes3.schedules import Case, Schedule
from fakes3.seed import SOURCE, STRANGER, TARGET
from fakes3.world import SECONDS, World, with_clock

if TYPE_CHECKING:
    from types import ModuleType

KEY = "arn:aws:kms:us-east-1:111122223333:key/one"


RENAME = Case(operation="rename")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A task that must end in `outcome` with the buckets as they were."""

    name: str
    outcome: str = "refused"
    target: tuple[str, str] = TARGET
    source: tuple[str, str] = SOURCE
    options: tuple[tuple[str, Any], ...] = ()
    deadline: float = SECONDS
    case: Case = RENAME
    requests: int | None = None  # None: any number


SETTINGS_COPY = (("kms_key_arn", KEY), ("overwrite", "always"))  # S3 would take it
REFUSALS = (
    Refusal("the source itself", target=SOURCE, options=SETTINGS_COPY, requests=0),
    Refusal(
        "the source under an alias",
        target=(SOURCE[0] + "-s3alias", SOURCE[1]),
        options=SETTINGS_COPY,
        requests=0,
    ),
    Refusal(
        "the source under an object lambda alias",
        target=(SOURCE[0] + "--ol-s3", SOURCE[1]),
        options=SETTINGS_COPY,
        requests=0,
    ),
    Refusal(
        "the source under an ARN",
        target=("arn:aws:s3:::" + SOURCE[0], SOURCE[1]),
        options=SETTINGS_COPY,
        requests=0,
    ),
    Refusal("a multi-region access point", target=("one.mrap", "key"), requests=0),
    Refusal(
        "the destination under an alias as the source",
        source=(TARGET[0] + "-s3alias", "another"),
        target=(TARGET[0], "another"),
        requests=0,
    ),
    Refusal(
        "a source bucket that does not exist, looked at first",
        source=("no-such-bucket", "another"),
        target=(TARGET[0], "another"),
        options=(("head_first", True), ("source_owner", None)),
    ),
    Refusal("a bucket with a path", target=("target-bucket/in", "key"), requests=0),
    Refusal("no destination bucket", target=("", "key"), requests=0),
    Refusal("an empty new key", target=(TARGET[0], ""), requests=0),
    Refusal("an empty source key", source=(SOURCE[0], ""), requests=0),
    Refusal("a new key of 1025 bytes", target=(TARGET[0], "é" * 512 + "x"), requests=0),
    Refusal("no time left", outcome="again", deadline=4.0, requests=0),
    Refusal("another's source bucket", options=(("source_owner", STRANGER),)),
    Refusal("another's destination bucket", options=(("destination_owner", STRANGER),)),
    Refusal(
        "another's source bucket, looked at first",
        options=(("source_owner", STRANGER), ("head_first", True)),
    ),
    Refusal(
        "another's destination for a big object",
        options=(("destination_owner", STRANGER), ("overwrite", "always")),
        case=Case(operation="rename", overwrite="always", size="big"),
    ),
    Refusal(
        "an old version",
        case=Case(operation="rename", versioning="on", explicit="old"),
    ),
    Refusal(
        "a version over a null version in a suspended bucket, looked at first",
        options=(("head_first", True),),
        case=Case(operation="rename", versioning="suspended over real"),
    ),
    Refusal(
        "a big version over a null version in a suspended bucket",
        case=Case(operation="rename", versioning="suspended over real", size="big"),
    ),
)


def run(s3copy: ModuleType, refusal: Refusal) -> list[str]:
    """Run one refusal; return what went wrong."""
    world = World(s3copy, Schedule(refusal.case))
    with_clock(s3copy, world)
    before = contents(world)
    options = replace(world.options(), **dict(refusal.options))
    source = s3copy.Source(*refusal.source, world.named_version)
    act = s3copy.rename if refusal.case.operation == "rename" else s3copy.copy
    try:
        target = s3copy.Target(*refusal.target)
        outcome = "succeeded: " + act(world.client, source, target, options, refusal.deadline)
    except s3copy.RefusedError:
        outcome = "refused"
    except s3copy.TryAgainError:
        outcome = "again"
    problems = list(world.problems)
    if outcome != refusal.outcome:
        problems.append(f"{outcome}, not {refusal.outcome}")
    if contents(world) != before or world.store.uploads:
        problems.append("something was written or deleted")
    if refusal.requests is not None and world.requests != refusal.requests:
        problems.append(f"{world.requests} requests were made")
    return [f"{problem} <- {refusal.name}" for problem in problems]


def contents(world: World) -> dict[str, dict[str, list[Any]]]:
    """Return everything in all buckets."""
    return {
        name: {key: list(versions) for key, versions in bucket.keys.items()}
        for name, bucket in world.store.buckets.items()
    }
