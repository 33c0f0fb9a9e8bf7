"""Prints every IAM document of the stack, for those whose roles and buckets are managed elsewhere.

All of it comes out of template.yaml, resolved for one account: there is no second copy to drift.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import click

from jobs import owners, resolve, stack
from jobs.errors import Refused

Json = dict[str, Any]

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"

# The host names of AWS services end so in China; everywhere else that this template runs, in
# amazonaws.com (CloudFormation User Guide, pseudo-parameter-reference).
URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack is, or will be: what its template can not know.

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


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document: what it is, where it belongs, and itself."""

    title: str
    where: str
    document: Json


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


def documents(template: Json, values: Mapping[str, str], place: Place) -> Iterator[Document]:
    """Yield every policy and trust document, then what owners of other things must add.

    The roles' documents come also when the roles exist already: then they say what these need.

    Args:
        template: as `resolve.load` gives it.
        values: the value of every parameter, as `resolve.parameters` gives it.
        place: where the stack is.
    """
    resolver = resolver_of(template, values, place)
    rights: dict[str, list[Json]] = {}
    for logical_id, arn in (("FunctionRole", place.function_role), ("JobRole", place.job_role)):
        role = resolver.value(template["Resources"][logical_id]["Properties"])
        trust = role["AssumeRolePolicyDocument"]
        yield Document(f"{logical_id}: trust", f"trust policy of {arn}", trust)
        for policy in role["Policies"]:
            allowed = policy["PolicyDocument"]
            rights.setdefault(arn, []).extend(allowed["Statement"])
            yield Document(f"{logical_id}: {policy['PolicyName']}", f"policy of {arn}", allowed)
    yield _of_resource(template, resolver, "SubmitterPolicy", "policy of whoever runs jobs")
    where = f"bucket policy of {place.jobs_bucket}"
    yield _of_resource(template, resolver, "JobsBucketPolicy", where)
    yield from _for_owners(values, place, rights)


def resolver_of(template: Json, values: Mapping[str, str], place: Place) -> resolve.Resolver:
    """Return what resolves `template` at `place`."""
    partition, here = _partition(place.region), f"{place.region}:{place.account}"
    names: dict[str, object] = {
        **values,
        "AWS::AccountId": place.account,
        "AWS::NoValue": resolve.NO_VALUE,
        "AWS::Partition": partition,
        "AWS::Region": place.region,
        "AWS::StackId": f"arn:{partition}:cloudformation:{here}:stack/{place.stack}/*",
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


def _of_resource(
    template: Json, resolver: resolve.Resolver, logical_id: str, where: str
) -> Document:
    properties = resolver.value(template["Resources"][logical_id]["Properties"])
    return Document(logical_id, where, properties["PolicyDocument"])


def _for_owners(
    values: Mapping[str, str], place: Place, rights: owners.Rights
) -> Iterator[Document]:
    for bucket, owner in owners.foreign_buckets(values, place.account).items():
        where = f"bucket policy of {bucket}, added by account {owner}"
        yield Document(f"Bucket {bucket}", where, owners.bucket_policy(rights, bucket))
    for key in owners.foreign_keys(values, place.account):
        where = f"key policy of {key}, added by its owner"
        yield Document(f"Key {key}", where, owners.key_policy(rights, key))
    where = f"lifecycle rules of {values['DestinationBucket']}, beside those that are there"
    rule = owners.unfinished_uploads(values["DestinationPrefix"])
    yield Document("Unfinished uploads", where, rule)


@cache
def _partition(region: str) -> str:
    """Return aws, aws-cn or aws-us-gov."""
    return boto3.Session().get_partition_for_region(region)


@click.command("policies")
@click.option("--account", help="Account id, 12 digits; without it the deployed stack is asked.")
@click.option("--region", help="AWS Region [default: that of the AWS profile].")
@click.option("--stack-name", help="Name of the stack [default: that of samconfig.toml].")
@click.option(
    "--parameter",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="A template parameter [default: that of samconfig.toml]; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of text.")
def command(
    *,
    account: str | None,
    region: str | None,
    stack_name: str | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print every policy and trust document of the stack.

    For organisations that make roles elsewhere: with --account nothing is asked of AWS, and the
    documents can be reviewed before anything is deployed.
    """
    template = resolve.load(TEMPLATE)
    given = resolve.configured(stack.SAMCONFIG) | dict(map(resolve.override, overrides))
    values = resolve.parameters(template, given)
    name = stack_name or stack.configured(stack.SAMCONFIG, "stack_name")
    place = _place(account, region, name, values)
    found = list(documents(template, values, place))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    for each in found:
        click.echo(f"# {each.title} - {each.where}\n{json.dumps(each.document, indent=2)}\n")


def _place(
    account: str | None, region: str | None, name: str | None, values: Mapping[str, str]
) -> Place:
    region = region or boto3.Session().region_name
    if account is None:
        cloudformation = boto3.client("cloudformation", region_name=region)
        return deployed(stack.find(cloudformation, name), cloudformation.meta.region_name)
    if not (account.isdecimal() and len(account) == 12):  # noqa: PLR2004 - said in the sentence
        raise Refused(f"The account {account!r} is not an account id: give its 12 digits.")
    if name is None or region is None:
        missing = "--stack-name" if name is None else "--region"
        raise Refused(f"With --account, {missing} is needed too: nothing is asked of AWS.")
    return planned(account, region, name, values)
