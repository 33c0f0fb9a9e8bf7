"""Prints every IAM document of the stack, for those who make roles and buckets elsewhere."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict

import boto3
import click

from jobs import terminal
from jobs.aws import stack
from jobs.aws.clients import connect
from jobs.errors import Refused
from jobs.policies import names, roles
from jobs.policies.documents import documents
from jobs.project import config_env, parameters, samconfig
from jobs.project.template import PATH, load


@click.command("policies")
@click.option("--account", help="Account id, 12 digits; without it the deployed stack is asked.")
@click.option("--region", help="AWS Region [default: that of samconfig.toml, else of the profile].")
@click.option("--stack-name", help="Name of the stack [default: that of samconfig.toml].")
@config_env.option(expose=False)
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
    parameters.refuse_unknown(template["Parameters"], given, "--parameter")
    name = stack_name or samconfig.setting(samconfig.PATH, "stack_name")
    if account is None:
        found, where = _deployed(region, name)
        deployed = {
            name: value
            for name, value in found.parameters.items()
            if name in template["Parameters"]  # the stack may be older than the template
        }
        values = parameters.values(template, {**deployed, **given})
        place = names.deployed(found, where)
    else:
        values = parameters.values(template, samconfig.parameters(samconfig.PATH) | given)
        place = _planned(account, region, name, values)
    printed = documents(template, values, place)
    for loop in roles.loops(template):
        terminal.say(f"What {loop} makes is not looked at: a policy in it is not printed here.")
    if as_json:
        click.echo(json.dumps([asdict(each) for each in printed], indent=2))
        return
    for each in printed:
        note = f"\n# {each.note}" if each.note else ""
        body = json.dumps(each.document, indent=2)
        click.echo(f"# {each.title} - {each.where}{note}\n{body}\n")


def _deployed(region: str | None, name: str | None) -> tuple[stack.Stack, str]:
    """Return the deployed stack and its Region."""
    cloudformation = connect(region).cloudformation
    return stack.find(cloudformation, name), cloudformation.meta.region_name


def _planned(
    account: str, region: str | None, name: str | None, values: Mapping[str, str]
) -> names.Place:
    region = region or samconfig.setting(samconfig.PATH, "region") or boto3.Session().region_name
    if not re.fullmatch("[0-9]{12}", account):
        raise Refused(f"The account {account!r} is not an account id: give its 12 digits.")
    if name is None or region is None:
        missing = "--stack-name" if name is None else "--region"
        raise Refused(f"With --account, {missing} is needed too: nothing is asked of AWS.")
    stack.check_name(name)
    return names.planned(account, region, name, values)
