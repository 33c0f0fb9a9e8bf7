"""What a manifest row, a job and the deployment ask for, joined into one copy or rename.

An argument is taken from where it is nearest to the object: the row, the job's userArguments, the
settings of the deployment. What is not understood is refused by name, before any request. Reads no
environment: it is given the settings.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from s3copy.values import Options, RefusedError, Source, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from settings import Settings

ROW = frozenset({"origKey", "newKey", "newBucket"})
"""What a JSON row of the manifest may say: `{"origKey": ..., "newKey": ..., "newBucket": ...}`."""

JOB = frozenset({"destinationBucket", "destinationPrefix", "operation", "overwrite", "missing"})
"""What a job may say in its userArguments."""

NARROWEST_FIRST = {"operation": ("copy", "rename"), "overwrite": ("never", "always")}
"""A job may choose the deployment's value or one before it: it may do less, and never more."""

MISSING = ("fail", "skip")

MOVED_BEFORE = (
    "The key begins with the prefix {prefix!r} already, and the copy would stay in the same bucket:"
    " it was moved before; leave it out, or give the row a newKey: {source}"
)


def read(
    row: Mapping[str, object],
    job: Mapping[str, object],
    source: Source,
    settings: Settings,
    new_key: Callable[[str, str], str],
) -> tuple[str, Target, Options]:
    """Return what is to be done with `source`: `copy` or `rename`, to which name, and how.

    Args:
        row: what the object's row of the manifest says, any JSON.
        job: the job's userArguments.
        source: the object.
        settings: those of the deployment.
        new_key: the rename rule: key and prefix to the key of the copy. A row with a `newKey` does
            without it.

    Raises:
        RefusedError: naming the setting or the argument that is not understood.
    """
    if settings.problems:
        raise RefusedError(" ".join(settings.problems))
    _refuse_unknown(row, ROW, "manifest row")
    _refuse_unknown(job, JOB, "job's userArguments")
    operation = _narrowed(job, "operation", settings.operation)
    overwrite = _narrowed(job, "overwrite", settings.overwrite)
    missing = _text(job, "missing", settings.missing)
    if missing not in MISSING:
        raise RefusedError(f"The argument missing is {missing!r}: use fail or skip.")
    bucket = _text(job, "destinationBucket", settings.destination_bucket)
    bucket = _text(row, "newBucket", bucket) or source.bucket
    if "newKey" in row:
        key = _text(row, "newKey", "")
    else:
        prefix = _text(job, "destinationPrefix", settings.destination_prefix)
        key = _by_rule(source, bucket, prefix, new_key)
    return operation, Target(bucket, key), options(settings, overwrite, missing)


@cache  # a deployment has four at most, and every task takes one of them
def options(settings: Settings, overwrite: str = "never", missing: str = "fail") -> Options:
    """Return the deployment's options; each field of `Options` is a setting of the same name."""
    named: dict[str, Any] = {field.name: getattr(settings, field.name) for field in fields(Options)}
    return Options(**named | {"overwrite": overwrite, "missing": missing})


def _by_rule(source: Source, bucket: str, prefix: str, new_key: Callable[[str, str], str]) -> str:
    """Return the key that the rename rule gives.

    Raises:
        RefusedError: the rule puts a prefix before a key that has it already, in one bucket. The
            object is what an earlier row or job made: a second run must not move it again.
    """
    key = new_key(source.key, prefix)
    if (
        prefix
        and source.key.startswith(prefix)
        and (bucket, key) == (source.bucket, prefix + source.key)
    ):
        raise RefusedError(MOVED_BEFORE.format(prefix=prefix, source=source))
    return key


def _refuse_unknown(given: Mapping[str, object], known: frozenset[str], where: str) -> None:
    if given and not given.keys() <= known:
        unknown = ", ".join(sorted(given.keys() - known))
        raise RefusedError(
            f"The {where} gives {unknown}, which is not understood:"
            f" known are {', '.join(sorted(known))}."
        )


def _text(given: Mapping[str, object], name: str, default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise RefusedError(f"The argument {name} is {value!r}: give a text.")
    return value


def _narrowed(job: Mapping[str, object], name: str, deployed: str) -> str:
    if name not in job:
        return deployed
    choices = NARROWEST_FIRST[name]
    value = _text(job, name, deployed)
    if value not in choices:
        raise RefusedError(f"The argument {name} is {value!r}: use {' or '.join(choices)}.")
    if choices.index(value) > choices.index(deployed):
        raise RefusedError(
            f"The job asks for {name} {value!r}, but this deployment allows {deployed!r} at most:"
            " change the deployment's setting, or the job."
        )
    return value
