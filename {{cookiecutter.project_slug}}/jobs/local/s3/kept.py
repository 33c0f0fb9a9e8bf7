"""Saves the objects of the local S3 in a folder, and brings them back at the next start.

Keys are no file names (`a` beside `a/b`, `..`, 900 bytes): the files are numbered, and index.json
says what each of them is. A save goes to a new folder and counts once the index names it, so that
one which breaks off leaves the last one intact. Kept are all versions with metadata, tags,
annotations, checksums and storage class, and whether a bucket has versioning; no other settings.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from jobs.errors import Refused
from jobs.local.s3 import object_annotations
from jobs.local.s3.every_request import SSE_S3
from jobs.local.s3.object_annotations import Annotation
from jobs.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from moto.s3.models import S3Backend

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PARTITION = "aws"
INDEX, LOCK = "index.json", "lock"
FILES = re.compile(r"objects-(\d+)")
OWN = re.compile(rf"{LOCK}|{INDEX}\.new|{FILES.pattern}")
"""What is in a folder of ours before its first index: a save that broke off leaves it."""
FORMAT = 1
PLAIN = (
    "checksum_algorithm",
    "checksum_parts",
    "checksum_type",
    "checksum_value",
    "encryption",
    "kms_key_id",
    "website_redirect_location",
)
"""Attributes of moto's objects that are saved as they are."""


@contextmanager
def objects(folder: Path) -> Iterator[None]:
    """Bring back what `folder` holds, and save all objects there at the end of the context.

    Raises Refused: the folder cannot be used, holds something else, or another service uses it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        _lock(lock, folder)
        say(f"{_restore(folder)} objects are back from {str(folder)!r}.")
        try:
            yield
        finally:
            say(f"{_save(folder)} objects are kept in {str(folder)!r}.")


def _lock(lock: IO[str], folder: Path) -> None:
    """Be the only one who saves there: another's objects would be replaced by ours."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # on Linux and macOS, on Windows
        raise Refused(f"--keep {str(folder)!r} is used by another local service.") from None


def _save(folder: Path) -> int:
    """Write every object of the local S3 into `folder`, in the place of the last save."""
    saves = [int(found[1]) for each in folder.iterdir() if (found := FILES.fullmatch(each.name))]
    files = folder / f"objects-{max(saves, default=0) + 1}"
    files.mkdir(parents=True)
    backend, numbers = s3_backends[DEFAULT_ACCOUNT_ID][PARTITION], itertools.count()
    buckets = [
        {
            "name": name,
            "region": bucket.region_name,
            "versioning": bucket.versioning_status,
            "objects": [
                _written(backend, each, files / f"{next(numbers):06}")
                for _, versions in bucket.keys.lists()
                for each in versions
            ],
        }
        for name, bucket in backend.buckets.items()
    ]
    whole = {"format": FORMAT, "files": files.name, "buckets": buckets}
    new = folder / f"{INDEX}.new"
    new.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    os.replace(new, folder / INDEX)  # noqa: PTH105 - pathlib's replace is no clearer
    for save in saves:  # the last one, and those that broke off
        shutil.rmtree(folder / f"objects-{save}", ignore_errors=True)
    return next(numbers)


def _restore(folder: Path) -> int:
    """Bring back what `folder` holds and return the number of objects; 0 if nothing was saved."""
    try:
        index = _index(folder)
        backend = s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]
        for each in index.get("buckets", ()):
            bucket = backend.create_bucket(each["name"], each["region"])
            bucket.versioning_status, bucket.encryption = each["versioning"], SSE_S3
            for entry in each["objects"]:
                _read(backend, each["name"], entry, folder / index["files"])
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - it may be damaged in any way: nothing is saved over it
        raise Refused(f"--keep {str(folder)!r} cannot be read ({error!r}): move it away.") from None
    return sum(len(each["objects"]) for each in index.get("buckets", ()))


def _index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    if not path.exists():
        if not all(OWN.fullmatch(each.name) for each in folder.iterdir()):
            raise Refused(f"--keep {str(folder)!r} holds other files: give a folder of its own.")
        return {}
    index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if index["format"] != FORMAT:
        raise ValueError(f"its format is {index['format']!r}, not {FORMAT}")
    if not FILES.fullmatch(index["files"]):
        raise ValueError(f"its files are in {index['files']!r}")
    return index


def _written(backend: S3Backend, each: FakeKey | FakeDeleteMarker, file: Path) -> dict[str, Any]:
    """Write an object's bytes into `file` and return its entry of the index."""
    known = {"key": each.name, "version": each.version_id}
    changed = {"changed": each.last_modified.isoformat()}
    if not isinstance(each, FakeKey):
        return known | changed | {"is_delete_marker": True}
    file.write_bytes(each.value)
    return {
        **known,
        **changed,
        "file": file.name,
        "etag": each.etag.strip('"'),
        "storage_class": each.storage_class,
        "metadata": dict(each.metadata),
        "tags": backend.tagger.get_tag_dict_for_resource(each.arn),
        "annotations": {
            name: [note.payload.decode(), note.changed]
            for name, note in object_annotations.of(each).items()
        },
        **{name: getattr(each, name) for name in PLAIN},
    }


def _read(backend: S3Backend, bucket: str, entry: dict[str, Any], files: Path) -> None:
    """Make one version of an object from its entry."""
    key = entry["key"]
    if entry.get("is_delete_marker"):
        if key not in backend.get_bucket(bucket).keys:
            return  # a marker over nothing, which moto cannot make
        made: Any = backend._set_delete_marker(bucket, key)  # noqa: SLF001 - moto has no other way
    else:
        body = (files / entry["file"]).read_bytes()
        made = backend.put_object(
            bucket, key, body, storage=entry["storage_class"], etag=entry["etag"]
        )
        made.set_metadata(entry["metadata"], replace=True)
        for name in PLAIN:
            setattr(made, name, entry[name])
        for name, (text, changed) in entry["annotations"].items():
            object_annotations.of(made)[name] = Annotation(text.encode(), changed)
    made._version_id = entry["version"]  # noqa: SLF001 - likewise
    made.last_modified = datetime.fromisoformat(entry["changed"])
    if isinstance(made, FakeKey):
        backend.put_object_tagging(made, entry["tags"])
