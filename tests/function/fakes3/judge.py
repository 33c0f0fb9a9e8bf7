"""What may never happen: each request, and each end, is judged by what it did to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes3.seed import SOURCE, TARGET, carried

if TYPE_CHECKING:
    from fakes3.store import Version
    from fakes3.world import World


def delete(
    world: World, given: dict[str, Any], deleted: Version | None, versions: list[Version]
) -> None:
    if "VersionId" in given:
        world.problems.append("a delete named a version")
    left = world.store.buckets[SOURCE[0]].keys.get(SOURCE[1], [])
    if any(one not in left and one != deleted and not one.is_marker for one in versions):
        world.problems.append("a delete destroyed a version that was not the current one")
    if deleted is None:
        return
    world.source_is_newer = False
    there = world.store.current(*TARGET)
    if not (there and there.body == deleted.body) and deleted.body not in world.taken_away:
        world.problems.append(f"a delete lost the content {deleted.body!r}")
    elif deleted.body in world.taken_away or there is None or there in world.ours:
        return
    elif carried(there) != carried(deleted):
        world.problems.append("a delete lost the metadata: only another's object is left")


def write(world: World, replaced: Version | None) -> None:
    written = world.store.current(*TARGET)
    mine = replaced is None or any(replaced is one for one in world.ours)
    # S3 has no condition on metadata: the same bytes cannot be told from our own copy.
    same = replaced and written and replaced.etag == written.etag
    if world.case.overwrite == "never" and not mine and not same:
        world.problems.append("a copy replaced another program's object")
    if written:
        world.ours.append(written)
        if written.body not in world.source_bodies:
            world.problems.append(f"a copy is a mixture: {written.body!r}")


def annotate(world: World, operation: str, before: Version | None) -> None:
    after = world.store.current(*TARGET)
    if after is before or before is None or after is None:
        return
    # S3 has no condition for tags: who writes at this very moment gets ours.
    is_unseen = operation == "PutObjectTagging" and world.requests in world.writers
    if before.etag not in {one.etag for one in world.ours} and not is_unseen:
        world.problems.append("another program's object was annotated")
    world.ours.append(after)


def end(world: World, outcome: str, sentence: str) -> None:
    if outcome == "succeeded":
        _success(world, sentence)
    elif outcome in {"again", "killed"}:
        world.problems.append(f"redrives never ended: {sentence}")
    elif not world.writer_acted and not _may_refuse(world):
        world.problems.append(f"refused without a reason: {sentence}")


def _success(world: World, sentence: str) -> None:
    source, target = world.store.current(*SOURCE), world.store.current(*TARGET)
    if world.case.operation == "rename" and source and not world.source_is_newer:
        world.problems.append(f"renamed, but the old name is there: {sentence}")
    if target is None and not world.target_deleted:
        world.problems.append(f"succeeded with nothing under the new name: {sentence}")
    if world.writer_acted:
        return
    if target is None or target.body != world.original.body:
        world.problems.append(f"succeeded without the content: {sentence}")
    elif carried(target) != carried(world.original):
        world.problems.append(f"the copy lost something: {carried(target)}")


def _may_refuse(world: World) -> bool:
    """Undisturbed by others, only these end in a refusal; (C) is the protocol's exception."""
    case = world.case
    if case.operation == "rename" and (
        case.versioning == "suspended over real" or case.explicit == "old"
    ):
        return True
    in_parts = case.size in {"big", "low"}
    if in_parts and "slow" in world.faults.values():
        return True  # given up: the first parts took all the time
    opaque = case.etag != "md5" or case.target_kms or in_parts
    return case.overwrite == "never" and opaque and case.checksum != "full"
