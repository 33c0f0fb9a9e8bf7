"""Writes API requests as the AWS CLI command lines that would send them.

The lines are quoted for a POSIX shell and can be pasted.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from botocore import xform_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def command_line(
    service: str, operation: str, parameters: Mapping[str, object], region: str
) -> str:
    r"""Return `aws SERVICE OPERATION ...`, one option a line, each line but the last ending in \.

    `service` is the CLI's name of it, such as `s3control`; `operation` is the API's, such as
    `CreateJob`, and `parameters` are its members as botocore takes them.
    """
    options = [_option(name, value) for name, value in parameters.items()]
    lines = [
        f"aws {service} {xform_name(operation, '-')}",
        f"--region {shlex.quote(region)}",
        *(" ".join(words) for words in options),
    ]
    return " \\\n  ".join(lines)


def _option(name: str, value: object) -> Iterator[str]:
    """Yield the words of one option: a boolean is a flag, a structure is JSON."""
    option = xform_name(name, "-")
    if isinstance(value, bool):
        yield f"--{option}" if value else f"--no-{option}"
        return
    yield f"--{option}"
    plain = isinstance(value, str | int)
    yield shlex.quote(str(value) if plain else json.dumps(value, ensure_ascii=False))
