"""What `submit` says: the job and how to go on with it, as text or as one JSON document."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jobs import terminal
from jobs.aws.cli_line import command_line
from jobs.submit.manifest_source import upload_request
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3control.type_defs import CreateJobRequestTypeDef, JobListDescriptorTypeDef

    from jobs.submit.options import Wish
    from jobs.submit.preparing import Prepared

SCHEMA = "jobs.submit/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a wish.

    Attributes:
        request: the CreateJob request.
        prepared: what it was made of.
        region: where the job is, or would be.
        job_id: the job that was created.
        known: the job of the same work that exists; without it and `job_id`, nothing was sent.
    """

    request: CreateJobRequestTypeDef
    prepared: Prepared
    region: str
    job_id: str | None = None
    known: JobListDescriptorTypeDef | None = None

    @property
    def known_or_new(self) -> str | None:
        """The id of the job that there is now; None: nothing was sent."""
        return self.known["JobId"] if self.known else self.job_id


def tell(outcome: Outcome, *, as_json: bool, is_watched: bool = False) -> None:
    """Print what came of it. A job that was created is told of whatever stdout is."""
    try:
        text = as_text(outcome, is_watched=is_watched)
        terminal.out(as_document(outcome) if as_json else text)
        sys.stdout.flush()
    except OSError:
        if outcome.job_id:
            terminal.say(f"Job {outcome.job_id} is created.")
        raise


def as_document(outcome: Outcome) -> str:
    """Return one JSON document; `jobId` is null if nothing was sent."""
    prepared = outcome.prepared
    document = {
        "schema": SCHEMA,
        "jobId": outcome.known_or_new,
        "exists": outcome.known is not None,
        "status": outcome.known["Status"] if outcome.known else None,
        "rows": prepared.rows,
        "of": prepared.of if prepared.rows is not None else None,
        "aboutUsd": f"{prepared.cost.usd:.2f}" if prepared.rows is not None else None,
        "examples": [{"key": old, "newKey": new or None} for old, new in prepared.examples],
        "request": outcome.request,
        "commands": list(_commands(outcome)),
    }
    return terminal.as_json(document)


def as_text(outcome: Outcome, *, is_watched: bool = False) -> str:
    """Return the lines for a person; of a dry run, the request and the equal commands."""
    if outcome.known:
        return _known(outcome.known)
    if outcome.job_id:
        return _created(outcome.request, outcome.job_id, is_watched=is_watched)
    request = json.dumps(outcome.request, indent=2, ensure_ascii=False)
    commands = "\n\n".join(_commands(outcome))
    return f"{request}\n\n# Nothing was sent. The same with the AWS CLI:\n{commands}"


# What a variable says is there for the next command as well.
VARIABLES = {
    "--function-arn": "JOBS_FUNCTION_ARN",
    "--role-arn": "JOBS_ROLE_ARN",
    "--jobs-bucket": "JOBS_BUCKET",
    "--source-bucket": "JOBS_SOURCE_BUCKET",
}


def rest(outcome: Outcome, wish: Wish) -> str:
    """Return how to run the rows that a trial left, with the same options; empty: none are left."""
    prepared = outcome.prepared
    left = prepared.of - (prepared.rows or 0)
    if left <= 0 or (wish.first is None and wish.sample is None):
        return ""
    given = {
        "--operation": wish.operation,
        "--overwrite": wish.overwrite,
        "--destination-bucket": wish.destination_bucket,
        "--destination-prefix": wish.destination_prefix,
        "--fields": wish.fields or None,
        # without these the rest would run on another stack or function, or under another role
        "--function-arn": wish.function_arn,
        "--role-arn": wish.role_arn,
        "--jobs-bucket": wish.jobs_bucket,
        "--source-bucket": wish.source_bucket,
        "--stack-name": wish.stack_name,
        "--config-env": wish.config_env,
        "--region": wish.region,
    }
    words = ["--versioned"] if wish.versioned else []
    words += [
        f"{name} {terminal.word(value)}"
        for name, value in given.items()
        if value not in (None, os.environ.get(VARIABLES.get(name, "")))
    ]
    words += [f"--argument {terminal.word(each)}" for each in wish.argument]
    words += [f"--tag {terminal.word(each)}" for each in wish.tag]
    after = f"--after {(outcome.known_or_new or '')[:8]}"
    command = " ".join([terminal.word(wish.manifest), *words, after])
    return f"Next: python -m jobs submit {command}   (the other {left:,})"


def _commands(outcome: Outcome) -> Iterator[str]:
    """Yield the command lines that do the same: the upload of a local manifest, then the job."""
    job, source = outcome.prepared.job, outcome.prepared.source
    if source and source.path and isinstance(job.manifest, Manifest):
        put = upload_request(source.manifest, job.report_owner)
        yield command_line("s3api", "PutObject", {**put, "Body": str(source.path)}, outcome.region)
    request = cast("Mapping[str, object]", outcome.request)
    yield command_line("s3control", "CreateJob", request, outcome.region)


def _known(job: JobListDescriptorTypeDef) -> str:
    created = job["CreationTime"].isoformat(" ", "seconds")
    return (
        f"Job {job['JobId']} exists: the same work was submitted on {created}, and it is "
        f"{job['Status']}. Nothing was sent; --again creates a new job."
    )


def _created(request: CreateJobRequestTypeDef, job_id: str, *, is_watched: bool) -> str:
    waits = request["ConfirmationRequired"]
    verb, does = ("confirm", "waits for confirmation") if waits else ("watch", "runs")
    if "ManifestGenerator" in request:
        verb, does = "watch", "waits: S3 makes its list"
    told = f"Job {job_id} is created and {does}."
    return told if is_watched else f"{told}   Next: python -m jobs {verb} {job_id[:8]}"
