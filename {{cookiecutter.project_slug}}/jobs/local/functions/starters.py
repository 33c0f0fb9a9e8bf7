"""Chooses how environments are started on this system: forked, or spawned."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from jobs.local.functions.forking import ForkServer
from jobs.local.functions.spawning import Spawner

if TYPE_CHECKING:
    from jobs.local.functions.processes import Starter

HAS_SAFE_FORK = hasattr(os, "fork") and sys.platform != "darwin"


def starter() -> Starter:
    """Return what this system can do; the process of a fork server starts at once.

    Not a fork on macOS: its system libraries start threads, which a child does not have
    (docs.python.org, multiprocessing, "Contexts and start methods").
    """
    return ForkServer() if HAS_SAFE_FORK else Spawner()
