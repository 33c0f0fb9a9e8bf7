"""Jobs that are there already: the one of the same work, and those that run beside a rename.

The description of each job ends with a mark of its work (`request.mark`), which ListJobs shows for
90 days: that finds the job of an earlier run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors, terminal, where
from jobs.aws import joblist
from jobs.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import JobListDescriptorTypeDef

    from jobs.submit.request import Job

CUT_SHORT = {
    "Cancelled": "was Cancelled",
    "Cancelling": "is being cancelled",
    "Failed": "has Failed",
    "Failing": "is failing",
}


def of_same_work(
    s3control: S3ControlClient, account: str, mark: str
) -> JobListDescriptorTypeDef | None:
    """Return the newest job of the same work; None: there is none, or it may not be looked for."""
    try:
        jobs = [
            job
            for job in joblist.jobs(s3control, account)
            if job.get("Description", "").endswith(mark)
        ]
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
        terminal.say(
            "ListJobs is denied, so a job of the same work is not looked for: only the very same "
            "request still gives the same job."
        )
        return None
    return max(jobs, key=lambda job: job["CreationTime"], default=None)


def refuse_old_work(job: JobListDescriptorTypeDef) -> None:
    """Refuse work whose job Failed or was Cancelled: `resume` makes the manifest of the rest."""
    if job["Status"] in CUT_SHORT:
        following = where.command(f"resume {joblist.short(job)}")
        has_ended = job["Status"] in joblist.ENDED
        raise Refused(
            f"Job {job['JobId']} of the same work {CUT_SHORT[job['Status']]}: {following} makes "
            "the manifest of what is left"
            f"{'; --again does all of it once more' if has_ended else ' once it has ended'}."
        )


def say_ended(job: JobListDescriptorTypeDef, like: str | None) -> None:
    """Say that a job of the same work has ended, before a further one is made.

    Not of the job that the new one is `like`: the person named it.
    """
    if like and job["JobId"].startswith(like):
        return
    name, end = joblist.short(job), CUT_SHORT.get(job["Status"], "is Complete")
    terminal.say(
        f"Job {name} of the same work {end} already, and this makes a further one: "
        f"{where.command(f'report {name}')} says what came of it."
    )


def refuse_beside(s3control: S3ControlClient, job: Job, account: str) -> None:
    """Refuse a rename while another job of its function has not ended.

    Two jobs at once can take each other's names, as rows of one manifest can; `check` looks at one
    manifest only.
    """
    function = job.function_arn.rpartition(":")[0]
    try:
        for each in joblist.jobs(s3control, account, joblist.WORKING):
            found = joblist.describe(s3control, account, each["JobId"])
            if found and joblist.function_of(found) == function:
                raise Refused(
                    f"Job {joblist.short(each)} of this function is {each['Status']}: two jobs at "
                    "once can take names from each other; wait for it, or add --yes."
                )
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
        terminal.say("ListJobs is denied: whether another job of this function runs is not known.")
