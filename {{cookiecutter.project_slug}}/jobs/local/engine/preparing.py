"""Preparing: reads a job's whole manifest and checks it before the first task runs."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs import errors
from jobs.formats import inventory, manifest
from jobs.local.engine.job import FailedError
from jobs.local.engine.lambda_contract import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.local.engine.choices import Choices
    from jobs.local.engine.job import Job
    from jobs.local.engine.spool import TaskSpool

CHUNK = 1 << 20
"""Bytes read from S3 at a time."""

CHECK_EVERY = 1000
"""Rows between two looks at whether the job was cancelled."""

TOO_MANY_KEYS = "The manifest contains more keys than the maximum allowed in a single job"

FORBIDDEN = "Reading the manifest is forbidden: AccessDenied"


def fill(job: Job, rows: Iterable[manifest.Row], tasks: TaskSpool, choices: Choices) -> None:
    """Put every row into `tasks`; FailedError if the manifest is refused, then no task may run."""
    checked = _in_one_bucket(rows) if choices.one_bucket else rows
    try:
        for number, row in enumerate(checked):
            if number % CHECK_EVERY == 0:
                job.check_cancelled()
            if number == choices.most_tasks:
                raise FailedError("TooManyTasks", TOO_MANY_KEYS)
            tasks.add(Task(number, 0, 0, *row))
    except manifest.RefusedError as error:
        raise FailedError(error.code, str(error)) from error
    if not tasks.count:
        raise FailedError("InvalidManifestContent", f"{manifest.BAD_CONTENT}: it has no rows")


def _in_one_bucket(rows: Iterable[manifest.Row]) -> Iterator[manifest.Row]:
    first = None
    for number, row in enumerate(rows, start=1):
        first = first or row.bucket
        if row.bucket != first:
            detail = f"row {number} is in {row.bucket!r}, row 1 in {first!r}"
            raise manifest.RefusedError(manifest.BAD_CONTENT, detail)
        yield row


def rows(s3: S3Client, given: Mapping[str, Any], choices: Choices) -> Iterator[manifest.Row]:
    """Yield the rows of a request's Manifest; FailedError or RefusedError if it is refused."""
    bucket, _ = split_arn(given["Location"]["ObjectArn"])
    with tempfile.TemporaryFile() as spool:
        _fetch(s3, given, spool)
        if given["Spec"]["Format"] == manifest.CSV_FORMAT:
            names = given["Spec"].get("Fields", ())
            yield from manifest.read(spool, names, limit_decoded=choices.limit_decoded)
            return
        whole = inventory.parse(spool.read())
    for data_file in whole.files:
        with tempfile.TemporaryFile() as spool:
            _fetch_data(s3, bucket, data_file, spool)
            yield from inventory.read(spool, whole.fields)


def split_arn(arn: str) -> tuple[str, str]:
    """Return (bucket, key) of an object's ARN, or (bucket, "") of a bucket's."""
    bucket, _, key = arn.split(":", 5)[-1].partition("/")
    return bucket, key


def _fetch(s3: S3Client, given: Mapping[str, Any], spool: IO[bytes]) -> None:
    location = given["Location"]
    answer = _get(s3, *split_arn(location["ObjectArn"]), location.get("ObjectVersionId"))
    expected = location["ETag"].strip('"')
    found = answer["ETag"].strip('"')
    if found != expected:
        raise FailedError(
            "ManifestETagMismatch",
            f"The manifest's ETag is {found!r}, not {expected!r} as the job says:"
            " it was changed since, create the job again.",
        )
    encryption = answer.get("ServerSideEncryption", "")
    if encryption.startswith("aws:kms") and given["Spec"]["Format"] == manifest.CSV_FORMAT:
        raise FailedError(
            "InvalidManifestEncryption",
            f"A CSV manifest cannot be encrypted with {encryption}: upload it with AES256.",
        )
    _save(answer["Body"], spool)


def _fetch_data(s3: S3Client, bucket: str, data_file: inventory.DataFile, spool: IO[bytes]) -> None:
    digest = _save(_get(s3, bucket, data_file.key, None)["Body"], spool)
    if digest != data_file.md5:
        raise manifest.RefusedError(
            manifest.BAD_CONTENT, f"the MD5 of {data_file.key!r} is {digest}, not {data_file.md5}"
        )


def _get(s3: S3Client, bucket: str, key: str, version: str | None) -> Any:  # noqa: ANN401 - S3's own
    asked: Any = {} if version is None else {"VersionId": version}
    try:
        return s3.get_object(Bucket=bucket, Key=key, **asked)
    except ClientError as error:
        code = errors.code(error)
        if code in errors.DENIED_CODES:
            raise FailedError("ManifestAccessDenied", FORBIDDEN) from error
        reason = f"Reading the manifest s3://{bucket}/{key} failed: {code}"
        raise FailedError("ManifestNotReadable", reason) from error
    except BotoCoreError as error:
        raise FailedError("ManifestNotReadable", f"Reading the manifest failed: {error}") from error


def _save(body: Any, spool: IO[bytes]) -> str:  # noqa: ANN401 - botocore's StreamingBody
    digest = hashlib.md5(usedforsecurity=False)
    try:
        for chunk in body.iter_chunks(CHUNK):
            digest.update(chunk)
            spool.write(chunk)
    except BotoCoreError as error:  # the connection broke in the middle
        raise FailedError("ManifestNotReadable", f"Reading the manifest failed: {error}") from error
    spool.seek(0)
    return digest.hexdigest()
