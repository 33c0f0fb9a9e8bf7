"""Says what a job will do to how many objects, and asks before it is created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, terminal
from jobs.aws import joblist
from jobs.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient

    from jobs.formats.row_rules import Work
    from jobs.submit.options import Wish
    from jobs.submit.request import Job

OLD_WORK = {"Cancelled": "was Cancelled", "Failed": "has Failed"}


def say(job: Job, planned: Work, bucket: str, rows: str) -> None:
    """Say what the job will do; `rows` are how many, and of how many."""
    place = f"s3://{planned.bucket or bucket}/{planned.prefix}"
    said = " ".join(f"{name}={value}" for name, value in job.arguments.items())
    lines = [
        f"{planned.operation} of {rows}",
        f"  from      s3://{bucket}/     to  {place}",
        f"  function  {job.function_arn}, with {said or 'no arguments'}",
        f"  report    s3://{job.report_bucket}/{job.report_prefix}/",
    ]
    terminal.say("\n".join(map(terminal.shown, lines)))


def ask(wish: Wish, planned: Work, rows: int) -> None:
    """Return once the person has agreed. A rename is agreed to by its word.

    A copy that waits for `confirm` needs no answer where nobody can be asked: nothing runs yet.

    Raises:
        Refused: the answer was another, or nobody can be asked.
    """
    is_rename = planned.operation == "rename"
    if not is_rename and not terminal.is_interactive():
        return
    word = "rename" if is_rename else "y"
    act = "Run it" if not wish.confirmation else "Create it (it waits for confirm)"
    why = " Rename deletes the sources." if is_rename else ""
    terminal.confirm(
        f"{act}?{why} Type {word}:",
        word,
        is_given=wish.yes,
        refusal=f"This would {planned.operation} {terminal.count(rows, 'object')} and nobody is "
        "there to confirm it: add --yes.",
    )


def refuse_replacing(wish: Wish, planned: Work) -> None:
    """Refuse a rename with overwrite=always that was not asked for twice."""
    if (planned.operation, planned.overwrite) == ("rename", "always") and not wish.allow_overwrite:
        raise Refused(
            "rename with overwrite=always replaces what is there: add --allow-overwrite once "
            "'check --against' shows what that is."
        )


def refuse_old_work(job_id: str, status: str) -> None:
    """Refuse work whose job ended before its end: the rest is what `resume` makes."""
    if status in OLD_WORK:
        raise Refused(
            f"Job {job_id} of the same work {OLD_WORK[status]}: python -m jobs resume "
            f"{job_id[:8]} makes the manifest of what is left; --again does all of it once more."
        )


def refuse_beside_another(s3control: S3ControlClient, job: Job, account: str, wish: Wish) -> None:
    """Refuse a rename while another job of this function has not ended, unless --yes.

    Two jobs at once can do to each other what rows of one manifest do: neither check sees it.
    """
    if wish.yes:
        return
    function = job.function_arn.rpartition(":")[0]
    try:
        for each in joblist.jobs(s3control, account, joblist.OPEN):
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
