"""The verb `show`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from jobs import terminal, where, which_job
from jobs.aws import joblist
from jobs.aws.cli_line import command_line
from jobs.estimate import job_plan
from jobs.report import ended
from jobs.report.document import iso
from jobs.watch import states
from jobs.watch.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place

SCHEMA = "jobs.show/1"


@click.command("show", short_help="Say all that S3 knows of a job.")
@click.argument("job", default=which_job.LAST)
@click.option(
    "--cli", "as_cli", is_flag=True, help="Print the AWS CLI lines that show and steer it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@where.place_options
def command(job: str, *, as_cli: bool, as_json: bool, **given: str | None) -> None:
    """Say what JOB does, on what, with which function and arguments, and how far it is."""
    place = where.place(where.Where(**given))
    found = which_job.find(place, job)
    if as_cli:
        terminal.out("\n\n".join(_commands(place, found)))
        return
    tags = joblist.tags(place.clients.s3control, place.account, found["JobId"])
    plan = job_plan.of(place.clients.s3, found)
    if as_json:
        document = {"schema": SCHEMA, "job": found, "tags": tags, "plan": plan}
        plain = json.loads(json.dumps(document, default=iso))  # an answer of botocore has times
        terminal.out(terminal.as_json(plain))
        return
    lines = [*_lines(found, tags), ("plan", job_plan.words(plan) if plan else "")]
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
        confirm = where.command(f"confirm {joblist.short(job)}")
        yield "waits", f"{why}: {confirm}"
    yield "what", terminal.shown(job.get("Description", ""))
    yield "on", terminal.shown(joblist.manifest_uri(job))
    yield "runs", invoke.get("FunctionArn", next(iter(job.get("Operation", {})), ""))
    for name, value in joblist.arguments(job).items():
        yield "with", terminal.shown(f"{name}={value}")
    yield "priority", str(job.get("Priority", ""))
    yield "created", f"{job['CreationTime']:%Y-%m-%d %H:%M:%S} UTC"
    if end := job.get("TerminationDate"):
        yield "ended", f"{end:%Y-%m-%d %H:%M:%S} UTC"
    yield "report", terminal.shown(ended.report_uri(job) or "none")
    yield "role", job.get("RoleArn", "")
    for name, value in (tags or {}).items():
        yield "tag", terminal.shown(f"{name}={value}")
    if tags is None:
        yield "tags", "may not be read: that needs s3:GetJobTagging"
