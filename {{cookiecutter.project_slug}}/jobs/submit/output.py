"""What `submit` says: the job and how to go on with it, as text or as one JSON document."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jobs import terminal, where
from jobs.aws import joblist
from jobs.aws.cli_line import command_line
from jobs.submit.options import Wish
from jobs.submit.request import Manifest
from jobs.submit.storing import upload_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3control.type_defs import CreateJobRequestTypeDef, JobListDescriptorTypeDef

    from jobs.submit.preparing import Prepared

SCHEMA = "jobs.submit/1"
# The options of a trial that the job of the other rows needs, too.
SAME = (
    "operation",
    "overwrite",
    "destination_bucket",
    "destination_prefix",
    "argument",
    "versioned",
    "fields",
    "like",
    "latest",
    "priority",
    "tag",
    "report_prefix",
    "report_scope",
    "allow_overwrite",
)


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


def tell(
    outcome: Outcome, *, as_json: bool, is_watched: bool = False, has_again: bool = True
) -> None:
    """Print what came of it. A job that was created is told of whatever stdout is.

    `has_again`: the verb has that option.
    """
    try:
        text = as_text(outcome, is_watched=is_watched, has_again=has_again)
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
        "aboutUsd": f"{prepared.cost.usd:.2f}" if prepared.cost else None,
        "examples": [
            {"key": old, "newKey": new or None, "newBucket": bucket or None}
            for old, new, bucket in prepared.examples
        ],
        "request": outcome.request,
        "commands": list(_commands(outcome)),
    }
    return terminal.as_json(document)


def as_text(outcome: Outcome, *, is_watched: bool = False, has_again: bool = True) -> str:
    """Return the lines for a person; of a dry run, the request and the equal commands."""
    if not (job_id := outcome.known_or_new):
        request = json.dumps(outcome.request, indent=2, ensure_ascii=False)
        commands = "\n\n".join(_commands(outcome))
        return f"{request}\n\n# Nothing was sent. The same with the AWS CLI:\n{commands}"
    if outcome.known:
        told, verb = _known(outcome.known, has_again=has_again)
    else:
        told, verb = _created(outcome.request, job_id)
    following = where.command(f"{verb} {joblist.short(job_id)}")
    return told if is_watched else f"{told}   Next: {following}"


def rest(outcome: Outcome, wish: Wish) -> str:
    """Return how to run the rows that a trial left, with the same options; empty: none are left."""
    prepared = outcome.prepared
    left = prepared.of - (prepared.rows or 0)
    if left <= 0 or (wish.first is None and wish.sample is None):
        return ""
    usual = Wish()
    given = {name: getattr(wish, name) for name in SAME}
    typed = {name: value for name, value in given.items() if value != getattr(usual, name)}
    options = terminal.options({**typed, "after": joblist.short(outcome.known_or_new or "")})
    again = where.command(f"submit {terminal.pasted(wish.manifest)}{options}")
    return f"Next: {again}   (the other {left:,})"


def _commands(outcome: Outcome) -> Iterator[str]:
    """Yield the command lines that do the same: the upload of a local manifest, then the job."""
    job, path = outcome.prepared.job, outcome.prepared.path
    if path and isinstance(job.manifest, Manifest):
        put = upload_request(job.manifest, job.report_owner)
        yield command_line("s3api", "PutObject", {**put, "Body": str(path)}, outcome.region)
    request = cast("Mapping[str, object]", outcome.request)
    yield command_line("s3control", "CreateJob", request, outcome.region)


def _known(job: JobListDescriptorTypeDef, *, has_again: bool) -> tuple[str, str]:
    """Return what is said of a job that exists, and the verb to go on with."""
    verb = "report" if job["Status"] in joblist.ENDED else "watch"
    told = (
        f"Job {job['JobId']} exists: the same work was submitted on "
        f"{job['CreationTime']:%Y-%m-%d %H:%M} UTC, and it is {job['Status']}. No job was created"
        f"{'; --again creates one' * has_again}."
    )
    return told, "confirm" if job["Status"] == "Suspended" else verb


def _created(request: CreateJobRequestTypeDef, job_id: str) -> tuple[str, str]:
    """Return what is said of a new job, and the verb to go on with."""
    verb, does = ("confirm", "waits for confirmation")
    if not request["ConfirmationRequired"]:
        verb, does = "watch", "runs"
    if "ManifestGenerator" in request:
        verb, does = "watch", "waits: S3 makes its list"
    return f"Job {job_id} is created and {does}.", verb
