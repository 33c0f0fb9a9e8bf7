"""What came over HTTP, and whether it is for this service.

The SDKs send the account id as the first label of the host (123456789012.localhost). Any other name
is refused: it is a request for somebody else (the service is no relay) or a web page that had its
own name resolve to this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobs.local.engine.api_errors import ApiError, bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

PROXIED_HOST = "s3-control.local"  # resolves nowhere: reached through HTTP_PROXY only
HTTP_PORT = 80
ACCOUNT_ID = re.compile("[0-9]{12}")
OWN = re.compile(
    r"(?:([^.]+)\.)?(s3-control\.local|localhost|127\.0\.0\.1)(?::([0-9]{1,5}))?", re.ASCII
)
"""A label before the host, the host, and the port."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP: path and query as they stood there, names of headers in any case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


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


def check_host(authority: str, port: int) -> None:
    """Raise ApiError unless `authority` (host[:port]) names the service that listens on `port`."""
    found = OWN.fullmatch(authority.lower())
    label, host, asked = found.groups() if found else (None, "", None)
    if label and not ACCOUNT_ID.fullmatch(label):
        raise bad_request(bad_account(label))
    at = (host, int(asked or HTTP_PORT))
    if not found or at not in {(host, port), (PROXIED_HOST, HTTP_PORT)}:
        raise ApiError(
            "AccessDenied",
            "This is a local S3 Batch Operations service, not a proxy: nothing is passed on to "
            f"{authority!r}. Unset HTTP_PROXY for other programs.",
            status=403,
        )


def bad_account(text: str) -> str:
    """Return the sentence for a text that is no account id."""
    return f"AccountId is {text[:80]!r}: an account id has 12 digits."
