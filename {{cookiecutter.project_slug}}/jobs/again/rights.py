"""Tells whether the stack's function can take a rename back, and else which one can.

It deletes in its source only, and writes in its destination only. Unless both are one bucket and
one prefix, the way back needs them exchanged: a second stack, for as long as the undo takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobs import terminal, where
from jobs.aws import partitions, stack
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.where import Place, Where

SUFFIX = "-undo"
PREFIXES = ("SourcePrefix", "DestinationPrefix")
SIDES = ("Bucket", "Prefix", "Owner", "KmsKeyArn")
WHY = "The function of the stack may not delete where it writes. Deploy one that can:"


def steps(place: Place, given: Where, bucket: str, manifest: str) -> tuple[str, ...]:
    """Return the commands that deploy what can undo, and run its rows there; empty: no need.

    On a service of this machine there are no rights, and any function can.

    Args:
        place: where the jobs are.
        given: the stack, or what was given in its place.
        bucket: where the objects are now.
        manifest: the file of the rows, and how to read it, as `submit` is given them.
    """
    if not partitions.is_aws(place.clients.s3control.meta.endpoint_url):
        return ()
    try:
        found = where.stack_of(place.clients, given)
    except Refused:
        if not given.function_arn:
            raise
        terminal.say("Whether this function may delete where it writes is not known here.")
        return ()
    name, parameters = found.name, found.parameters
    if not parameters:
        return ()
    if bucket != (parameters.get("DestinationBucket") or parameters.get("SourceBucket")):
        # one of FurtherDestinationBuckets, where the function writes whatever the prefix
        parameters = {**parameters, "DestinationBucket": bucket, "DestinationPrefix": ""}
    if _is_one_place(parameters):
        return ()
    more = "".join(
        f" {option} {terminal.word(value)}"
        for option, value in (("--config-env", given.config_env), ("--region", given.region))
        if value
    )
    there = f"--stack-name {_undo(name)}{more}"
    # the roles that a company made were made for this way only
    has_own = parameters.get("FunctionRoleArn") or parameters.get("JobRoleArn")
    return (
        f"{command(name, parameters)}{more}",
        *([f"python -m jobs policies {there}   # what your own roles need"] * bool(has_own)),
        f"python -m jobs submit {manifest} {there}",
    )


def command(name: str, parameters: Mapping[str, str]) -> str:
    """Return the `sam deploy` of a stack whose source and destination are exchanged."""
    changed = dict(parameters)
    for side in SIDES:
        one, other = parameters.get(f"Source{side}", ""), parameters.get(f"Destination{side}", "")
        if side == "Bucket":
            other = other or one  # an empty destination is the bucket of the objects
        changed[f"Source{side}"], changed[f"Destination{side}"] = other, one
    # a name of the function is that of one function: CloudFormation makes another up
    changed |= {"Operation": "rename", "Overwrite": "never", "FunctionName": ""}
    # an empty prefix, too: where the stack is there from another undo, sam keeps what is not given
    pairs = ((name, value) for name, value in sorted(changed.items()) if value or name in PREFIXES)
    given = " ".join(terminal.word(f"{name}={_quoted(value)}") for name, value in pairs)
    return f"sam build && sam deploy --stack-name {_undo(name)} --parameter-overrides {given}"


def _quoted(value: str) -> str:
    """Return a value as sam reads it: without quotes it would be cut at its first space."""
    if value and not re.search("""[ "']""", value):
        return value
    return '"{}"'.format(value.replace('"', '\\"'))


def _undo(name: str) -> str:
    return f"{name[: stack.NAME_LIMIT - len(SUFFIX)]}{SUFFIX}"


def _is_one_place(parameters: Mapping[str, str]) -> bool:
    bucket = parameters.get("SourceBucket", "")
    is_one_bucket = parameters.get("DestinationBucket", "") in {"", bucket}
    prefixes = (parameters.get("SourcePrefix", ""), parameters.get("DestinationPrefix", ""))
    return is_one_bucket and prefixes[0] == prefixes[1]
