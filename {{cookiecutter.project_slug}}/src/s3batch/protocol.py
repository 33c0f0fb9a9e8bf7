"""The invocation protocol of S3 Batch Operations, schemas 1.0 and 2.0, as pure functions.

Turns one task of a request into a `Task`, and results into the response. Knows no AWS error code
and calls nothing. Nothing else in `src` reads a request.

Source: Amazon S3 User Guide, "Invoke AWS Lambda function"; the API model of `LambdaInvoke`.
"""

import json
import re
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypedDict
from urllib.parse import unquote_plus

from s3batch.failures import PermanentFailure

ResultCode = Literal["Succeeded", "TemporaryFailure", "PermanentFailure"]


class Result(TypedDict):
    """One element of a response's `results`, in the words of the wire."""

    taskId: object
    resultCode: ResultCode
    resultString: str


class Response(TypedDict):
    """The response to one invocation, in the words of the wire."""

    invocationSchemaVersion: object
    treatMissingKeysAs: ResultCode
    invocationId: object
    results: list[Result]


SCHEMA_VERSIONS = ("1.0", "2.0")

RESULT_STRING_LIMIT = 1024
"""Characters. AWS documents no limit; an AWS sample says that the report cuts at 1,024."""

BREAKS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters and Unicode's line ends; and lone surrogates, which JSON cannot carry."""


@dataclass(frozen=True, slots=True)
class Task:
    """One object of the manifest, to work on now.

    Attributes:
        id: names the task within its invocation; opaque.
        bucket: the name of the bucket, never an ARN.
        key: the object's key, decoded.
        version_id: the version that the manifest names, `"null"` for the null version, or None
            when the manifest names none: then the object is whatever is current.
        arguments: what the manifest row (JSON in the key field) and the job (`userArguments`)
            say, the row first. `arguments.maps` is `[row, job]`. Values from a job are strings,
            values from a row are any JSON.
        deadline: when the work must have ended, in seconds of `time.monotonic()`.
    """

    id: str
    bucket: str
    key: str
    version_id: str | None
    arguments: ChainMap[str, object]
    deadline: float


def wire_tasks(event: object) -> list[object]:
    """Return the tasks of a request as they were sent; empty when it holds none."""
    tasks = event.get("tasks") if isinstance(event, dict) else None
    return tasks if isinstance(tasks, list) else []


def task_id(wire: object) -> object:
    """Return what was sent as `taskId`, to be echoed exactly; None when nothing was."""
    return wire.get("taskId") if isinstance(wire, dict) else None


def task(event: object, wire: object, deadline: float) -> Task:
    """Read one task of a request.

    Args:
        event: the request, any JSON.
        wire: one element of its `tasks`.
        deadline: seconds of `time.monotonic()`.

    Raises:
        PermanentFailure: naming what is not understood.
    """
    if not isinstance(event, dict) or not isinstance(wire, dict):
        raise PermanentFailure(f"The task {wire!r} is not a JSON object.")
    version = event.get("invocationSchemaVersion")
    if version not in SCHEMA_VERSIONS:
        raise PermanentFailure(
            f"The invocation schema version {version!r} is not understood: this function reads"
            " 1.0 and 2.0, so create the job with InvocationSchemaVersion 2.0."
        )
    name, row = _key(_text(wire, "s3Key"))
    return Task(
        id=_text(wire, "taskId"),
        bucket=_bucket(wire),
        key=name,
        version_id=_version_id(wire),
        arguments=ChainMap(row, _user_arguments(event)),
        deadline=deadline,
    )


def result(wire: object, code: ResultCode, text: str) -> Result:
    """Return one element of `results`, its `resultString` cut to one line of 1,024 characters."""
    return {"taskId": task_id(wire), "resultCode": code, "resultString": one_line(text)}


