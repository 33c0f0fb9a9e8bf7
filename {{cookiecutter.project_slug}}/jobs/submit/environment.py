"""What a job runs on: from the stack's outputs, or from the options that replace them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.aws import stack
from jobs.project import samconfig, template
from jobs.submit import request

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from jobs.submit.options import Wish


@dataclass(frozen=True, slots=True)
class Target:
    """What a job runs on.

    Attributes:
        function_arn: with an alias or a version.
        role_arn: the role that S3 Batch Operations takes.
        jobs_bucket: the name of the bucket of manifests and reports.
        source_bucket: the bucket that the function reads; None: not known.
        owner: the account that must own the jobs bucket; None: an option named the bucket.
        has_stack_role: the role is the one that the stack made, of which is known what it may do.
        destinations: the buckets that the function may write to; None: not known.
    """

    function_arn: str
    role_arn: str
    jobs_bucket: str
    source_bucket: str | None
    owner: str | None
    has_stack_role: bool
    destinations: frozenset[str] | None


def find(cloudformation: CloudFormationClient, wish: Wish) -> Target:
    """Return what the job runs on; asks for the stack only if an option is missing.

    Raises:
        Refused: there is no such stack, or it lacks an output.
    """
    if wish.function_arn and wish.role_arn and wish.jobs_bucket:
        return Target(
            function_arn=wish.function_arn,
            role_arn=wish.role_arn,
            jobs_bucket=wish.jobs_bucket,
            source_bucket=wish.source_bucket,
            owner=None,
            has_stack_role=False,
            destinations=None,
        )
    name = wish.stack_name or samconfig.setting(samconfig.PATH, "stack_name")
    found = stack.find(cloudformation, name)
    role_arn = wish.role_arn or found.output("JobRoleArn", "--role-arn")
    return Target(
        function_arn=wish.function_arn or found.output("FunctionAliasArn", "--function-arn"),
        role_arn=role_arn,
        jobs_bucket=wish.jobs_bucket or found.output("JobsBucketName", "--jobs-bucket"),
        source_bucket=wish.source_bucket or found.output("SourceBucketName", "--source-bucket"),
        owner=None if wish.jobs_bucket else request.account_of(role_arn),
        # The output names a role that was made elsewhere, too.
        has_stack_role=not (
            wish.role_arn or wish.jobs_bucket or found.parameters.get("JobRoleArn")
        ),
        destinations=None if wish.function_arn else _destinations(found),
    )


def _destinations(found: stack.Stack) -> frozenset[str] | None:
    """Return the buckets that the stack grants to the function; None: the stack is another kind."""
    if "DestinationBucket" not in found.parameters:
        return None
    return frozenset(template.destinations(found.parameters))
