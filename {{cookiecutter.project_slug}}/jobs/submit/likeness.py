"""Makes a job like another one: same function version, arguments, report place, priority, tags.

This is `submit --like`, and what `retry`, `resume` and `undo` create.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.aws import joblist
from jobs.errors import Refused
from jobs.submit.arguments import tags as given_tags
from jobs.submit.request import Job
from jobs.where import Deployment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

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
    function_arn: str,
    arguments: Mapping[str, str],
) -> Job:
    """Return a job on `manifest` that is otherwise like `old`.

    Args:
        old: the job, as DescribeJob answers it.
        manifest: what it runs on.
        wish: what else was asked; its description, priority and tags win.
        tags: of the old job, which DescribeJob does not say.
        function_arn: the version to run.
        arguments: of the new job.
    """
    asked = old["Report"]
    return Job(
        function_arn=function_arn,
        role_arn=old["RoleArn"],
        manifest=manifest,
        arguments=arguments,
        report_bucket=asked["Bucket"].partition(":::")[2],
        report_prefix=asked.get("Prefix", ""),
        report_scope="AllTasks",  # whatever it was: resume and undo need the successes
        report_owner=asked.get("ExpectedBucketOwner"),
        description=wish.description,
        priority=old.get("Priority", 0) if wish.priority is None else wish.priority,
        tags={**tags, **given_tags(wish.tag)},
        needs_confirmation=wish.confirmation,
    )


def deployment(old: JobDescriptorTypeDef, function_arn: str | None) -> Deployment:
    """Return what a job like `old` runs on; `function_arn`: in place of the old job's.

    Raises:
        Refused: the old job runs no function, or wrote no report.
    """
    invoke = old.get("Operation", {}).get("LambdaInvoke", {})
    asked = old.get("Report", {})
    if "FunctionArn" not in invoke or "Bucket" not in asked:
        raise Refused(
            f"Job {old['JobId']} runs no function or writes no report: it was not made by these "
            "tools."
        )
    return Deployment(
        function_arn=function_arn or invoke["FunctionArn"],
        role_arn=old["RoleArn"],
        jobs_bucket=asked["Bucket"].partition(":::")[2],
        source_bucket=None,
        owner=asked.get("ExpectedBucketOwner"),
        has_stack_role=False,
        destinations=None,
    )


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
