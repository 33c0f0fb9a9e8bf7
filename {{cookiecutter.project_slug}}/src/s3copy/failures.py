"""The two ways in which a copy can fail."""

from __future__ import annotations


class RefusedError(Exception):
    """Final: the same request would fail again. The message is the sentence for the report."""


class TryAgainError(Exception):
    """A later delivery can succeed. The message is the sentence for the report."""
