"""The two ways in which a copy can fail; the message is one sentence, for the report.

Exception
├── RefusedError    final: the same request would fail again
└── TryAgainError   a later delivery can succeed
"""

from __future__ import annotations

from typing import ClassVar


class RefusedError(Exception):
    """Final: the same request would fail again."""

    retryable: ClassVar[bool] = False


class TryAgainError(Exception):
    """A later delivery can succeed."""

    retryable: ClassVar[bool] = True
