"""Says what a job will do to how many objects, for how much; asks before it is created."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, terminal, where
from jobs.aws import joblist
from jobs.check.output import NO_RULE
from jobs.errors import Refused
from jobs.submit.generating import Generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3control import S3ControlClient

    from jobs.submit.options import Wish
    from jobs.submit.preparing import Prepared
    from jobs.submit.request import Job

OLD_WORK = {"Cancelled": "was Cancelled", "Failed": "has Failed"}
LONGEST = 100  # characters of a key that are shown
SHOWN = 2  # examples before a question; a dry run shows them all


def say(prepared: Prepared, *, examples: int = SHOWN) -> None:
    """Say what the job will do; of more than `examples` show only the first and the last."""
    terminal.say("\n".join(map(terminal.shown, _lines(prepared, examples))))


def ask(wish: Wish, prepared: Prepared) -> None:
    """Return once the person has agreed: to a copy by y, to a rename by its word.

    A list that S3 makes is agreed to by the name of its bucket: nobody has seen its rows.

    Raises:
        Refused: the answer was another, or nobody can be asked.
    """
    job = prepared.job
    is_rename = prepared.planned.operation == "rename"
    word = "rename" if is_rename else "y"
    if isinstance(job.manifest, Generator):
        word = job.manifest.bucket
    act = "Create it (it waits for confirm)" if job.needs_confirmation else "Run it"
    why = " Rename deletes the sources." if is_rename else ""
    terminal.confirm(
        f"{act}?{why} Type {word}:",
        word,
        is_given=wish.yes,
        refusal=f"This would {prepared.verb} {_objects(prepared)} and nobody is there to confirm "
        "it: add --yes.",
    )


def refuse_old_work(job_id: str, status: str) -> None:
    """Refuse work whose job Failed or was Cancelled: `resume` makes the manifest of the rest."""
    if status in OLD_WORK:
        raise Refused(
            f"Job {job_id} of the same work {OLD_WORK[status]}: "
            f"{where.command(f'resume {job_id[:8]}')} makes the manifest of what is left; --again "
            "does all of it once more."
        )


def refuse_beside_another(s3control: S3ControlClient, job: Job, account: str, wish: Wish) -> None:
    """Refuse a rename while another job of this function has not ended, unless --yes.

    Two jobs at once can take each other's names, as rows of one manifest can; `check` looks at one
    manifest only.
    """
    if wish.yes:
        return
    function = job.function_arn.rpartition(":")[0]
    try:
        for each in joblist.jobs(s3control, account, joblist.WORKING):
            found = joblist.describe(s3control, account, each["JobId"])
            if found and joblist.function_of(found) == function:
                raise Refused(
                    f"Job {each['JobId'][:8]} of this function is {each['Status']}: two jobs at "
                    "once can take names from each other; wait for it, or add --yes."
                )
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
        terminal.say("ListJobs is denied: whether another job of this function runs is not known.")


def _objects(prepared: Prepared) -> str:
    if prepared.rows is None:
        return f"what S3 lists of s3://{prepared.bucket}"
    return terminal.count(prepared.rows, "object")


def _lines(prepared: Prepared, examples: int) -> Iterator[str]:
    job, planned = prepared.job, prepared.planned
    of = f" of {prepared.of:,}, {prepared.words}" if prepared.words else ""
    yield f"{prepared.verb} of {_objects(prepared)}{of}"
    if isinstance(job.manifest, Generator):
        filters = dict(job.manifest.filters)
        yield f"  filters   {json.dumps(filters) if filters else 'none: every object'}"
    place = f"     to  s3://{planned.bucket or prepared.bucket}/{planned.prefix}"
    yield f"  from      s3://{prepared.bucket}/{place if planned.rule else ''}"
    few = prepared.examples
    shown = few if len(few) <= examples else [few[0], few[-1]]
    for old, new, bucket in shown:
        there = f"s3://{bucket}/" if bucket else ""
        to = f"  ->  {there}{terminal.cut(new, LONGEST)}" if new else ""
        yield f"            {terminal.cut(old, LONGEST)}{to}"
    if (rest := (prepared.rows or 0) - len(shown)) > 0 and shown:
        yield f"            … and {rest:,} more"
    name, _, number = job.function_arn.rpartition(":function:")[2].rpartition(":")
    deployed = f" (deployed {prepared.version.modified[:10]})" if prepared.version.modified else ""
    said = " ".join(f"{name}={value}" for name, value in job.arguments.items())
    yield f"  function  {name} version {number}{deployed}, with {said or 'no arguments'}"
    if planned.rule is None and prepared.rows is not None:
        yield f"            {NO_RULE}"
    yield f"  cost      {_cost(prepared)}"
    place = f"{job.report_bucket}/{job.report_prefix}".rstrip("/")
    yield f"  report    s3://{place}/"
    for each in prepared.warnings:
        where = f", line {each.examples[0].line}" if each.examples else ""
        rows = terminal.count(each.count, "row")
        yield f"  {each.code}       {each.title} in {rows}{where}: {each.advice}"


def _cost(prepared: Prepared) -> str:
    if prepared.rows is None:
        return (
            "US$ 0.25, and 0.015 for a million objects of the bucket, to make the list; "
            "confirm says the rest"
        )
    return str(prepared.cost)
