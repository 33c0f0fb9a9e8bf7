"""Reads `--choice NAME=VALUE` into `Choices`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from jobs.errors import Refused
from jobs.local.engine.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable

BOOLEANS = {"true": True, "false": False}


def choices(pairs: Iterable[str]) -> Choices:
    """Return the choices with those of `pairs` (NAME=VALUE) set. Raises Refused: unknown, bad."""
    kinds = get_type_hints(Choices)
    given: dict[str, Any] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise Refused(f"--choice {pair!r}: there is no {name!r}, but {', '.join(kinds)}.")
        try:
            given[name] = _value(text, kinds[name])
        except (KeyError, ValueError):
            raise Refused(f"--choice {pair[:80]!r}: give {_expected(kinds[name])}.") from None
    try:
        return replace(Choices(), **given)
    except ValueError as error:
        raise Refused(f"--choice {error}") from error


def _value(text: str, kind: Any) -> object:  # noqa: ANN401 - a type, or a Literal of types
    if get_origin(kind) is Literal:
        return {value: value for value in get_args(kind)}[text]
    if kind is bool:
        return BOOLEANS[text.lower()]
    return kind(text)


def _expected(kind: Any) -> str:  # noqa: ANN401 - a type, or a Literal of types
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    return {int: "a whole number, 0 or more", float: "seconds, 0 or more"}.get(
        kind, "true or false"
    )
