"""What `submit` says: the job and how to go on with it, as text or as one JSON document."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jobs import terminal, where
from jobs.aws import joblist
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
        "aboutUsd": f"{prepared.cost.usd:.2f}" if prepared.rows is not None else None,
        "examples": [{"key": old, "newKey": new or None} for old, new, _ in prepared.examples],
        "request": outcome.request,
        "commands": list(_commands(outcome)),
    }
    return terminal.as_json(document)


def as_text(outcome: Outcome, *, is_watched: bool = False, has_again: bool = True) -> str:
    """Return the lines for a person; of a dry run, the request and the equal commands."""
    if outcome.known:
        return _known(outcome.known, is_watched=is_watched, has_again=has_again)
    if outcome.job_id:
        return _created(outcome.request, outcome.job_id, is_watched=is_watched)
    request = json.dumps(outcome.request, indent=2, ensure_ascii=False)
    commands = "\n\n".join(_commands(outcome))
    return f"{request}\n\n# Nothing was sent. The same with the AWS CLI:\n{commands}"


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
        "--like": wish.like,
        "--priority": None if wish.priority is None else str(wish.priority),
        "--report-prefix": wish.report_prefix,
        "--report-scope": wish.report_scope,
    }
    flags = ("versioned", "latest", "allow_overwrite")
    words = [f"--{name.replace('_', '-')}" for name in flags if getattr(wish, name)]
    words += [
        f"{name} {terminal.word(value)}" for name, value in given.items() if value is not None
    ]
    words += [f"--argument {terminal.word(each)}" for each in wish.argument]
    words += [f"--tag {terminal.word(each)}" for each in wish.tag]
    after = f"--after {(outcome.known_or_new or '')[:8]}"
    again = where.command(" ".join(["submit", terminal.pasted(wish.manifest), *words, after]))
    return f"Next: {again}   (the other {left:,})"


def _commands(outcome: Outcome) -> Iterator[str]:
    """Yield the command lines that do the same: the upload of a local manifest, then the job."""
    job, source = outcome.prepared.job, outcome.prepared.source
    if source and source.path and isinstance(job.manifest, Manifest):
        put = upload_request(source.manifest, job.report_owner)
        yield command_line("s3api", "PutObject", {**put, "Body": str(source.path)}, outcome.region)
    request = cast("Mapping[str, object]", outcome.request)
    yield command_line("s3control", "CreateJob", request, outcome.region)


def _known(job: JobListDescriptorTypeDef, *, is_watched: bool, has_again: bool) -> str:
    verb = "report" if job["Status"] in joblist.ENDED else "watch"
    verb = "confirm" if job["Status"] == "Suspended" else verb
    told = (
        f"Job {job['JobId']} exists: the same work was submitted on "
        f"{job['CreationTime']:%Y-%m-%d %H:%M} UTC, and it is {job['Status']}. No job was created"
        f"{'; --again creates one' * has_again}."
    )
    following = where.command(f"{verb} {job['JobId'][:8]}")
    return told if is_watched else f"{told}   Next: {following}"


def _created(request: CreateJobRequestTypeDef, job_id: str, *, is_watched: bool) -> str:
    waits = request["ConfirmationRequired"]
    verb, does = ("confirm", "waits for confirmation") if waits else ("watch", "runs")
    if "ManifestGenerator" in request:
        verb, does = "watch", "waits: S3 makes its list"
    told = f"Job {job_id} is created and {does}."
    return told if is_watched else f"{told}   Next: {where.command(f'{verb} {job_id[:8]}')}"
