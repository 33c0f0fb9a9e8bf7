"""Messages over the sockets between the service, the fork server and the environments."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

LENGTHS = struct.Struct("!II")  # bytes of the head, bytes of the body


class Frame(NamedTuple):
    """One message: a few named values, and the payload of an event or a response."""

    head: dict[str, Any]
    body: bytes


def send(channel: socket.socket, head: Mapping[str, object], body: bytes = b"") -> None:
    """Send one frame. OSError: the other end is gone."""
    named = json.dumps(head).encode()
    channel.sendall(LENGTHS.pack(len(named), len(body)) + named + body)


def receive(channel: socket.socket) -> Frame | None:
    """Return the next frame; None: the other end closed the channel, also in the middle of one.

    Raises TimeoutError, where the channel has a timeout.
    """
    lengths = _exactly(channel, LENGTHS.size)
    if lengths is None:
        return None
    head, body = LENGTHS.unpack(lengths)
    both = _exactly(channel, head + body)
    return None if both is None else Frame(json.loads(both[:head]), both[head:])


def _exactly(channel: socket.socket, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        try:
            part = channel.recv(min(count - len(found), 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        found = found + part if found else part
    return found
