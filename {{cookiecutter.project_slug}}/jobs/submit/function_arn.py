"""The ARN of the function that a job runs; no call to AWS."""

from __future__ import annotations

import re

from jobs.aws.arns import account_of
from jobs.errors import Refused

LATEST = "$LATEST"
NUMBER = re.compile("[1-9][0-9]*")
ALIAS = re.compile("(?![0-9]+$)[A-Za-z0-9_-]{1,128}")  # Name of CreateAlias, API reference


def split(arn: str) -> tuple[str, str]:
    """Return the unqualified ARN and the qualifier.

    Raises:
        Refused: `arn` is not a function's ARN, or has no version and no alias.
    """
    match arn.split(":"):
        case ["arn", _, "lambda", _, _, "function", _]:
            raise Refused(f"{arn!r} could change during the job: add a version or an alias to it.")
        case ["arn", _, "lambda", _, _, "function", _, qualifier]:
            return arn.rpartition(":")[0], _qualifier(arn, qualifier)
    raise Refused(
        f"{arn!r} is not the ARN of a function: "
        "use arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION-OR-ALIAS."
    )


def is_number(qualifier: str) -> bool:
    """Return True for the number of a version; they count from 1."""
    return NUMBER.fullmatch(qualifier) is not None


def check_place(arn: str, role_arn: str, region: str) -> None:
    """Refuse a function that a job in `region` with that role could not run.

    Raises:
        Refused: `arn` is no qualified function, or partition, Region or account differ.
    """
    split(arn)
    _, partition, _, there, account, *_ = arn.split(":")
    if there != region:
        raise Refused(
            f"The function {arn!r} is in {there}, and the job would be in {region}: give --region "
            f"{there}, or a function of {region}."
        )
    if (account, partition) != (account_of(role_arn), role_arn.split(":")[1]):
        raise Refused(
            f"The function {arn!r} and the role {role_arn!r} are of different accounts or "
            "partitions: give both of one."
        )


def _qualifier(arn: str, qualifier: str) -> str:
    if is_number(qualifier) or ALIAS.fullmatch(qualifier):
        return qualifier
    if qualifier == LATEST:
        raise Refused(f"{arn!r} could change during the job: name a version or an alias instead.")
    raise Refused(
        f"{arn!r} ends in {qualifier!r}, which is no version and no alias: end it in a number from "
        "1 on, or in the name of an alias."
    )
