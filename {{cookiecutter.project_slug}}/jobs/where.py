"""Where a verb works: the stack or what is given in its place, and the Region.

Options take the place of the stack's outputs where there is no stack, as on the local service. They
can be set by environment variables, too, which that service prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

import click
from click.core import ParameterSource

from jobs import terminal
from jobs.aws import partitions, stack
from jobs.aws.arns import account_of, unqualified
from jobs.aws.clients import Clients, connect
from jobs.errors import Refused
from jobs.project import config_env, samconfig


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
"""The verbs with `options`; the others have `place_options`, but for `check`."""
OF_CHECK = ("config_env", "region")
Verb = Callable[..., None]


def together(options: Sequence[Any]) -> Callable[[Verb], Verb]:
    """Return one decorator of these options of click, in the order in which --help shows them."""
    return lambda verb: reduce(lambda inner, decorate: decorate(inner), reversed(options), verb)


options = together(OPTIONS)
place_options = together(OPTIONS[:-2])
"""Those that `place` asks for: a job names its buckets itself."""


def command(words: str) -> str:
    """Return `python -m jobs WORDS`, to be typed next, with the options of `Where` that were typed.

    What a variable says is there for the next command as well.
    """
    context = click.get_current_context(silent=True)
    names = [each.name for each in fields(Where)]
    verb = words.partition(" ")[0]
    if verb not in WITH_BUCKETS:
        names = [*OF_CHECK] if verb == "check" else names[:-2]
    typed = {
        name: context.params[name]
        for name in names
        if context and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    return f"python -m jobs {words}{terminal.options(typed)}"


def place(where: Where) -> Place:
    """Return where the jobs are; asks for the stack only if function or role are not given.

    Raises:
        Refused: as `stack_of`; or the stack lacks an output.
    """
    clients = connect(where.region)
    if where.function_arn and where.role_arn:
        role_arn, function_arn = where.role_arn, where.function_arn
    else:
        found = stack_of(clients, where)
        role_arn = where.role_arn or found.output("JobRoleArn", "--role-arn")
        function_arn = where.function_arn or found.output("FunctionAliasArn", "--function-arn")
    return Place(clients, account_of(role_arn), unqualified(function_arn))


def stack_of(clients: Clients, where: Where) -> stack.Stack:
    """Return the deployed stack.

    Raises:
        Refused: there is no such stack, or the jobs are those of a service on this machine.
    """
    is_local = not partitions.is_aws(clients.s3control.meta.endpoint_url)
    if is_local and partitions.is_aws(clients.cloudformation.meta.endpoint_url):
        raise _without_stack(where)
    try:
        return stack.find(clients.cloudformation, _stack_name(where))
    except Refused:
        # An emulated AWS may have one; the lines that the local service prints name a role instead.
        if is_local and where.role_arn:
            raise _without_stack(where) from None
        raise


def stack_name(clients: Clients, where: Where) -> str | None:
    """Return the name of the stack, deployed or not; None: not known, or on the local service."""
    is_aws = partitions.is_aws(clients.s3control.meta.endpoint_url)
    return _stack_name(where) if is_aws else None


def _stack_name(where: Where) -> str | None:
    return where.stack_name or samconfig.setting(samconfig.PATH, "stack_name")


def _without_stack(where: Where) -> Refused:
    """Return the refusal to ask for a stack where a service on this machine has the jobs."""
    needed = (
        ("JOBS_FUNCTION_ARN", "--function-arn", where.function_arn),
        ("JOBS_ROLE_ARN", "--role-arn", where.role_arn),
        ("JOBS_BUCKET", "--jobs-bucket", where.jobs_bucket),
    )
    variable, option = next((variable, option) for variable, option, value in needed if not value)
    return Refused(
        f"{variable} is not set, and the local service has no stack: paste its export lines, or "
        f"give {option}."
    )
