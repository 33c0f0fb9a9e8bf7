"""Gives this process a /tmp of its own, where Linux lets it.

A mount namespace, with a user namespace where the process may not make one without. See
mount_namespaces(7) and user_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TMP = "/tmp"  # noqa: S108 - the folder itself

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
LOCKED = 2 | 4 | 8  # MS_NOSUID, MS_NODEV, MS_NOEXEC; statvfs has the same numbers


def enter(folder: str, visible: Iterable[str]) -> None:
    """Put `folder` in the place of /tmp, for this process and its children only.

    Of what is in /tmp now the folders `visible` stay, to be read only: a handler that empties its
    /tmp must not reach the author's files. Call it while the process has one thread. Raises OSError
    where it cannot be done; nothing has changed then but the namespace.
    """
    if sys.platform != "linux":
        raise OSError("no namespaces here")
    real = (Path(path).resolve() for path in visible)
    stay = _outermost(path for path in real if path.is_relative_to(TMP))
    if Path(TMP) in stay:
        raise OSError("the whole of /tmp is needed")
    libc = ctypes.CDLL(None, use_errno=True)
    _unshare(libc)
    # First of all: else what is mounted below would show outside, and be removed with `folder`.
    _mount(libc, None, "/", MS_REC | MS_PRIVATE)
    for path in stay:
        place = Path(folder) / path.relative_to(TMP)
        place.mkdir(parents=True, exist_ok=True)
        _mount(libc, str(path), str(place), MS_BIND | MS_REC)
        # A namespace may not drop the flags nosuid, nodev and noexec that /tmp has outside.
        locked = os.statvfs(place).f_flag & LOCKED
        _mount(libc, None, str(place), MS_BIND | MS_REMOUNT | MS_RDONLY | locked)
    _mount(libc, folder, TMP, MS_BIND | MS_REC)


def die_with_parent() -> None:
    """Let the system kill this process when its parent ends; on Linux only."""
    if sys.platform == "linux":
        set_parent_death_signal, kill = 1, 9
        ctypes.CDLL(None).prctl(set_parent_death_signal, kill, 0, 0, 0)


def _unshare(libc: ctypes.CDLL) -> None:
    if sys.platform == "win32":
        raise OSError("no users by number here")
    if libc.unshare(CLONE_NEWNS) == 0:  # root of a machine or of a container that may
        return
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        raise _error("unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")


def _mount(libc: ctypes.CDLL, source: str | None, target: str, flags: int) -> None:
    given = None if source is None else os.fsencode(source)
    if libc.mount(given, os.fsencode(target), None, ctypes.c_ulong(flags), None) != 0:
        raise _error(f"mount {target}")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the folders of `paths` that are in none of the others."""
    found: list[Path] = []
    for path in sorted(set(paths)):
        if path.is_dir() and not any(path.is_relative_to(folder) for folder in found):
            found.append(path)
    return found
