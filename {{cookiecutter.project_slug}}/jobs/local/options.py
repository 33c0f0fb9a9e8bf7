"""What the options of `python -m jobs local` say, and which of them contradict each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args, get_origin, get_type_hints

from jobs.errors import Refused
from jobs.local.engine.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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
    function: str | None
    timeout: int | None
    in_process: bool
    as_json: bool
    lambda_endpoint: str | None
    lambda_function: str | None
    concurrency: int | None
    choices: tuple[str, ...]


def check(options: Options) -> None:
    """Raise Refused for options of which one would have no effect, or would do harm."""
    if options["lambda_function"] is not None and options["lambda_endpoint"] is None:
        raise Refused("--lambda-function has no effect alone: give --lambda-endpoint too.")
    if options["lambda_function"] == "":
        raise Refused("--lambda-function '' names no function: give its name or its ARN.")
    if options["lambda_endpoint"] is not None:
        unused = ["function", "timeout", "in_process", "as_json", "anyway"]
        _refuse_any(options, unused, "--lambda-endpoint", "no function runs here")
    if options["s3_endpoint"] is not None:
        unused = ["s3_port", "folder", "keep"]
        _refuse_any(options, unused, "--s3-endpoint", "no S3 is started here")
    if options["anyway"] and options["s3_endpoint"] is None:
        raise Refused("--anyway has no effect alone: give --s3-endpoint too.")
    folder, keep = options["folder"], options["keep"]
    if folder and keep and (_is_within(folder, keep) or _is_within(keep, folder)):
        raise Refused(
            f"--folder {str(folder)!r} and --keep {str(keep)!r} are in one another: what is kept"
            " would become objects, more at each start. Name two other folders."
        )


def _refuse_any(options: Mapping[str, object], names: Iterable[str], other: str, why: str) -> None:
    for name in names:
        if options[name] is not None and options[name] is not False:  # port 0 was given, too
            option = "--json" if name == "as_json" else f"--{name.replace('_', '-')}"
            raise Refused(f"{option} has no effect with {other}, where {why}: give one of them.")


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def given_choices(options: Options) -> Choices:
    """Return the choices that the options make. Raises Refused: see `choices`."""
    pairs = list(options["choices"])
    if options["concurrency"] is not None:
        pairs.append(f"concurrency={options['concurrency']}")
    given = choices(pairs)
    if not options["in_process"]:
        return given
    if named := ONE_AT_A_TIME & {pair.partition("=")[0] for pair in pairs}:
        raise Refused(
            f"{min(named)} has no effect with --in-process, where one invocation runs at a time:"
            " give one of them."
        )
    return replace(given, concurrency=1, active_jobs=1)


def choices(pairs: Iterable[str]) -> Choices:
    """Return the choices with `pairs` (NAME=VALUE) set. Raises Refused: no such name, bad value."""
    kinds = get_type_hints(Choices)
    given: dict[str, Any] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise Refused(f"--choice {pair!r}: there is no {name!r}, but {', '.join(kinds)}.")
        if name in given:
            raise Refused(f"{name} is given twice, give it once.")
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
