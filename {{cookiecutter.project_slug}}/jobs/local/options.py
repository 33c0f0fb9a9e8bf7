"""What the options of `python -m jobs local` say, and which of them contradict each other."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypedDict

from jobs.errors import Refused

if TYPE_CHECKING:
    import click

NEW_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""What CreateBucket takes for a name today ("Bucket naming rules" in the S3 User Guide)."""


class Options(TypedDict):
    """What the command line says; None: nothing."""

    port: int
    s3_port: int | None
    s3_endpoint: str | None
    buckets: tuple[str, ...]
    function: str | None
    timeout: float | None
    lambda_endpoint: str | None
    lambda_function: str | None
    concurrency: int | None
    choices: tuple[str, ...]


def check(options: Options) -> None:
    """Raise Refused for options of which one would have no effect, and for impossible buckets."""
    if options["lambda_function"] is not None and options["lambda_endpoint"] is None:
        raise Refused("--lambda-function has no effect alone: give --lambda-endpoint too.")
    if options["lambda_endpoint"] is not None:
        for option in ("function", "timeout"):
            if options[option] is not None:
                _refuse(f"--{option}", "--lambda-endpoint", "no function runs in this process")
    if options["s3_endpoint"] is not None and options["s3_port"] is not None:
        _refuse("--s3-port", "--s3-endpoint", "no S3 is started here")
    named = [pair for pair in options["choices"] if pair.startswith("concurrency=")]
    if options["concurrency"] is not None and named:
        raise Refused(f"--concurrency and --choice {named[0]} say the same: give one of them.")
    for bucket in options["buckets"]:
        if not NEW_BUCKET.fullmatch(bucket):
            raise Refused(
                f"--bucket {bucket[:80]!r} can not be made: a bucket's name has 3 to 63 lower-case"
                " letters, digits, dots and hyphens, and begins and ends with a letter or digit."
            )


def _refuse(option: str, other: str, why: str) -> None:
    raise Refused(f"{option} has no effect with {other}, where {why}: give one of them.")


def seconds(
    _context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """Let a number of seconds pass; `nan`, which is in no range and out of none, is Refused."""
    if value is not None and math.isnan(value):
        raise Refused(f"--{parameter.name} {value!r} is no number of seconds: give one above 0.")
    return value
