"""The user's files as objects: which key a file gets, and its upload."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

MOST = 10_000
"""Files given to `try`: more are a job for `python -m jobs local`."""


@dataclass(frozen=True, slots=True)
class File:
    """A file and the key of its object."""

    key: str
    path: Path


def find(given: Iterable[Path]) -> list[File]:
    """Return the files that are given, and those in the folders that are given.

    A file's key is its name; in a folder it is the path from the folder's own name on. Hidden files
    and folders are left out. Raises Refused: no files, something else (a pipe), too many, two with
    one key, an impossible key.
    """
    found: dict[str, File] = {}
    for start in given:
        for file in _given(start):
            other = found.setdefault(file.key, file)
            if other.path != file.path:
                raise Refused(
                    f"{str(other.path)!r} and {str(file.path)!r} would both be the object"
                    f" {file.key!r}: give the folder that they are in, or one of them."
                )
            if len(found) > MOST:
                raise Refused(f"There are more than {MOST:,} files: give fewer.")
    if not found:
        raise Refused("There is no file in what was given: hidden ones are left out.")
    return list(found.values())


def below(folder: Path) -> list[File]:
    """Return all files of a folder, hidden ones too; a key is the path from the folder on.

    Raises Refused: there are none, or an impossible key.
    """
    found = list(_below(folder))
    if not found:
        raise Refused(f"--folder {str(folder)!r} holds no files.")
    return found


def upload(s3: S3Client, bucket: str, files: Iterable[File]) -> None:
    """Make an object of each file, with the content type that its name suggests."""
    for file in files:
        kind, encoding = mimetypes.guess_type(file.path.name)
        is_plain = kind is not None and encoding is None
        extra = {"ContentType": kind} if is_plain and kind else {}
        s3.upload_file(str(file.path), bucket, file.key, ExtraArgs=extra)


def _given(start: Path) -> Iterator[File]:
    if start.is_file():
        yield _file(start.name, start)
        return
    if not start.is_dir():
        raise Refused(f"{str(start)!r} is no file and no folder: give one of them.")
    whole = start.resolve()
    for file in _below(whole, f"{whole.name}/".lstrip("/")):
        if not any(part.startswith(".") for part in file.path.relative_to(whole).parts):
            yield file


def _below(folder: Path, head: str = "") -> Iterator[File]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield _file(f"{head}{path.relative_to(folder).as_posix()}", path)


def _file(key: str, path: Path) -> File:
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise Refused(f"The name of {str(path)!r} is not UTF-8, as keys are: rename it.") from None
    if size > manifest.KEY_LIMIT:
        raise Refused(f"{key[:40]!r}... has {size} bytes: a key has {manifest.KEY_LIMIT} at most.")
    return File(key, path)
