"""The services beside the jobs: S3, which may be another's, and moto for all others of AWS."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.local import environment, other_services
from jobs.local.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack

    from jobs.local.deployed import Deployed
    from jobs.local.options import Options

S3_PORT, JOBS_PORT = 5057, 5058
"""Where they listen unless another port is asked for, or another program has it."""

BACKLOG = 128
"""Connections that wait to be taken."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where they are, for this process too."""

    s3_url: str
    url: str
    """Of moto, which answers for all but S3 and the jobs."""
    wait: Callable[[], object]
    """Returns once those that run here answer."""
    is_own_s3: bool
    keys: Mapping[str, str]
    """Made-up credentials, where the user gave none to be used there."""
    region: str


def begin_services(options: Options, project: Deployed, running: ExitStack) -> Services:
    """Begin to start them, or find them, and isolate this process. They end with `running`.

    Raises Refused: no URL, the port is taken; `wait` does where the folder of --keep cannot be
    used.
    """
    given = options["s3_endpoint"]
    if given is not None:
        other_services.check_url("--s3-endpoint", given)
    keys = {} if given and os.environ.get("AWS_ACCESS_KEY_ID") else environment.FAKE_KEYS
    listener = listening("--s3-port", options["s3_port"], S3_PORT if given is None else 0)
    own = s3_server.beginning(listener, options["keep"], project.buckets if given is None else ())
    url, wait = running.enter_context(own)
    environment.isolate(given or url, is_own_s3=given is None, services_url=url)
    return Services(given or url, url, wait, given is None, keys, os.environ["AWS_REGION"])


def listening(option: str, asked: int | None, usual: int) -> socket.socket:
    """Return a socket that listens on the port that `option` asks for, else on the usual one.

    Where the usual one is taken it is any other. The socket is returned, not only the port number:
    another program could take the port meanwhile. Raises Refused: the port is taken.
    """
    try:
        port = usual if asked is None else asked
        return socket.create_server((environment.LOOPBACK, port), backlog=BACKLOG)
    except OSError as error:
        if asked is None:
            return listening(option, 0, 0)
        raise Refused(
            f"{option} {asked} cannot be used ({error.strerror}): 0 finds a free port."
        ) from error
