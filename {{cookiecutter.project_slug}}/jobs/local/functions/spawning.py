"""Starts each environment as a new Python, where there is no safe fork: half a second each."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.local.functions import frames
from jobs.local.functions.processes import LAST_WORDS, Process, kill
from jobs.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.local.functions.environment import Setup

SPAWN_SECONDS = 30.0
# Ctrl-C in the terminal is for the service; what an environment starts ends with it.
if sys.platform == "win32":
    OWN_GROUP: Any = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    OWN_GROUP: Any = {"start_new_session": True}


class Spawner:
    """Starts each environment as a new Python."""

    is_tmp_private = False

    def __init__(self) -> None:
        """Make the folder of their temporary files."""
        self._folder = Path(tempfile.mkdtemp(prefix="local-function-"))
        self._running: set[subprocess.Popen[bytes]] = set()
        self._given: dict[str, Any] = {}
        self._environ: dict[str, str] = {}

    def configure(self, setup: Setup, environ: Mapping[str, str]) -> None:
        """Say what every environment is."""
        self._given = {"setup": asdict(setup)}
        self._environ = dict(environ)

    def start(self) -> Process:
        """Start one; it connects to a port of this process and sends the token it was given."""
        temporary, token = tempfile.mkdtemp(dir=self._folder), secrets.token_hex()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(SPAWN_SECONDS)
            port = listener.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, "-m", "jobs.local.functions.environment"],
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                **OWN_GROUP,
            )
            self._running.add(process)
            given = {**self._given, "temporary": temporary, "port": port, "token": token}
            channel = _connected(process, given, listener)
        assert process.stdout is not None  # noqa: S101 - a pipe, as asked for
        return Process(
            process.pid,
            channel,
            process.stdout,
            lambda: _kill_tree(process),
            lambda: self._wait(process),
        )

    def close(self) -> None:
        """Kill what runs and remove the folders."""
        for process in tuple(self._running):
            _kill_tree(process)
            self._wait(process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            code = process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            _kill_tree(process)
            code = process.wait()
        self._running.discard(process)
        return code


def _connected(
    process: subprocess.Popen[bytes], given: Mapping[str, Any], listener: socket.socket
) -> socket.socket:
    """Send `given` to a process and return the connection that it then makes."""
    assert process.stdin is not None  # noqa: S101 - a pipe, as asked for
    with process.stdin as stdin:
        stdin.write(json.dumps(given).encode())
    channel, _ = listener.accept()
    first = frames.receive(channel)
    if first is None or first.head.get("token") != given["token"]:
        raise OSError("Another program than the environment came to its port.")
    return channel


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has not been waited for, and what it started."""
    if process.returncode is None:
        kill(process.pid)
