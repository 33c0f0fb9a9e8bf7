"""Reads what samconfig.toml gives to `sam deploy`; it never writes there.

Of what sam takes for `parameter_overrides` it reads all but references to other files and the long
form ParameterKey=NAME,ParameterValue=VALUE, which it refuses. A file may hold several environments,
as `[prod.deploy.parameters]`: sam runs with one of them, `default` if --config-env says no other.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs.errors import Refused
from jobs.project import PROJECT

PATH = PROJECT / "samconfig.toml"
# Which environment is meant where no option says so; our choice: sam itself reads its option only.
ENVIRONMENT_VARIABLE = "SAM_CONFIG_ENV"
DEFAULT = "default"
OTHER_FORMATS = (".yaml", ".yml")  # which sam takes where there is no TOML
NOTHING: tuple[Any, ...] = ("", [], {})  # overrides that say nothing: then the next section counts
# Where sam itself looks, the command's own section first.
SECTIONS = ("deploy", "global")
# What sam reads as Name=value in one text: samcli.cli.types.CfnParameterOverridesType
PAIR = re.compile(
    r""" *([A-Za-z0-9]+)=("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!')(?:\\.|[^ "\\])+)(?= |$)""",
    re.DOTALL,
)


def setting(samconfig: Path, name: str) -> str | None:
    """Return a setting of `sam deploy` such as `stack_name` or `region`; None: it is not set.

    A file that is still a template, with a value that no answer has replaced, sets nothing.
    The environment of the file is the one that SAM_CONFIG_ENV says, or `default`; `config_env` sets
    that variable.

    Raises:
        Refused: the file is not one that sam can use, has no such environment, or the setting is
            no text.
    """
    for section in _sections(samconfig):
        value = section.get(name, "")
        if not isinstance(value, str):
            raise Refused(f"In {str(samconfig)!r} {name} is {value!r}: write a text, in quotes.")
        if value and "{{" not in value:
            return value
    return None


def parameters(samconfig: Path) -> dict[str, str]:
    """Return the parameter values of samconfig.toml by name; none where it has none.

    They are a list in the project as generated, and one text in what `sam deploy --guided` saves.
    The environment as in `setting`.

    Raises:
        Refused: the file is not one that sam can use, or an entry is not understood.
    """
    sections = _sections(samconfig)
    found = (section.get("parameter_overrides", []) for section in sections)
    return dict(_overrides(next((each for each in found if each not in NOTHING), [])))


def override(entry: str) -> tuple[str, str]:
    """Return name and value of one `Name=value`; quotes round the whole value are not part of it.

    Raises:
        Refused: there is no `=`.
    """
    name, equals, value = entry.partition("=")
    if not equals:
        raise Refused(f"The parameter {entry!r} has no value: write Name=value.")
    return name, _unquoted(value)


def _sections(samconfig: Path) -> Iterator[dict[str, Any]]:
    """Yield the tables of `sam deploy`, the nearest first; empty ones where the file has none."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT
    try:
        document = tomllib.loads(samconfig.read_text("utf-8"))
    except FileNotFoundError:
        for other in map(samconfig.with_suffix, OTHER_FORMATS):
            if other.exists():
                raise Refused(
                    f"{str(other)!r} is read by sam alone: keep these settings in {samconfig.name}."
                ) from None
        return
    except UnicodeDecodeError:
        raise Refused(f"{str(samconfig)!r} is not UTF-8: save it as that.") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{str(samconfig)!r} is not valid TOML: {error}.") from None
    if chosen != DEFAULT and chosen not in document:
        known = {name for name, each in document.items() if isinstance(each, dict)} | {DEFAULT}
        raise Refused(
            f"{str(samconfig)!r} has no environment {chosen!r}: give --config-env one of "
            f"{', '.join(sorted(known))}."
        )
    for section in SECTIONS:
        found: Any = document
        for name in (chosen, section, "parameters"):
            found = found.get(name, {})
            if not isinstance(found, dict):
                raise Refused(f"In {str(samconfig)!r} {name!r} is {found!r}: make it a table.")
        yield found


def _overrides(given: object) -> Iterator[tuple[str, str]]:
    match given:
        case str():
            yield from _pairs(given)
        case list():
            for each in given:
                yield from _overrides(each)
        case dict():
            for name, value in given.items():
                if not isinstance(value, str | int | float):
                    raise Refused(f"The parameter {name!r} is {value!r}: give it one text.")
                yield name, _unquoted(str(value))
        case _:
            raise Refused(
                f"The parameter {given!r} of samconfig.toml is no text: write Name=value."
            )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield what one text says; sam leaves out what it does not understand, this refuses it."""
    text = text.strip()
    end = 0
    while end < len(text) or not text:
        pair = PAIR.match(text, end)
        if pair is None:
            raise Refused(
                f"The parameter {text[end:].strip()!r} of samconfig.toml is not understood: write "
                'Name="value", with both quotes.'
            )
        if pair[1] == "ParameterKey":
            raise Refused(
                f"samconfig.toml says {pair[0].strip()!r}: write each parameter as "
                'Name="value", without ParameterKey and ParameterValue.'
            )
        yield pair[1], _unquoted(pair[2])
        end = pair.end()


def _unquoted(value: str) -> str:
    r"""Return the value without the quotes round it; `\"`, `\'` and `\ ` become one character."""
    if value[:1] in {'"', "'"} and value[0] == value[-1]:
        value = value[1:-1]
    return re.sub(r"""\\([ "'])""", r"\1", value)
