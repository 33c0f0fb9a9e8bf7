"""Where the stack is, or will be: what its template can not know of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from jobs import resolve, stack

Json = dict[str, Any]

# The host names of AWS services end so in China; everywhere else that this template runs, in
# amazonaws.com (CloudFormation User Guide, pseudo-parameter-reference).
URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


@dataclass(frozen=True, slots=True)
class Place:
    """One stack in one account and Region.

    Attributes:
        account: 12 digits.
        region: for instance us-east-1.
        stack: its name; the function has the same.
        jobs_bucket: the name that CloudFormation made up for it.
        function_role: ARN of the role that the function runs as.
        job_role: ARN of the role that jobs run as.
    """

    account: str
    region: str
    stack: str
    jobs_bucket: str
    function_role: str
    job_role: str


def planned(account: str, region: str, name: str, values: Mapping[str, str]) -> Place:
    """Return the place of a stack that is not there yet; x stands for what AWS will make up."""
    roles = f"arn:{_partition(region)}:iam::{account}:role/{name}"
    return Place(
        account=account,
        region=region,
        stack=name,
        jobs_bucket=f"{name}-jobsbucket-xxxxxxxxxxxx",
        function_role=values["FunctionRoleArn"] or f"{roles}-FunctionRole-xxxxxxxxxxxx",
        job_role=values["JobRoleArn"] or f"{roles}-JobRole-xxxxxxxxxxxx",
    )


def deployed(found: stack.Stack, region: str) -> Place:
    """Return the place of a deployed stack, from its outputs."""
    return Place(
        account=found.output("FunctionArn", "--account").split(":")[4],
        region=region,
        stack=found.name,
        jobs_bucket=found.output("JobsBucketName", "--account"),
        function_role=found.output("FunctionRoleArn", "--account"),
        job_role=found.output("JobRoleArn", "--account"),
    )


def resolver(template: Json, values: Mapping[str, str], place: Place) -> resolve.Resolver:
    """Return what resolves `template` at `place`."""
    partition = _partition(place.region)
    names: dict[str, object] = {
        **values,
        "AWS::AccountId": place.account,
        "AWS::NoValue": resolve.NO_VALUE,
        "AWS::Partition": partition,
        "AWS::Region": place.region,
        "AWS::StackName": place.stack,
        "AWS::URLSuffix": URL_SUFFIXES.get(partition, "amazonaws.com"),
        "JobsBucket": place.jobs_bucket,
    }
    attributes = {
        "FunctionRole.Arn": place.function_role,
        "JobRole.Arn": place.job_role,
        "JobsBucket.Arn": f"arn:{partition}:s3:::{place.jobs_bucket}",
    }
    return resolve.Resolver(names, attributes, template["Conditions"])


@cache
def _partition(region: str) -> str:
    """Return aws, aws-cn or aws-us-gov."""
    return boto3.Session().get_partition_for_region(region)
