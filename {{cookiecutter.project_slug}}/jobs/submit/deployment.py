"""What a job runs on: what the stack has, what options name in its place, or what another job had.

No call creates or changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs import where, which_job
from jobs.aws import arns, joblist
from jobs.errors import Refused
from jobs.project import parameters

if TYPE_CHECKING:
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.where import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a job runs on.

    Attributes:
        function_arn: with an alias or a version.
        role_arn: the role that S3 Batch Operations assumes.
        jobs_bucket: the name of the bucket of manifests and reports.
        source_bucket: the bucket that the function reads; None: not known.
        owner: the account that must own the jobs bucket; None: an option named the bucket.
        has_stack_role: the role is the one that the stack made: what it may do is known.
        destinations: the buckets that the function may write to; None: not known.
        shares_concurrency: the function has no concurrency of its own, as far as the stack says.
        lists_source: the job role may let S3 list the source bucket, as far as the stack says.
        stack: its name; None: not known.
    """

    function_arn: str
    role_arn: str
    jobs_bucket: str
    source_bucket: str | None = None
    owner: str | None = None
    has_stack_role: bool = False
    destinations: frozenset[str] | None = None
    shares_concurrency: bool = False
    lists_source: bool = True
    stack: str | None = None


def of_stack(clients: Clients, given: Where) -> Deployment:
    """Return what the stack has; it is asked for only if an option is missing.

    Raises:
        Refused: there is no such stack, or it lacks an output.
    """
    if given.function_arn and given.role_arn and given.jobs_bucket:
        return Deployment(
            function_arn=given.function_arn,
            role_arn=given.role_arn,
            jobs_bucket=given.jobs_bucket,
            source_bucket=given.source_bucket,
            stack=where.stack_name(clients, given),
        )
    found = where.stack_of(clients, given)
    said = found.parameters
    role_arn = given.role_arn or found.output("JobRoleArn", "--role-arn")
    knows_function = not given.function_arn
    granted = parameters.destinations(said) if "DestinationBucket" in said else None
    return Deployment(
        function_arn=given.function_arn or found.output("FunctionAliasArn", "--function-arn"),
        role_arn=role_arn,
        jobs_bucket=given.jobs_bucket or found.output("JobsBucketName", "--jobs-bucket"),
        source_bucket=given.source_bucket or found.output("SourceBucketName", "--source-bucket"),
        owner=None if given.jobs_bucket else arns.account_of(role_arn),
        # The output names a role that was made elsewhere, too.
        has_stack_role=not (given.role_arn or given.jobs_bucket or said.get("JobRoleArn")),
        destinations=frozenset(granted) if granted and knows_function else None,
        shares_concurrency=knows_function and said.get("ReservedConcurrency") == "0",
        lists_source=bool(given.role_arn) or said.get("ManifestGenerator", "true") == "true",
        stack=found.name,
    )


def of_job(
    old: JobDescriptorTypeDef, given: Where, latest: str | None, function: str
) -> Deployment:
    """Return what a job like `old` runs on, where `given` names no other role or bucket.

    Args:
        old: the job, as DescribeJob answers it.
        given: what was asked.
        latest: the function's ARN with what is deployed now; None: the version of the old job.
        function: the ARN of the function that is meant, without version or alias.

    Raises:
        Refused: the old job runs no function or another one, or wrote no report; or another version
            was named.
    """
    runs = old.get("Operation", {}).get("LambdaInvoke", {}).get("FunctionArn")
    report = old.get("Report", {})
    if not runs or "Bucket" not in report:
        raise Refused(
            f"Job {old['JobId']} runs no function or writes no report: it was not made by these "
            "tools."
        )
    which_job.refuse_another(function, old)
    if not latest:
        _refuse_other_version(given.function_arn, runs, old["JobId"])
    bucket = report["Bucket"].partition(":::")[2]
    return Deployment(
        function_arn=latest or runs,
        role_arn=given.role_arn or old["RoleArn"],
        jobs_bucket=given.jobs_bucket or bucket,
        owner=report.get("ExpectedBucketOwner") if given.jobs_bucket in {None, bucket} else None,
    )


def _refuse_other_version(given: str | None, runs: str, job_id: str) -> None:
    """Refuse a version in --function-arn that is not that of the job: one of the two is a mistake.

    An alias only says which function is meant.
    """
    version = (given or "").rpartition(":")[2]
    if arns.is_number(version) and given != runs:
        raise Refused(
            f"--function-arn names version {version}, and --like runs that of job "
            f"{joblist.short(job_id)}, {runs.rpartition(':')[2]}: add --latest to run version "
            f"{version}, or leave out --function-arn."
        )
