"""What the options of `python -m jobs local` say, and which of them contradict each other."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args, get_origin, get_type_hints

from jobs.errors import Refused
from jobs.local.engine.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import click

NEW_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""What CreateBucket takes for a name today ("Bucket naming rules" in the S3 User Guide)."""

BOOLEANS = {"true": True, "false": False}

ONE_AT_A_TIME = frozenset({"concurrency", "active_jobs"})
"""The choices that --in-process makes: both are 1."""


class Options(TypedDict):
    """What the command line says; None: nothing."""

    port: int | None
    s3_port: int | None
    s3_endpoint: str | None
    anyway: bool
    folder: Path | None
    keep: Path | None
    buckets: tuple[str, ...]
    function: str | None
    timeout: float | None
    in_process: bool
    as_json: bool
    lambda_endpoint: str | None
    lambda_function: str | None
    concurrency: int | None
    choices: tuple[str, ...]


def check(options: Options) -> None:
    """Raise Refused for options of which one would have no effect, and for impossible buckets."""
    if options["lambda_function"] is not None and options["lambda_endpoint"] is None:
        raise Refused("--lambda-function has no effect alone: give --lambda-endpoint too.")
    if options["lambda_function"] == "":
        raise Refused("--lambda-function '' names no function: give its name or its ARN.")
    if options["lambda_endpoint"] is not None:
        for option in ("function", "timeout", "in_process", "as_json", "anyway"):
            if options[option] not in {None, False}:
                name = {"as_json": "json"}.get(option, option).replace("_", "-")
                _refuse(f"--{name}", "--lambda-endpoint", "no function runs here")
    _check_s3(options)
    _check_concurrency(options)
    for bucket in options["buckets"]:
        if not NEW_BUCKET.fullmatch(bucket):
            raise Refused(
                f"--bucket {bucket[:80]!r} cannot be made: a bucket's name has 3 to 63 lower-case"
                " letters, digits, dots and hyphens, and begins and ends with a letter or digit."
            )


def _check_concurrency(options: Options) -> None:
    named = {pair.partition("=")[0]: f"--choice {pair}" for pair in options["choices"]}
    if options["concurrency"] is not None:
        if "concurrency" in named:
            raise Refused(
                f"--concurrency and {named['concurrency']} say the same: give one of them."
            )
        named["concurrency"] = "--concurrency"
    for name in sorted(ONE_AT_A_TIME & named.keys()) if options["in_process"] else ():
        _refuse(named[name], "--in-process", "one invocation runs at a time")


def _check_s3(options: Options) -> None:
    if options["s3_endpoint"] is not None:
        for option in ("s3_port", "folder", "keep"):
            if options[option] is not None:
                _refuse(f"--{option.replace('_', '-')}", "--s3-endpoint", "no S3 is started here")
    if options["anyway"] and options["s3_endpoint"] is None:
        raise Refused("--anyway has no effect alone: give --s3-endpoint too.")
    folder, keep = options["folder"], options["keep"]
    if folder and keep and (_is_within(folder, keep) or _is_within(keep, folder)):
        raise Refused(
            f"--folder {str(folder)!r} and --keep {str(keep)!r} are in one another: what is kept"
            " would become objects, more at each start. Name two other folders."
        )


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _refuse(option: str, other: str, why: str) -> None:
    raise Refused(f"{option} has no effect with {other}, where {why}: give one of them.")


def seconds(
    _context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """Return a number of seconds. Raises Refused: `nan`, which no range of click refuses."""
    if value is not None and math.isnan(value):
        raise Refused(f"--{parameter.name} {value!r} is no number of seconds: give one above 0.")
    return value


def given_choices(options: Options) -> Choices:
    """Return the choices that the options make. Raises Refused: see `choices`."""
    given = choices(options["choices"])
    if options["in_process"]:
        return replace(given, concurrency=1, active_jobs=1)
    return replace(given, concurrency=options["concurrency"] or given.concurrency)


def choices(pairs: Iterable[str]) -> Choices:
    """Return the choices with `pairs` (NAME=VALUE) set. Raises Refused: no such name, bad value."""
    kinds = get_type_hints(Choices)
    given: dict[str, Any] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise Refused(f"--choice {pair!r}: there is no {name!r}, but {', '.join(kinds)}.")
        if name in given:
            raise Refused(f"--choice {pair[:80]!r}: {name} is given twice, give it once.")
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
