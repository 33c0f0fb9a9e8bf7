"""Which host names the job service answers: its own, with or without the account id before them.

The SDKs send the account id as the first label of the host (123456789012.localhost). Any other name
is refused: it is a request for somebody else (the service is no relay) or a web page that had its
own name resolve to this machine.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PROXIED_HOST = "s3-control.local"  # resolves nowhere: reached through HTTP_PROXY only
OWN_NAMES = re.compile(r"(\d{12}\.)?(s3-control\.local|localhost|127\.0\.0\.1)", re.ASCII)
OTHER_ACCOUNT = re.compile(r"([^.]+)\.(s3-control\.local|localhost|127\.0\.0\.1)(:\d+)?", re.ASCII)
LOOPBACK = re.compile(r"(\d{12}\.)?(localhost|127\.0\.0\.1)", re.ASCII)
HTTP_PORT = 80


def target(request_target: str, host_header: str) -> tuple[str, str, str]:
    """Return (authority, path, query) of a request line, in origin-form or in absolute-form.

    The authority of an absolute-form target counts, the Host header otherwise (RFC 9112, 3.2).
    """
    if request_target.startswith("/"):
        path, _, query = request_target.partition("?")
        return host_header, path, query
    try:
        parts = urlsplit(request_target)
    except ValueError:
        return request_target, "", ""
    if parts.scheme.lower() != "http":
        return request_target, "", ""
    return parts.netloc, parts.path or "/", parts.query


def malformed_account(authority: str) -> str | None:
    """Return the label before one of the service's own names that is no account id, if there is."""
    found = OTHER_ACCOUNT.fullmatch(authority.lower())
    return found[1] if found and not re.fullmatch("[0-9]{12}", found[1]) else None


def is_own(authority: str, port: int) -> bool:
    """Say whether `authority` (host[:port]) names the service that listens on `port`."""
    host, colon, asked = authority.lower().partition(":")
    if colon and not re.fullmatch(r"\d{1,5}", asked, re.ASCII):
        return False
    asked_port = int(asked) if colon else HTTP_PORT
    if LOOPBACK.fullmatch(host):
        return asked_port == port
    return OWN_NAMES.fullmatch(host) is not None and asked_port in (port, HTTP_PORT)
