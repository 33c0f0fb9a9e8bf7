"""Account, Region and generated names of the stack.

Before the first deployment, placeholders stand for what AWS will choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.aws import partitions, stack
from jobs.project.resolver import Resolver
from jobs.project.template import resolver as resolver_of

Json = dict[str, Any]

MADE_UP = "xxxxxxxxxxxx"
"""Stands for the 12 characters that CloudFormation puts at the end of a name."""
BUCKET_LIMIT, FUNCTION_LIMIT, ROLE_LIMIT = 63, 64, 64  # characters of a name


@dataclass(frozen=True, slots=True)
class Place:
    """One stack in one account and Region: names, and the ARNs of its roles."""

    account: str
    region: str
    stack: str
    function: str
    jobs_bucket: str
    function_role: str
    job_role: str


def planned(account: str, region: str, name: str, values: Mapping[str, str]) -> Place:
    """Return the place of a stack that is not there yet, with `MADE_UP` in what AWS will name."""
    path = values.get("RolePath", "/")
    roles = f"arn:{partitions.of_region(region)}:iam::{account}:role{path}"
    return Place(
        account=account,
        region=region,
        stack=name,
        function=values.get("FunctionName") or _made_up(name, "Function", FUNCTION_LIMIT),
        jobs_bucket=values.get("ExistingJobsBucket")
        or _made_up(name.lower(), "jobsbucket", BUCKET_LIMIT),
        function_role=values["FunctionRoleArn"]
        or roles + _made_up(name, "FunctionRole", ROLE_LIMIT),
        job_role=values["JobRoleArn"] or roles + _made_up(name, "JobRole", ROLE_LIMIT),
    )


def _made_up(stack_name: str, logical_id: str, limit: int) -> str:
    """Return a name like those of CloudFormation, which shortens the stack's."""
    end = f"-{logical_id}-{MADE_UP}"
    return stack_name[: limit - len(end)] + end


def deployed(found: stack.Stack, region: str) -> Place:
    """Return the place of a deployed stack, from its outputs."""
    function = found.output("FunctionArn", "--account").split(":")
    return Place(
        account=function[4],
        region=region,
        stack=found.name,
        function=function[6],
        jobs_bucket=found.output("JobsBucketName", "--account"),
        function_role=found.output("FunctionRoleArn", "--account"),
        job_role=found.output("JobRoleArn", "--account"),
    )


def resolver(template: Json, values: Mapping[str, str], place: Place) -> Resolver:
    """Return what resolves `template` at `place`."""
    partition = partitions.of_region(place.region)
    names = {
        "AWS::AccountId": place.account,
        "AWS::Partition": partition,
        "AWS::Region": place.region,
        "AWS::StackId": (
            f"arn:{partition}:cloudformation:{place.region}:{place.account}:"
            f"stack/{place.stack}/{MADE_UP}"
        ),
        "AWS::StackName": place.stack,
        "AWS::URLSuffix": partitions.dns_suffix(partition),
        "Function": place.function,
        "JobsBucket": place.jobs_bucket,
    }
    functions = f"arn:{partition}:lambda:{place.region}:{place.account}:function:"
    attributes = {
        "Function.Arn": functions + place.function,
        "FunctionRole.Arn": place.function_role,
        "JobRole.Arn": place.job_role,
        "JobsBucket.Arn": f"arn:{partition}:s3:::{place.jobs_bucket}",
    }
    return resolver_of(template, values, names, attributes)


def alarms(place: Place) -> str:
    """Return a pattern for the ARNs of the stack's alarms, which CloudFormation names."""
    partition = partitions.of_region(place.region)
    return f"arn:{partition}:cloudwatch:{place.region}:{place.account}:alarm:{place.stack}-*"


def logs(place: Place) -> tuple[str, str, str]:
    """Return a pattern for the ARN of the function's log group, its Region and host name's end."""
    partition = partitions.of_region(place.region)
    groups = f"arn:{partition}:logs:{place.region}:{place.account}:log-group:"
    suffix = partitions.dns_suffix(partition)
    return f"{groups}/aws/lambda/{place.stack}*", place.region, suffix
