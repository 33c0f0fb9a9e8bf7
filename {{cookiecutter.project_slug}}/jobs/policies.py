"""Prints every IAM document of the stack, for those whose roles and buckets are managed elsewhere.

All of it comes out of template.yaml, resolved for one account: there is no second copy to drift.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import click

from jobs import owners, places, resolve, stack
from jobs.errors import Refused

Json = dict[str, Any]

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document: what it is, where it belongs, and itself."""

    title: str
    where: str
    document: Json


def documents(template: Json, values: Mapping[str, str], place: places.Place) -> Iterator[Document]:
    """Yield every policy and trust document, then what owners of other things must add.

    The roles' documents come also when the roles exist already: then they say what these need.

    Args:
        template: as `resolve.load` gives it.
        values: the value of every parameter, as `resolve.parameters` gives it.
        place: where the stack is.
    """
    resolver = places.resolver(template, values, place)
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


def _of_resource(
    template: Json, resolver: resolve.Resolver, logical_id: str, where: str
) -> Document:
    properties = resolver.value(template["Resources"][logical_id]["Properties"])
    return Document(logical_id, where, properties["PolicyDocument"])


def _for_owners(
    values: Mapping[str, str], place: places.Place, rights: owners.Rights
) -> Iterator[Document]:
    for bucket, owner in owners.foreign_buckets(values, place.account).items():
        where = f"bucket policy of {bucket}, added by account {owner} once the roles exist"
        yield Document(f"Bucket {bucket}", where, owners.bucket_policy(rights, bucket))
    for key in owners.foreign_keys(values, place.account):
        where = f"key policy of {key}, added by its owner once the roles exist"
        yield Document(f"Key {key}", where, owners.key_policy(rights, key))
    where = f"lifecycle rules of {values['DestinationBucket']}, beside those that are there"
    rule = owners.unfinished_uploads(values["DestinationPrefix"])
    yield Document("Unfinished uploads", where, rule)


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
) -> places.Place:
    region = region or boto3.Session().region_name
    if account is None:
        cloudformation = boto3.client("cloudformation", region_name=region)
        found = stack.find(cloudformation, name)
        return places.deployed(found, cloudformation.meta.region_name)
    if not (account.isdecimal() and len(account) == 12):  # noqa: PLR2004 - said in the sentence
        raise Refused(f"The account {account!r} is not an account id: give its 12 digits.")
    if name is None or region is None:
        missing = "--stack-name" if name is None else "--region"
        raise Refused(f"With --account, {missing} is needed too: nothing is asked of AWS.")
    return places.planned(account, region, name, values)