def response(event: object, results: Iterable[Result]) -> Response:
    """Return the response to a request, its ids echoed exactly."""
    request = event if isinstance(event, dict) else {}
    return {
        "invocationSchemaVersion": request.get("invocationSchemaVersion"),
        # What S3 Batch Operations assumes of a task that was sent and not answered; it says
        # nothing about missing objects. Every task is answered, so it never applies; stated all
        # the same, because "try again" is the only assumption that can lose nothing.
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": request.get("invocationId"),
        "results": list(results),
    }


def job_names(event: object) -> dict[str, object]:
    """Return the ids of the job and the invocation, for the log; None where there is none."""
    request = event if isinstance(event, dict) else {}
    job = request.get("job")
    return {
        "jobId": job.get("id") if isinstance(job, dict) else None,
        "invocationId": request.get("invocationId"),
    }


def one_line(text: str) -> str:
    """Return `text` on one line of at most 1,024 characters, cut in the middle if it must be.

    A key may hold any other character, such as a no-break space or a joiner: those stay.
    """
    if len(text) > RESULT_STRING_LIMIT:
        half = (RESULT_STRING_LIMIT - 3) // 2  # both ends say more than the middle of a long key
        text = f"{text[:half]}...{text[-half:]}"
    if text.isprintable():  # the quick answer for nearly every text
        return text
    return BREAKS_A_LINE.sub(" ", text)


def _text(wire: dict[str, object], name: str) -> str:
    value = wire.get(name)
    if not isinstance(value, str) or not value:
        raise PermanentFailure(f"The task's {name} is {value!r}: it must be a text, not empty.")
    return value


def _bucket(wire: dict[str, object]) -> str:
    if wire.get("s3BucketArn") is None:  # schema 2.0
        return _text(wire, "s3Bucket")
    # Schema 1.0. AWS's own guides show arn:aws:s3:::name and arn:aws:s3:region:account:name.
    arn = _text(wire, "s3BucketArn")
    parts = arn.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "s3" or not parts[5] or "/" in parts[5]:  # noqa: PLR2004 the six fields of an ARN
        raise PermanentFailure(f"The task's s3BucketArn {arn!r} is not the ARN of a bucket.")
    if wire.get("s3Bucket", parts[5]) != parts[5]:  # neither schema has both: act on neither
        raise PermanentFailure(f"The task's s3Bucket is {wire['s3Bucket']!r}, its ARN {arn!r}.")
    return parts[5]


def _version_id(wire: dict[str, object]) -> str | None:
    return None if wire.get("s3VersionId") is None else _text(wire, "s3VersionId")


def _user_arguments(event: dict[str, object]) -> dict[str, object]:
    job = event.get("job")
    arguments = job.get("userArguments") if isinstance(job, dict) else None
    if arguments is None:
        return {}
    if not isinstance(arguments, dict):
        raise PermanentFailure(f"The job's userArguments {arguments!r} are not a JSON object.")
    return dict(arguments)  # a task that changes its own must not change the next one's


def _key(encoded: str) -> tuple[str, dict[str, object]]:
    """Decode the key field, once: form-encoded, so that `+` is a space and `%2B` is a plus.

    Returns the key, and the row that came with it when the field is JSON with an `origKey`. A key
    that merely looks like JSON stays a key.
    """
    try:
        decoded = unquote_plus(encoded, errors="strict")
    except UnicodeDecodeError as error:
        raise PermanentFailure(f"The task's s3Key {encoded!r} is not UTF-8.") from error
    row = _json_object(decoded) if decoded.startswith("{") else {}
    if "origKey" not in row:
        return decoded, {}
    return _text(row, "origKey"), row


def _json_object(text: str) -> dict[str, object]:
    try:
        row: dict[str, object] = json.loads(text)
    except (ValueError, RecursionError):  # the second for a thousand brackets, up to Python 3.11
        return {}
    if "origKey" in row:
        json.loads(text, object_pairs_hook=_refuse_repeats)
    return row


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # json keeps the last of two: a row that gives newKey twice would be half obeyed in silence.
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PermanentFailure(f"The JSON row names {twice!r} twice: keep one of them.")
    return row
