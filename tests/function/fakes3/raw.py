"""An answer of any kind in place of one request: for `before-send` of a real client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Answered:
    """Answers each request so, and keeps them."""

    status: int
    body: bytes = b""
    headers: Any = field(default_factory=dict)
    sent: list[Any] = field(default_factory=list)

    def __call__(self, request: Any, **_: object) -> AWSResponse:
        self.sent.append(request)
        return AWSResponse(request.url, self.status, self.headers, self)

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield the body, as urllib3's answer does."""
        yield self.body
