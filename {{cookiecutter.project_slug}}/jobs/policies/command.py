"""Prints every IAM document of the stack, for those whose roles and buckets are managed elsewhere.

The stack's own come out of template.yaml, resolved for one account, and what owners must add comes
out of those: there is no second copy to drift.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import boto3
import click

from jobs.aws import stack
from jobs.errors import Refused
from jobs.policies import names, owners
from jobs.project import samconfig
from jobs.project.template import PATH, destinations, load, parameters

Json = dict[str, Any]
Entry = tuple[str, str, Json]
"""Title, place and document; see `Document`."""


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document.

    Attributes:
        title: what it is.
        where: where it belongs.
        note: why it is not final yet; empty: it is.
        document: itself.
    """

    title: str
    where: str
    note: str
    document: Json


def documents(template: Json, values: Mapping[str, str], place: names.Place) -> list[Document]:
    """Return every policy and trust document, then what owners of other things must add.

    The roles' documents come also when the roles exist already: then they say what these need.

    Args:
        template: as `project.template.load` gives it.
        values: the value of every parameter, as `project.template.parameters` gives it.
        place: where the stack is.

    Raises:
        Refused: the values contradict each other.
    """
    entries = [*_of_stack(template, values, place), *_for_owners(template, values, place)]
    return [Document(title, where, _note(each, place), each) for title, where, each in entries]


def _roles(
    template: Json, values: Mapping[str, str], place: names.Place
) -> Iterator[tuple[str, str, Json]]:
    """Yield logical id, ARN and resolved properties of each role."""
    resolver = names.resolver(template, values, place)
    for logical_id, arn in (("FunctionRole", place.function_role), ("JobRole", place.job_role)):
        yield logical_id, arn, resolver.value(template["Resources"][logical_id]["Properties"])


def _of_stack(template: Json, values: Mapping[str, str], place: names.Place) -> Iterator[Entry]:
    for logical_id, arn, role in _roles(template, values, place):
        trust = role["AssumeRolePolicyDocument"]
        yield f"{logical_id}: trust", f"trust policy of {arn}", trust
        for policy in role["Policies"]:
            where = f"policy of {arn}"
            yield f"{logical_id}: {policy['PolicyName']}", where, policy["PolicyDocument"]
    resolver = names.resolver(template, values, place)
    # Nothing that IAM can look at tells the jobs of this stack from others.
    jobs = "it reaches every Batch Operations job of this account and Region"
    for logical_id, where in (
        ("SubmitterPolicy", f"policy of whoever runs jobs; {jobs}"),
        ("JobsBucketPolicy", f"bucket policy of {place.jobs_bucket}"),
    ):
        properties = resolver.value(template["Resources"][logical_id]["Properties"])
        yield logical_id, where, properties["PolicyDocument"]


def _for_owners(template: Json, values: Mapping[str, str], place: names.Place) -> Iterator[Entry]:
    rights = {
        arn: [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
        for _, arn, role in _roles(template, values, place)
    }
    for bucket, owner in owners.foreign_buckets(values, place.account).items():
        where = f"bucket policy of {bucket}, added by account {owner} once the roles exist"
        yield f"Bucket {bucket}", where, owners.bucket_policy(rights, bucket)
    for key in owners.foreign_keys(values, place.account):
        where = f"key policy of {key}, added by its owner once the roles exist"
        yield f"Key {key}", where, owners.key_policy(rights, key)
    if topic := values["AlarmTopicArn"]:
        where = f"access policy of {topic}, beside the statements that are there"
        yield f"Topic {topic}", where, owners.topic_policy(topic, names.alarms(place))
    usual, *further = destinations(values)
    rule = owners.unfinished_uploads(values["DestinationPrefix"])
    yield "Unfinished uploads", f"lifecycle rules of {usual}, beside those that are there", rule
    if further:  # the prefix does not bound what is written there
        where = f"lifecycle rules of {', '.join(further)}, beside those that are there"
        yield "Unfinished uploads, further buckets", where, owners.unfinished_uploads("")


def _note(document: Json, place: names.Place) -> str:
    """Return which names in `document` AWS has still to make up; empty: none."""
    text = json.dumps(document)
    unnamed = {
        "the jobs bucket": place.jobs_bucket,
        "the function's role": place.function_role,
        "the job role": place.job_role,
    }
    unknown = [what for what, name in unnamed.items() if names.MADE_UP in name and name in text]
    if not unknown:
        return ""
    return (
        f"NOT FINAL: the name of {' and of '.join(unknown)} is known after the first deployment: "
        "print this again then."
    )


@click.command("policies")
@click.option("--account", help="Account id, 12 digits; without it the deployed stack is asked.")
@click.option("--region", help="AWS Region [default: that of the AWS profile].")
@click.option("--stack-name", help="Name of the stack [default: that of samconfig.toml].")
@click.option(
    "--parameter",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="A template parameter [default: as deployed; with --account, that of samconfig.toml]; "
    "may be repeated.",
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
    documents can be reviewed before anything is deployed; without it they are those of the
    deployed stack.
    """
    template = load(PATH)
    given = dict(map(samconfig.override, overrides))
    name = stack_name or samconfig.setting(samconfig.PATH, "stack_name")
    if account is None:
        found, where = _deployed(region, name)
        values = parameters(template, {**found.parameters, **given})
        place = names.deployed(found, where)
    else:
        values = parameters(template, samconfig.parameters(samconfig.PATH) | given)
        place = _planned(account, region, name, values)
    printed = documents(template, values, place)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in printed], indent=2))
        return
    for each in printed:
        note = f"\n# {each.note}" if each.note else ""
        body = json.dumps(each.document, indent=2)
        click.echo(f"# {each.title} - {each.where}{note}\n{body}\n")


def _deployed(region: str | None, name: str | None) -> tuple[stack.Stack, str]:
    """Return the deployed stack and its Region."""
    cloudformation = boto3.client("cloudformation", region_name=region)
    return stack.find(cloudformation, name), cloudformation.meta.region_name


def _planned(
    account: str, region: str | None, name: str | None, values: Mapping[str, str]
) -> names.Place:
    region = region or boto3.Session().region_name
    if not re.fullmatch("[0-9]{12}", account):
        raise Refused(f"The account {account!r} is not an account id: give its 12 digits.")
    if name is None or region is None:
        missing = "--stack-name" if name is None else "--region"
        raise Refused(f"With --account, {missing} is needed too: nothing is asked of AWS.")
    stack.check_name(name)
    return names.planned(account, region, name, values)
