"""What `submit` says: the job and how to go on with it, as text or as one JSON document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jobs.aws.cli_line import command_line
from jobs.submit.manifest_source import upload_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3control.type_defs import CreateJobRequestTypeDef, JobListDescriptorTypeDef

    from jobs.submit.manifest_source import Source


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a wish.

    Attributes:
        request: the CreateJob request.
        source: the manifest.
        region: where the job is, or would be.
        job_id: the job that was created.
        known: the job of the same work that exists; with neither, nothing was sent.
    """

    request: CreateJobRequestTypeDef
    source: Source
    region: str
    job_id: str | None = None
    known: JobListDescriptorTypeDef | None = None

    @property
    def owner(self) -> str | None:
        """The account that must own the jobs bucket; None: not checked."""
        return self.request["Report"].get("ExpectedBucketOwner")


def as_json(outcome: Outcome) -> str:
    """Return one JSON document; `jobId` is null if nothing was sent."""
    known = outcome.known
    document = {
        "jobId": known["JobId"] if known else outcome.job_id,
        "exists": known is not None,
        "status": known["Status"] if known else None,
        "request": outcome.request,
        "commands": list(_commands(outcome)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_text(outcome: Outcome) -> str:
    """Return the lines for a person; of a dry run, the request and the equal commands."""
    if outcome.known:
        return _known(outcome.known)
    if outcome.job_id:
        return _created(outcome, outcome.job_id)
    request = json.dumps(outcome.request, indent=2, ensure_ascii=False)
    commands = "\n\n".join(_commands(outcome))
    return f"{request}\n\n# Nothing was sent. The same with the AWS CLI:\n{commands}"


def _commands(outcome: Outcome) -> Iterator[str]:
    """Yield the command lines that do the same: the upload of a local manifest, then the job."""
    if outcome.source.path:
        put = upload_request(outcome.source.manifest, outcome.owner)
        whole = {**put, "Body": str(outcome.source.path)}
        yield command_line("s3api", "PutObject", whole, outcome.region)
    request = cast("Mapping[str, object]", outcome.request)
    yield command_line("s3control", "CreateJob", request, outcome.region)


def _known(job: JobListDescriptorTypeDef) -> str:
    created = job["CreationTime"].isoformat(" ", "seconds")
    return (
        f"Job {job['JobId']} exists: the same work was submitted on {created}, and it is "
        f"{job['Status']}. Nothing was sent; --again creates a new job."
    )


def _created(outcome: Outcome, job_id: str) -> str:
    request = outcome.request
    invoke = request["Operation"]["LambdaInvoke"]
    said = " ".join(f"{name}={value}" for name, value in invoke.get("UserArguments", {}).items())
    report = request["Report"]
    folder = "/".join(filter(None, [report.get("Prefix"), f"job-{job_id}"]))
    waits = "waits for confirmation" if request["ConfirmationRequired"] else "runs at once"
    of_job = {"AccountId": request["AccountId"], "JobId": job_id}
    confirm = of_job | {"RequestedJobStatus": "Ready"}
    lines = [
        f"Job {job_id} is created and {waits}.",
        f"  runs      {invoke['FunctionArn']}",
        f"  with      {said or 'no arguments'}",
        f"  on        {request['Manifest']['Location']['ObjectArn'].partition(':::')[2]}",
        f"  report    s3://{report['Bucket'].partition(':::')[2]}/{folder}/",
    ]
    if request["ConfirmationRequired"]:
        lines += ["", "Confirm it (S3 console: Batch Operations, Run job), or:"]
        lines += [command_line("s3control", "UpdateJobStatus", confirm, outcome.region)]
    lines += ["", "Watch it:", command_line("s3control", "DescribeJob", of_job, outcome.region)]
    return "\n".join(lines)
