"""Builds the CreateJob request, the mark of its work and its token; no call to AWS."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from jobs.aws.arns import account_of, partition_of
from jobs.errors import Refused
from jobs.formats.manifest import CSV_FORMAT, INVENTORY_FORMAT
from jobs.submit import generating
from jobs.submit.generating import Generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import (
        CreateJobRequestTypeDef,
        JobManifestLocationTypeDef,
        JobManifestTypeDef,
        JobOperationTypeDef,
        JobReportTypeDef,
    )

SCHEMA_VERSION = "2.0"  # 1.0 has no userArguments

# SubmitterPolicy and ConfirmerPolicy of template.yaml reach only jobs with this tag.
STACK_TAG = "Application"

MARK_LENGTH = 12  # hexadecimal digits
DESCRIPTION_LIMIT = 256  # characters; CreateJob in the API reference


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as CreateJob names it.

    Attributes:
        key: as it is, not encoded.
        etag: without the quotes that S3's answers have.
        fields: what each column holds, in order; empty: an inventory's manifest.json.
        version_id: of the object; empty: its bucket keeps no versions, or it is not there yet.
    """

    bucket: str
    key: str
    etag: str
    fields: tuple[str, ...]
    version_id: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of S3 Batch Operations.

    Attributes:
        function_arn: qualified by a version number, so that the code cannot change under the job.
        role_arn: the role that S3 Batch Operations assumes; its account is the job's.
        arguments: the job's `userArguments`, at most 10.
        report_bucket: a bucket's name.
        report_prefix: may be empty; slashes at its end are left out.
        report_owner: the account that must own the report bucket; None: not checked.
        description: empty: the operation and the manifest.
        tags: further ones; the stack's is added.
        needs_confirmation: False runs the job at once.
        stack: whose policies reach the job; None: not known.
    """

    function_arn: str
    role_arn: str
    manifest: Manifest | Generator
    arguments: Mapping[str, str]
    report_bucket: str
    report_prefix: str
    report_scope: Literal["AllTasks", "FailedTasksOnly"]
    report_owner: str | None
    description: str
    priority: int
    tags: Mapping[str, str]
    needs_confirmation: bool
    stack: str | None = None


def build(job: Job, token: str) -> CreateJobRequestTypeDef:
    """Return the CreateJob request of `job`; `token` makes sending it twice harmless.

    Raises:
        Refused: the role's ARN is not one, the description is too long, or a tag is taken.
    """
    account, partition = account_of(job.role_arn), partition_of(job.role_arn)
    request: CreateJobRequestTypeDef = {
        "AccountId": account,
        # Always said, so that no default decides whether the job waits.
        "ConfirmationRequired": job.needs_confirmation,
        "Operation": _operation(job),
        "Report": _report(job, partition),
        "Priority": job.priority,
        "RoleArn": job.role_arn,
        "Description": _description(job),
        "ClientRequestToken": token,
        "Tags": [{"Key": key, "Value": value} for key, value in _tags(job).items()],
    }
    if isinstance(job.manifest, Generator):
        request["ManifestGenerator"] = generating.member(job.manifest, partition)
    else:
        request["Manifest"] = _manifest(job.manifest, partition)
    return request


def mark(job: Job) -> str:
    """Return the mark of the work: 12 hexadecimal digits in brackets, the same for the same work.

    The work is: which objects (the manifest's content and columns), which code (the version) and
    with which arguments. Report, priority, tags, description and role are not part of it. The mark
    ends the description, where ListJobs shows it: a ClientRequestToken cannot be looked up.
    """
    match job.manifest:
        case Generator(bucket, filters):
            rows: tuple[Any, ...] = (bucket, filters)
        case Manifest(_, _, etag, fields):
            rows = (etag, fields)
    work = (job.function_arn, *rows, sorted(job.arguments.items()))
    text = json.dumps(work, sort_keys=True)
    return f"[{hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]}]"


def token(job: Job, *, again: str = "") -> str:
    """Return the ClientRequestToken, 64 characters: the same for the same job, and for no other.

    It covers every member of the request but the manifest's version: each upload of the same file
    has one of its own. AWS answers a known token with the known job when the request is equal, and
    with IdempotencyException when it is not. Any new text in `again` makes a further job.
    """
    if isinstance(job.manifest, Manifest):
        job = replace(job, manifest=replace(job.manifest, version_id=""))
    request = json.dumps([build(job, ""), again], sort_keys=True)
    return hashlib.sha256(request.encode()).hexdigest()


def _tags(job: Job) -> dict[str, str]:
    """Return the job's tags with the one that the stack's policies ask for: the stack's name.

    Where no stack is known the function's name stands there, or the value that was given.
    """
    if job.stack and job.tags.get(STACK_TAG, job.stack) != job.stack:
        raise Refused(
            f"The tag {STACK_TAG} is {job.tags[STACK_TAG]!r}, but it names the stack, "
            f"{job.stack!r}: leave it out, or give the --stack-name that is meant."
        )
    return {STACK_TAG: job.stack or job.function_arn.split(":")[6]} | dict(job.tags)


def _operation(job: Job) -> JobOperationTypeDef:
    invoke: Any = {"FunctionArn": job.function_arn, "InvocationSchemaVersion": SCHEMA_VERSION}
    if job.arguments:
        invoke["UserArguments"] = dict(job.arguments)
    return {"LambdaInvoke": invoke}


def _manifest(manifest: Manifest, partition: str) -> JobManifestTypeDef:
    spec: Any = {"Format": INVENTORY_FORMAT}
    if manifest.fields:
        spec = {"Format": CSV_FORMAT, "Fields": list(manifest.fields)}
    location: JobManifestLocationTypeDef = {
        "ObjectArn": f"arn:{partition}:s3:::{manifest.bucket}/{manifest.key}",
        "ETag": manifest.etag,
    }
    # The null version of a bucket whose versioning is off or suspended is named by no id.
    if manifest.version_id not in {"", "null"}:
        location["ObjectVersionId"] = manifest.version_id
    return {"Spec": spec, "Location": location}


def _report(job: Job, partition: str) -> JobReportTypeDef:
    report: JobReportTypeDef = {
        "Bucket": f"arn:{partition}:s3:::{job.report_bucket}",
        "Format": "Report_CSV_20180820",
        "Enabled": True,
        "ReportScope": job.report_scope,
    }
    if prefix := job.report_prefix.rstrip("/"):
        report["Prefix"] = prefix
    if job.report_owner:
        report["ExpectedBucketOwner"] = job.report_owner
    return report


def _description(job: Job) -> str:
    room = DESCRIPTION_LIMIT - MARK_LENGTH - 3
    if len(job.description) > room:
        raise Refused(
            f"The description {job.description[:20]!r}... has {len(job.description)} characters: "
            f"at most {room} leave room for the mark that finds the job again."
        )
    of = job.manifest
    on = of.key if isinstance(of, Manifest) else f"s3://{of.bucket}"
    words = job.description or f"{job.arguments.get('operation', 'run')} {on}"
    return f"{words[:room]} {mark(job)}"
