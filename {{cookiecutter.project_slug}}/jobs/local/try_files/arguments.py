"""What the options of `try` give to the job and to each of its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.formats import manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def of_row(text: str) -> dict[str, object]:
    """Return what --row says. Raises Refused: it is no JSON object, or names the object itself."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not found or "origKey" in found:
        raise Refused(
            f"--row {text[:80]!r} is not understood: write a JSON object such as"
            """ '{"tags": {"team": "blue"}}', without origKey, which is the file's own."""
        )
    return found


def of_job(texts: Sequence[str]) -> dict[str, str]:
    """Return what --argument says. Raises Refused: S3 Batch Operations would not take it."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals) or name in found:
            raise Refused(
                f"--argument {text!r} is not understood: write NAME=VALUE, each name once."
            )
        found[name] = value
    if found:
        from jobs.local.api import operations  # noqa: PLC0415 - its model takes a moment to load

        shape = operations.model().shape_for("LambdaInvokeOperation")
        request_limits.check({"UserArguments": found}, shape)
    return found


def row(bucket: str, key: str, arguments: Mapping[str, object] | None) -> manifest.Row:
    """Return the row of an object. Raises Refused: it is too long once encoded."""
    try:
        return manifest.row(bucket, key, arguments=arguments)
    except ValueError as error:
        raise Refused(str(error)) from None
