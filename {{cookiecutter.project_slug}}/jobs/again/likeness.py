"""Makes a job like another one: same function version, arguments, report place, priority, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import errors
from jobs.errors import Refused
from jobs.submit.request import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.submit.request import Manifest
    from jobs.where import Place


def like(  # noqa: PLR0913 - what may differ
    old: JobDescriptorTypeDef,
    manifest: Manifest,
    description: str,
    tags: Mapping[str, str],
    arguments: Mapping[str, str] | None = None,
    *,
    function_arn: str | None = None,
) -> Job:
    """Return a job on `manifest` that is otherwise like `old`.

    Args:
        old: the job, as DescribeJob answers it.
        manifest: what it runs on.
        description: what the list of jobs shows.
        tags: of the old job, which DescribeJob does not say.
        arguments: in place of the old ones.
        function_arn: the version to run in place of the old one.

    Raises:
        Refused: the old job runs no function.
    """
    invoke = old.get("Operation", {}).get("LambdaInvoke", {})
    if "FunctionArn" not in invoke:
        raise Refused(f"Job {old['JobId']} runs no function: it was not made by these tools.")
    asked = old["Report"]
    return Job(
        function_arn=function_arn or invoke["FunctionArn"],
        role_arn=old["RoleArn"],
        manifest=manifest,
        arguments=dict(invoke.get("UserArguments", {})) if arguments is None else arguments,
        report_bucket=asked["Bucket"].partition(":::")[2],
        report_prefix=asked.get("Prefix", ""),
        report_scope="AllTasks",  # whatever it was: the next retry needs the successes
        report_owner=asked.get("ExpectedBucketOwner"),
        description=description,
        priority=old.get("Priority", 0),
        tags=tags,
        needs_confirmation=True,
    )


def tags_of(place: Place, job_id: str) -> dict[str, str]:
    """Return the tags of a job.

    Raises:
        Refused: they may not be read, and a job without them could belong to nobody.
    """
    try:
        answer = place.clients.s3control.get_job_tagging(AccountId=place.account, JobId=job_id)
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
        raise Refused(
            f"The tags of job {job_id} may not be read, and the new job needs the same: allow "
            "s3:GetJobTagging, or submit the file with `submit`."
        ) from None
    return {each["Key"]: each["Value"] for each in answer.get("Tags", [])}
