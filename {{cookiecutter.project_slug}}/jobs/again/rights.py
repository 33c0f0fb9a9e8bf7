"""Tells whether the stack's function can take a rename back, and else which one can.

It deletes in its source only, and writes in its destination only. Unless both are one bucket and
one prefix, the way back needs them exchanged: a second stack, for as long as the undo takes.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from jobs import where
from jobs.aws import partitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place, Where

SIDES = (("SourceBucket", "DestinationBucket"), ("SourcePrefix", "DestinationPrefix"))


def deployment_for(place: Place, given: Where, job: JobDescriptorTypeDef) -> str | None:
    """Return the sentence with the deploy that can undo `job`; None: the stack itself can.

    On a service of this machine there are no rights, and any function can.
    """
    if not partitions.is_aws(place.clients.s3control.meta.endpoint_url):
        return None
    name, parameters = where.stack_parameters(place.clients, given)
    if not parameters or _is_one_place(parameters):
        return None
    file = f"undo-{job['JobId'][:8]}.csv"
    return (
        f"The function of {name!r} may not delete where it writes. Deploy one that can, and submit "
        f"there:\n  {command(name, parameters)}\n  python -m jobs submit {file} --stack-name "
        f"{name}-undo"
    )


def command(name: str, parameters: Mapping[str, str]) -> str:
    """Return the `sam deploy` of a stack whose source and destination are exchanged."""
    changed = dict(parameters)
    for source, destination in SIDES:
        one, other = parameters.get(source, ""), parameters.get(destination, "")
        if source == "SourceBucket":
            other = other or one  # an empty destination is the bucket of the objects
        changed[source], changed[destination] = other, one
    changed |= {"Operation": "rename", "Overwrite": "never"}
    pairs = (f"{key}={value}" for key, value in sorted(changed.items()) if value)
    given = " ".join(shlex.quote(each) for each in pairs)
    return f"sam build && sam deploy --stack-name {name}-undo --parameter-overrides {given}"


def _is_one_place(parameters: Mapping[str, str]) -> bool:
    bucket = parameters.get("SourceBucket", "")
    is_one_bucket = parameters.get("DestinationBucket", "") in {"", bucket}
    prefixes = (parameters.get("SourcePrefix", ""), parameters.get("DestinationPrefix", ""))
    return is_one_bucket and prefixes[0] == prefixes[1]
