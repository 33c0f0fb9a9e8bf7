"""Decides which version of the function a job runs, and refuses one that is out of date.

A job runs one published version: an alias, or the bare function, is looked up again during the job
and would change the code under it. Deploying a changed *parameter* publishes no version and leaves
the alias on the old one, whose environment still says, for instance, rename: therefore the version
is compared with `$LATEST`, which every deployment changes.

Publishing never moves the alias: that belongs to deployments. AWS publishes nothing, and answers
the version that is there, when `$LATEST` has not changed since: `--publish` may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from jobs import errors
from jobs.aws import arns, partitions
from jobs.aws.arns import LATEST
from jobs.errors import Refused
from jobs.submit import arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

MEMORY, ARCHITECTURE = 512, "x86_64"  # the defaults of template.yaml
# Members of a function's configuration that change what a task does.
COMPARED = {
    "CodeSha256": "code",
    "Timeout": "timeout",
    "MemorySize": "memory",
    "Runtime": "runtime",
    "Handler": "handler",
    "Architectures": "architecture",
    "Layers": "list of layers",
    "Role": "role",
    "EphemeralStorage": "ephemeral storage",
    "VpcConfig": "network",
    "FileSystemConfigs": "list of file systems",
    "KMSKeyArn": "key of the variables",
}
# The values of these are shown; others are only named, since an author's own may hold secrets.
SHOWN = frozenset(arguments.VARIABLES.values())


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of the function.

    Attributes:
        arn: qualified by the version's number.
        environment: its variables; None: not known.
        code_sha256: of its code, as AWS answers it; empty: not known.
        modified: when it was, likewise.
        memory: MiB; the default of template.yaml where it is not known.
        architecture: x86_64 or arm64; likewise.
    """

    arn: str
    environment: Mapping[str, str] | None
    code_sha256: str = ""
    modified: str = ""
    memory: int = MEMORY
    architecture: str = ARCHITECTURE


def choose(lambda_: LambdaClient, arn: str, *, publish: bool, is_local: bool = False) -> Version:
    """Return the version that `arn` stands for, which ends in a version's number or an alias.

    A number is taken as it is: whoever names a version means that version. `publish`: publish
    `$LATEST` where it differs, and take that. `is_local`: the job runs on a service of this
    machine; what answers as its Lambda may know the function, or nothing but Invoke.

    Raises:
        Refused: `arn` is no such ARN, the alias has two versions, or its version differs from
            `$LATEST` and `publish` is False.
    """
    name, qualifier = arns.split(arn)
    if arns.is_number(qualifier):
        if publish:
            raise Refused(f"--publish has nothing to choose: {arn!r} names a version already.")
        return _named(lambda_, name, qualifier, is_local=is_local)
    version = _version_of_alias(lambda_, name, qualifier)
    pinned = lambda_.get_function_configuration(FunctionName=name, Qualifier=version)
    latest = lambda_.get_function_configuration(FunctionName=name, Qualifier=LATEST)
    for configuration in (pinned, latest):
        _refuse_hidden(name, version, configuration)
    if not (found := list(differences(pinned, latest))):
        return _as_version(f"{name}:{version}", pinned)
    if publish:
        published = _publish(lambda_, name, latest)
        return _as_version(f"{name}:{published['Version']}", published)
    raise Refused(
        f"Version {version}, which the alias {qualifier!r} stands for, is not what was deployed "
        f"last ({'; '.join(found)}): give --publish to publish a version of that and run the job "
        f"on it, or --function-arn {name}:{version} to run the old one."
    )


def differences(
    pinned: FunctionConfigurationResponseTypeDef, latest: FunctionConfigurationResponseTypeDef
) -> Iterator[str]:
    """Yield what `$LATEST` has that the pinned version has not, in words."""
    old, new = _variables(pinned), _variables(latest)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            was, now = f" was {old.get(name)!r}", f" and is {new.get(name)!r}"
            yield f"{name}{was}{now}" if name in SHOWN else f"{name} has changed"
    before, after = cast("dict[str, object]", pinned), cast("dict[str, object]", latest)
    for member, words in COMPARED.items():
        if _compared(before.get(member)) != _compared(after.get(member)):
            yield f"the {words} has changed"


def _compared(value: object) -> object:
    """Return `value` without what is empty, since AWS answers no layers as [] or not at all."""
    match value:
        case dict():
            return {name: found for name in value if (found := _compared(value[name]))} or None
        case list() if all(isinstance(each, str) for each in value):  # subnets, in any order
            return sorted(value) or None
    return value or None


def _variables(configuration: FunctionConfigurationResponseTypeDef) -> dict[str, str]:
    return dict(configuration.get("Environment", {}).get("Variables", {}))


def _refuse_hidden(
    name: str, version: str, configuration: FunctionConfigurationResponseTypeDef
) -> None:
    """Refuse variables that Lambda does not show: two that are hidden would look the same."""
    error = configuration.get("Environment", {}).get("Error")
    if error:
        raise Refused(
            f"Lambda does not show what {name!r} was deployed with, "
            f"{error.get('ErrorCode', 'an error')}: {error.get('Message', '').rstrip('.')}. Give "
            "these credentials kms:Decrypt on the key in EnvironmentKmsKeyArn, as the policy in "
            f"SubmitterPolicyArn does, or name the version that you mean: --function-arn "
            f"{name}:{version}."
        )


def _named(lambda_: LambdaClient, name: str, number: str, *, is_local: bool) -> Version:
    """Return a version that was named; without variables where nobody says them."""
    unknown = Version(f"{name}:{number}", None)
    if is_local and partitions.is_aws(lambda_.meta.endpoint_url):
        return unknown
    try:
        found = lambda_.get_function_configuration(FunctionName=name, Qualifier=number)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        is_denied = isinstance(error, ClientError) and errors.code(error) in errors.DENIED_CODES
        if is_local or is_denied:
            return unknown
        raise
    return _as_version(unknown.arn, found)


def _as_version(arn: str, configuration: FunctionConfigurationResponseTypeDef) -> Version:
    is_hidden = "Error" in configuration.get("Environment", {})
    return Version(
        arn,
        None if is_hidden else _variables(configuration),
        configuration.get("CodeSha256", ""),
        configuration.get("LastModified", ""),
        configuration.get("MemorySize", MEMORY),
        configuration.get("Architectures", [ARCHITECTURE])[0],
    )


def _version_of_alias(lambda_: LambdaClient, function: str, alias: str) -> str:
    answer = lambda_.get_alias(FunctionName=function, Name=alias)
    version = answer["FunctionVersion"]
    if others := answer.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}):
        raise Refused(
            f"The alias {alias!r} is moving from version {version} to {', '.join(sorted(others))}: "
            f"wait until it has one, or name one with --function-arn {function}:{version}."
        )
    if version == LATEST:
        raise Refused(f"The alias {alias!r} stands for {LATEST}, which can change during the job.")
    return version


def _publish(
    lambda_: LambdaClient, function: str, latest: FunctionConfigurationResponseTypeDef
) -> FunctionConfigurationResponseTypeDef:
    """Publish `$LATEST` as it was compared; a change in between makes AWS refuse."""
    published = lambda_.publish_version(
        FunctionName=function, CodeSha256=latest["CodeSha256"], RevisionId=latest["RevisionId"]
    )
    waiter = lambda_.get_waiter("published_version_active")
    waiter.wait(FunctionName=function, Qualifier=published["Version"])
    return published
