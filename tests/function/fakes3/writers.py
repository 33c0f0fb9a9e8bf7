"""The other program: what it does to the source and to the destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fakes3.seed import SOURCE, STRANGER, TARGET

if TYPE_CHECKING:
    from fakes3.world import World


def act(world: World, what: str) -> None:
    """Do what another program does just before this request."""
    world.writer_acted = True
    there = world.store.current(*TARGET)
    if what.startswith("destination") and there:
        world.taken_away.add(there.body)
    if what.startswith("destination"):
        _on_target(world, what)
    else:
        _on_source(world, what)


def _on_target(world: World, what: str) -> None:
    bucket, original = world.store.buckets[TARGET[0]], world.original
    alike: dict[str, Any] = {
        "headers": original.headers,
        "metadata": original.metadata,
        "tags": original.tags,
        "annotations": original.annotations,
    }
    if what == "destination written":
        world.store.put_body(*TARGET, b"foreign", metadata=(("whose", "another's"),))
    elif what == "destination written alike":
        world.store.put_body(*TARGET, b"alike!"[: len(original.body)] or b"x", **alike)
    elif what == "destination written with a colliding checksum":
        world.store.put_body(*TARGET, b"longer body", checksum=original.checksum, **alike)
    elif what == "destination written with the same bytes":
        values: dict[str, Any] = {"etag": original.etag, "checksum": original.checksum}
        world.store.put_body(*TARGET, original.body, **values)
    elif what == "destination bucket handed over":
        bucket.owner = STRANGER
        world.excused_upload = True  # nobody but the new owner can abort there
    else:
        world.target_deleted = True
        world.store.delete(*TARGET)


def _on_source(world: World, what: str) -> None:
    bucket, body = world.store.buckets[SOURCE[0]], world.original.body
    world.source_bodies.add(b"second")
    if what == "source bucket handed over":
        bucket.owner = STRANGER
    elif what == "source version removed":
        versions = bucket.keys.get(SOURCE[1], [])
        if len(versions) > 1 and not versions[-1].is_marker:
            versions.pop()
    elif what == "source deleted":
        world.store.delete(*SOURCE)
    elif what == "source rewritten with other metadata":
        world.store.put_body(*SOURCE, body, metadata=(("new", "1"),))
    elif what == "source overwritten":
        world.store.put_body(*SOURCE, b"second")
    elif what == "source put back":
        values: dict[str, Any] = {}
        if world.case.etag != "kms":  # the same bytes in the same parts: the same ETag
            values["etag"] = world.original.etag
        world.store.put_body(*SOURCE, body, checksum=world.original.checksum, **values)
    else:
        world.store.put_body(*SOURCE, b"second")
        world.store.put_body(*SOURCE, body, metadata=(("new", "1"),))
    world.source_is_newer |= what.startswith(("source over", "source re", "source put"))
