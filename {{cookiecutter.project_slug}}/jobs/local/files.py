"""The user's files as objects: which key a file gets, and its upload."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jobs import terminal
from jobs.errors import Refused
from jobs.formats import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

    A link to a file is that file; what is no file, such as a link to a folder, is named and left
    out. Raises Refused: there are none, or an impossible key; OSError: a folder cannot be read.
    """
    found = list(_below(folder, "", with_hidden=True))
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
    yield from _below(whole, f"{whole.name}/".lstrip("/"), with_hidden=False)


def _below(folder: Path, head: str, *, with_hidden: bool) -> Iterator[File]:
    others = []
    for path in sorted(_paths(folder, with_hidden=with_hidden)):
        if path.is_file():
            yield _file(f"{head}{path.relative_to(folder).as_posix()}", path)
        else:
            others.append(path)
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        terminal.say(f"Left out, as it is no file: {terminal.shown(str(others[0]))}{more}.")


def _paths(folder: Path, *, with_hidden: bool) -> Iterator[Path]:
    """Yield all that is in a folder and those below it, but these folders."""

    def refuse(error: OSError) -> NoReturn:
        raise error  # what cannot be read must not be left out in silence

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if with_hidden or name[0] != "."]
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in names + links:
            if with_hidden or name[0] != ".":
                yield Path(root, name)


def _file(key: str, path: Path) -> File:
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise Refused(f"The name of {str(path)!r} is not UTF-8, as keys are: rename it.") from None
    if size > manifest.KEY_LIMIT:
        raise Refused(f"{key[:40]!r}... has {size} bytes: a key has {manifest.KEY_LIMIT} at most.")
    return File(key, path)
