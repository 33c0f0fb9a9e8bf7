"""The limits of a request that botocore's model of the service states, checked to the last.

botocore itself checks types, required members and minimum lengths only; its model also holds the
maxima, the enumerations and the patterns. Documented rules beyond the model are not checked here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ParamValidationError
from botocore.model import ListShape, MapShape, StringShape, StructureShape
from botocore.validate import validate_parameters

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sized

    from botocore.model import Shape

LONGEST_SHOWN = 100  # characters of a value in a message
# Java's classes of Unicode categories, which `re` does not know: letters, numbers, separators
JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


def check(parameters: Mapping[str, Any], shape: Shape) -> None:
    """Refuse `parameters` unless they keep every limit of `shape`, an operation's input.

    Raises:
        Refused: names each member that breaks a limit.
    """
    try:
        validate_parameters(parameters, shape)
    except ParamValidationError as error:
        report = "; ".join(line.rstrip(".") for line in error.kwargs["report"].splitlines())
        raise Refused(f"The request is not valid: {report}.") from None
    if problems := list(_problems(parameters, shape, "")):
        raise Refused(f"The request is not valid: {'; '.join(problems)}.")


def _problems(value: Any, shape: Shape, path: str) -> Iterator[str]:  # noqa: ANN401 - by its shape
    match shape:
        case StructureShape():
            for name, member in value.items():
                yield from _problems(member, shape.members[name], f"{path}.{name}".lstrip("."))
        case ListShape():
            yield from _size(value, shape, path, "members")
            for at, member in enumerate(value):
                yield from _problems(member, shape.member, f"{path}[{at}]")
        case MapShape():
            yield from _size(value, shape, path, "entries")
            for key, member in value.items():
                yield from _problems(key, shape.key, f"the name {_shown(key)} in {path}")
                yield from _problems(member, shape.value, f"{path}[{_shown(key)}]")
        case StringShape():
            yield from _size(value, shape, path, "characters")
            yield from _text(value, shape, path)
        case _ if isinstance(value, int) and value > shape.metadata.get("max", value):
            yield f"{path} is {value}, and at most {shape.metadata['max']} is allowed"


def _text(value: str, shape: StringShape, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path} is {_shown(value)}, and must be one of {', '.join(shape.enum)}"
    elif "pattern" in shape.metadata and not _matches(value, shape.metadata["pattern"]):
        yield f"{path} is {_shown(value)}, and must match {shape.metadata['pattern']}"


def _matches(value: str, pattern: str) -> bool:
    for java, python in JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _size(value: Sized, shape: Shape, path: str, unit: str) -> Iterator[str]:
    """Check minimum and maximum; botocore forgets the minimum of maps."""
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if len(value) > most:
        yield f"{path} has {len(value)} {unit}, and at most {most} are allowed"
    if len(value) < least:
        yield f"{path} has {len(value)} {unit}, and at least {least} are needed"


def _shown(value: str) -> str:
    """Return the value as it stands in a message: never megabytes of it."""
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}...")
