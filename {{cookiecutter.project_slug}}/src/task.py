"""The work that is done on every object of the manifest. THE file to edit.

`run` receives one `Task` and returns a text: the task Succeeded, and the text stands in the job's
completion report. To do work of your own, put it in `run` and delete the rest:

    raise TemporaryFailure("why")   S3 Batch Operations sends the task again
    raise PermanentFailure("why")   recorded as failed

Anything else that is raised is classified by `s3copy.is_retryable`. The same task may be sent
twice, so doing it again must do no harm. Keep no state outside `run`: a container serves many.
"""

from collections.abc import Mapping

import s3copy
from s3batch import PermanentFailure, Task
from settings import SETTINGS


def new_key(key: str, prefix: str) -> str:
    """Return the key of the copy: the rename rule."""
    return prefix + key


def run(task: Task) -> str:
    """Copy or rename one object; return what happened and where the copy is."""
    if SETTINGS.problems:
        raise PermanentFailure(" ".join(SETTINGS.problems))
    row, job = task.arguments.maps
    _refuse_unknown(row, ROW_ARGUMENTS, "manifest row")
    _refuse_unknown(job, JOB_ARGUMENTS, "job's userArguments")

    source = s3copy.Source(task.bucket, task.key, task.version_id)
    bucket = _text(row, "newBucket", _text(job, "destinationBucket", SETTINGS.destination_bucket))
    prefix = _text(job, "destinationPrefix", SETTINGS.destination_prefix)
    target = s3copy.Target(bucket or task.bucket, _text(row, "newKey", new_key(task.key, prefix)))
    operation = _narrowed(job, "operation", SETTINGS.operation)
    options = OPTIONS[_narrowed(job, "overwrite", SETTINGS.overwrite)]
    act = s3copy.rename if operation == "rename" else s3copy.copy
    return act(S3, source, target, options, task.deadline)


ROW_ARGUMENTS = frozenset({"origKey", "newKey", "newBucket"})
"""What a JSON row of the manifest may say: `{"origKey": ..., "newKey": ..., "newBucket": ...}`."""

JOB_ARGUMENTS = frozenset({"destinationBucket", "destinationPrefix", "operation", "overwrite"})
"""What a job may say in its userArguments."""

NARROWEST_FIRST = {"operation": ("copy", "rename"), "overwrite": ("never", "always")}
"""A job may choose a value at or before the deployment's: the role would deny the rest."""

OPTIONS = {
    overwrite: s3copy.Options(
        overwrite=overwrite,
        head_first=SETTINGS.head_first,
        kms_key_arn=SETTINGS.kms_key_arn,
        storage_class=SETTINGS.storage_class,
        annotations=SETTINGS.annotations,
        source_owner=SETTINGS.source_owner,
        destination_owner=SETTINGS.destination_owner,
        multipart_threshold=SETTINGS.multipart_threshold,
        part_size=SETTINGS.part_size,
        parts_in_flight=SETTINGS.parts_in_flight,
    )
    for overwrite in ("never", "always")
}

S3 = s3copy.client(OPTIONS["never"])
"""The one S3 client, made while the container starts, where Lambda gives the most CPU."""


def _refuse_unknown(given: Mapping[str, object], known: frozenset[str], where: str) -> None:
    if not given.keys() <= known:
        unknown = ", ".join(sorted(given.keys() - known))
        raise PermanentFailure(
            f"The {where} gives {unknown}, which is not understood:"
            f" known are {', '.join(sorted(known))}."
        )


def _text(given: Mapping[str, object], name: str, default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise PermanentFailure(f"The argument {name} is {value!r}: give a text.")
    return value


def _narrowed(job: Mapping[str, object], name: str, deployed: str) -> str:
    choices = NARROWEST_FIRST[name]
    value = _text(job, name, deployed)
    if value not in choices:
        raise PermanentFailure(f"The argument {name} is {value!r}: use {' or '.join(choices)}.")
    if choices.index(value) > choices.index(deployed):
        raise PermanentFailure(
            f"The job asks for {name} {value!r}, but this deployment allows {deployed!r} at most:"
            " change the deployment's setting, or the job."
        )
    return value
