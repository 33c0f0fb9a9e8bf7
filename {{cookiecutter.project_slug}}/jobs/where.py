"""Where a verb works: the stack or what is given in its place, and the Region.

Options take the place of the stack's outputs where there is no stack, as on the local service. They
can be set by environment variables, too, which that service prints.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

import click
from click.core import ParameterSource

from jobs import terminal
from jobs.aws import partitions, stack
from jobs.aws.arns import account_of, unqualified
from jobs.aws.clients import Clients, connect
from jobs.errors import Refused
from jobs.project import config_env, samconfig, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What was given of the stack, or in its place; None: not given."""

    stack_name: str | None = None
    config_env: str | None = None
    region: str | None = None
    function_arn: str | None = None
    role_arn: str | None = None
    jobs_bucket: str | None = None
    source_bucket: str | None = None


@dataclass(frozen=True, slots=True)
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
    source_bucket: str | None
    owner: str | None
    has_stack_role: bool
    destinations: frozenset[str] | None
    shares_concurrency: bool = False
    lists_source: bool = True
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs are: enough for the verbs that look at a job or steer it.

    Attributes:
        clients: of its Region.
        account: the account of the jobs.
        function: the ARN of the function, without version or alias.
    """

    clients: Clients
    account: str
    function: str

    @property
    def region(self) -> str:
        """The Region of the jobs."""
        return self.clients.s3control.meta.region_name


OPTIONS = (
    click.option(
        "--stack-name", metavar="NAME", help="The stack.  [default: that of samconfig.toml]"
    ),
    config_env.option(),
    click.option("--region", metavar="REGION", help="The Region of the stack and of the objects."),
    click.option(
        "--function-arn",
        metavar="ARN",
        envvar="JOBS_FUNCTION_ARN",
        show_envvar=True,
        help="Instead of the stack's alias; with a version number it is taken as it is.",
    ),
    click.option(
        "--role-arn",
        metavar="ARN",
        envvar="JOBS_ROLE_ARN",
        show_envvar=True,
        help="Instead of the stack's job role. Its account is the job's.",
    ),
    click.option(
        "--jobs-bucket",
        metavar="BUCKET",
        envvar="JOBS_BUCKET",
        show_envvar=True,
        help="Instead of the stack's bucket of manifests and reports.",
    ),
    click.option(
        "--source-bucket",
        metavar="BUCKET",
        envvar="JOBS_SOURCE_BUCKET",
        show_envvar=True,
        help="Instead of the stack's source bucket, which the manifest must name.",
    ),
)

WITH_BUCKETS = ("submit", "retry", "resume", "undo")
"""The verbs with `options`; the others have `place_options`."""
Command = TypeVar("Command", bound="Callable[..., None]")


def options(command: Command) -> Command:
    """Give `command` the options of `Where`, in the order in which --help shows them."""
    return reduce(lambda function, decorate: decorate(function), reversed(OPTIONS), command)


def place_options(command: Command) -> Command:
    """Give `command` the options that `place` asks for: a job names its buckets itself."""
    return reduce(lambda function, decorate: decorate(function), reversed(OPTIONS[:-2]), command)


def command(words: str) -> str:
    """Return `python -m jobs WORDS`, to be typed next, with the options of `Where` that were typed.

    What a variable says is there for the next command as well.
    """
    context = click.get_current_context(silent=True)
    names = [each.name for each in fields(Where)] if context else []
    if words.partition(" ")[0] not in WITH_BUCKETS:
        names = names[:-2]
    typed = [
        f" --{name.replace('_', '-')} {terminal.word(context.params[name])}"
        for name in names
        if context and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    return f"python -m jobs {words}{''.join(typed)}"


def find(clients: Clients, where: Where) -> Deployment:
    """Return what the job runs on; asks for the stack only if an option is missing.

    Raises:
        Refused: there is no such stack, or it lacks an output.
    """
    if where.function_arn and where.role_arn and where.jobs_bucket:
        return Deployment(
            function_arn=where.function_arn,
            role_arn=where.role_arn,
            jobs_bucket=where.jobs_bucket,
            source_bucket=where.source_bucket,
            owner=None,
            has_stack_role=False,
            destinations=None,
            stack=stack_name(clients, where),
        )
    found = _stack(clients, where)
    role_arn = where.role_arn or found.output("JobRoleArn", "--role-arn")
    return Deployment(
        function_arn=where.function_arn or found.output("FunctionAliasArn", "--function-arn"),
        role_arn=role_arn,
        jobs_bucket=where.jobs_bucket or found.output("JobsBucketName", "--jobs-bucket"),
        source_bucket=where.source_bucket or found.output("SourceBucketName", "--source-bucket"),
        owner=None if where.jobs_bucket else account_of(role_arn),
        # The output names a role that was made elsewhere, too.
        has_stack_role=not (
            where.role_arn or where.jobs_bucket or found.parameters.get("JobRoleArn")
        ),
        destinations=None if where.function_arn else _destinations(found),
        shares_concurrency=not where.function_arn
        and found.parameters.get("ReservedConcurrency") == "0",
        lists_source=bool(where.role_arn)
        or found.parameters.get("ManifestGenerator", "true") == "true",
        stack=found.name,
    )


def place(where: Where) -> Place:
    """Return where the jobs are; asks for the stack only if function or role are not given.

    Raises:
        Refused: as `find`.
    """
    clients = connect(where.region, where.config_env)
    if where.function_arn and where.role_arn:
        role_arn, function_arn = where.role_arn, where.function_arn
    else:
        found = _stack(clients, where)
        role_arn = where.role_arn or found.output("JobRoleArn", "--role-arn")
        function_arn = where.function_arn or found.output("FunctionAliasArn", "--function-arn")
    return Place(clients, account_of(role_arn), unqualified(function_arn))


def stack_parameters(clients: Clients, where: Where) -> tuple[str, Mapping[str, str]]:
    """Return the stack's name and the values that it was deployed with.

    Raises:
        Refused: there is no such stack.
    """
    found = _stack(clients, where)
    return found.name, found.parameters


def stack_name(clients: Clients, where: Where) -> str | None:
    """Return the name of the stack, deployed or not; None: not known, or on the local service."""
    is_aws = partitions.is_aws(clients.s3control.meta.endpoint_url)
    return _stack_name(where) if is_aws else None


def _stack(clients: Clients, where: Where) -> stack.Stack:
    _refuse_local(clients, where)
    return stack.find(clients.cloudformation, _stack_name(where))


def _stack_name(where: Where) -> str | None:
    return where.stack_name or samconfig.setting(samconfig.PATH, "stack_name", where.config_env)


def _refuse_local(clients: Clients, where: Where) -> None:
    """Refuse to ask AWS for a stack when the jobs are those of a service on this machine."""
    if partitions.is_aws(clients.s3control.meta.endpoint_url):
        return
    if not partitions.is_aws(clients.cloudformation.meta.endpoint_url):
        return
    given = {
        "JOBS_FUNCTION_ARN": where.function_arn,
        "JOBS_ROLE_ARN": where.role_arn,
        "JOBS_BUCKET": where.jobs_bucket,
    }
    missing = next(name for name, value in given.items() if not value)
    option = {"JOBS_FUNCTION_ARN": "--function-arn", "JOBS_ROLE_ARN": "--role-arn"}
    raise Refused(
        f"{missing} is not set, and the local service has no stack: paste its export lines, or "
        f"give {option.get(missing, '--jobs-bucket')}."
    )


def _destinations(found: stack.Stack) -> frozenset[str] | None:
    """Return the buckets that the stack grants to the function; None: another kind of stack."""
    if "DestinationBucket" not in found.parameters:
        return None
    return frozenset(template.destinations(found.parameters))
