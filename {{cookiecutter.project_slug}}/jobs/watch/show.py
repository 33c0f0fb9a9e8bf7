"""The verb `show`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.aws.cli_line import command_line
from jobs.estimate import job_plan
from jobs.report import fetch
from jobs.watch import states
from jobs.watch.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place

SCHEMA = "jobs.show/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str
    as_cli: bool
    as_json: bool


@click.command("show", short_help="Say all that S3 knows of a job.")
@click.argument("job", default=which_job.LAST)
@click.option(
    "--cli", "as_cli", is_flag=True, help="Print the AWS CLI lines that show and steer it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.place_options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Say what JOB does, on what, with which function and arguments, and how far it is."""
    wish = Wish(**context.params)
    place = where.place(wish)
    job = which_job.find(place, wish.job)
    if wish.as_cli:
        terminal.out("\n\n".join(_commands(place, job)))
        return
    tags = joblist.tags(place.clients.s3control, place.account, job["JobId"])
    found = job_plan.of(place.clients.s3, job)
    if wish.as_json:
        plain = _plain({"schema": SCHEMA, "job": job, "tags": tags, "plan": found})
        terminal.out(terminal.as_json(plain))
        return
    lines = [*_lines(job, tags), ("plan", job_plan.words(found) if found else "")]
    terminal.out(terminal.table([line for line in lines if line[1]]))


def _commands(place: Place, job: JobDescriptorTypeDef) -> Iterator[str]:
    of_job = {"AccountId": place.account, "JobId": job["JobId"]}
    yield command_line("s3control", "DescribeJob", of_job, place.region)
    for status in ("Ready", "Cancelled"):
        more = of_job | {"RequestedJobStatus": status}
        yield command_line("s3control", "UpdateJobStatus", more, place.region)


def _lines(job: JobDescriptorTypeDef, tags: dict[str, str] | None) -> Iterator[tuple[str, str]]:
    now = State(job, 0.0)
    invoke = job.get("Operation", {}).get("LambdaInvoke", {})
    yield "job", job["JobId"]
    yield "status", " ".join(filter(None, [job["Status"], states.words([now])]))
    for reason in job.get("FailureReasons", []):
        yield "failed", f"{reason['FailureCode']}: {reason['FailureReason']}"
    if job["Status"] == "Suspended" and (why := job.get("SuspendedCause")):
        confirm = where.command(f"confirm {job['JobId'][:8]}")
        yield "waits", f"{why}: {confirm}"
    yield "what", terminal.shown(job.get("Description", ""))
    yield "on", terminal.shown(joblist.manifest_uri(job))
    yield "runs", invoke.get("FunctionArn", next(iter(job.get("Operation", {})), ""))
    for name, value in joblist.arguments(job).items():
        yield "with", terminal.shown(f"{name}={value}")
    yield "priority", str(job.get("Priority", ""))
    yield "created", f"{job['CreationTime']:%Y-%m-%d %H:%M:%S} UTC"
    if ended := job.get("TerminationDate"):
        yield "ended", f"{ended:%Y-%m-%d %H:%M:%S} UTC"
    yield "report", terminal.shown(fetch.place(job) or "none")
    yield "role", job.get("RoleArn", "")
    for name, value in (tags or {}).items():
        yield "tag", terminal.shown(f"{name}={value}")
    if tags is None:
        yield "tags", "may not be read: that needs s3:GetJobTagging"


def _plain(value: Any) -> Any:  # noqa: ANN401 - an answer of botocore
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
