"""Makes a job like another: same function version, arguments, role, report place, priority, tags.

What an option says wins. This is `submit --like`, and what `retry`, `resume` and `undo` create.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jobs import terminal, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.submit import function_arn
from jobs.submit.arguments import tags as given_tags
from jobs.submit.request import STACK_TAG, Job
from jobs.where import Deployment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef, JobReportTypeDef

    from jobs.submit.generating import Generator
    from jobs.submit.options import Wish
    from jobs.submit.request import Manifest
    from jobs.where import Place


def like(  # noqa: PLR0913 - what may differ
    old: JobDescriptorTypeDef,
    manifest: Manifest | Generator,
    wish: Wish,
    *,
    tags: Mapping[str, str],
    place: Deployment,
    version_arn: str,
    arguments: Mapping[str, str],
) -> Job:
    """Return a job on `manifest` that is otherwise like `old`.

    Args:
        old: the job, as DescribeJob answers it.
        manifest: what it runs on.
        wish: what else was asked, which wins.
        tags: of the old job, which DescribeJob does not say.
        place: what it runs on, as `deployment` returns it.
        version_arn: the version to run.
        arguments: of the new job.
    """
    asked = old["Report"]
    prefix = asked.get("Prefix", "") if wish.report_prefix is None else wish.report_prefix
    return Job(
        function_arn=version_arn,
        role_arn=place.role_arn,
        manifest=manifest,
        arguments=arguments,
        report_bucket=place.jobs_bucket,
        report_prefix=prefix,
        report_scope=_scope(asked, wish),
        report_owner=place.owner,
        description=wish.description,
        priority=old.get("Priority", 0) if wish.priority is None else wish.priority,
        tags={**tags, **given_tags(wish.tag)},
        needs_confirmation=wish.confirmation,
        stack=tags.get(STACK_TAG) or place.stack,  # whoever made the old job may have left it out
    )


def deployment(
    old: JobDescriptorTypeDef, wish: Wish, latest: str | None, function: str
) -> Deployment:
    """Return what a job like `old` runs on, where `wish` names no other role or bucket.

    Args:
        old: the job, as DescribeJob answers it.
        wish: what was asked.
        latest: the function's ARN with what is deployed now; None: the version of the old job.
        function: the ARN of the function that is meant, without version or alias.

    Raises:
        Refused: the old job runs no function or another one, or wrote no report; or another version
            was named.
    """
    runs = old.get("Operation", {}).get("LambdaInvoke", {}).get("FunctionArn")
    asked = old.get("Report", {})
    if not runs or "Bucket" not in asked:
        raise Refused(
            f"Job {old['JobId']} runs no function or writes no report: it was not made by these "
            "tools."
        )
    which_job.refuse_another(function, old)
    if not latest:
        _refuse_other_version(wish.function_arn, runs, old["JobId"])
    bucket = asked["Bucket"].partition(":::")[2]
    return Deployment(
        function_arn=latest or runs,
        role_arn=wish.role_arn or old["RoleArn"],
        jobs_bucket=wish.jobs_bucket or bucket,
        source_bucket=None,
        owner=asked.get("ExpectedBucketOwner") if wish.jobs_bucket in {None, bucket} else None,
        has_stack_role=False,
        destinations=None,
    )


def _refuse_other_version(given: str | None, runs: str, job_id: str) -> None:
    """Refuse a version in --function-arn that is not that of the job: one of the two is a mistake.

    An alias only says which function is meant.
    """
    version = (given or "").rpartition(":")[2]
    if function_arn.is_number(version) and given != runs:
        raise Refused(
            f"--function-arn names version {version}, and --like runs that of job {job_id[:8]}, "
            f"{runs.rpartition(':')[2]}: add --latest to run version {version}, or leave out "
            "--function-arn."
        )


def _scope(asked: JobReportTypeDef, wish: Wish) -> Literal["AllTasks", "FailedTasksOnly"]:
    """Return what the report lists: all tasks, since resume and undo need the successes."""
    if wish.report_scope:
        return wish.report_scope
    if asked.get("ReportScope") == "FailedTasksOnly":
        terminal.say(
            "The report will list all tasks, though that job's listed the failed ones only: resume "
            "and undo need the others. submit --report-scope FailedTasksOnly leaves them out."
        )
    return "AllTasks"


def tags_of(place: Place, job_id: str) -> dict[str, str]:
    """Return the tags of a job.

    Raises:
        Refused: they may not be read, and without them the stack's policies might not reach the
            new job.
    """
    found = joblist.tags(place.clients.s3control, place.account, job_id)
    if found is None:
        raise Refused(
            f"The tags of job {job_id} may not be read, and the new job needs the same: allow "
            "s3:GetJobTagging, or submit the file with `submit`."
        )
    return found
