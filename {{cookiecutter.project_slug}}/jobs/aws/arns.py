"""What the ARNs of roles and functions say; no call to AWS."""

from __future__ import annotations

import re

from jobs.errors import Refused

LATEST = "$LATEST"
NUMBER = re.compile("[1-9][0-9]*")
ALIAS = re.compile("(?![0-9]+$)[A-Za-z0-9_-]{1,128}")  # Name of CreateAlias, API reference


def account_of(role_arn: str) -> str:
    """Return the account id in `role_arn`: a job and its role are always of one account.

    Raises:
        Refused: it is not the ARN of a role.
    """
    match role_arn.split(":", 5):
        case ["arn", _, "iam", "", account, _] if account.isdigit():
            return account
    raise Refused(f"{role_arn!r} is not the ARN of a role: use arn:aws:iam::ACCOUNT:role/NAME.")


def partition_of(arn: str) -> str:
    """Return the partition that an ARN names, for instance aws-cn."""
    return arn.split(":", 2)[1]


def unqualified(function_arn: str) -> str:
    """Return the ARN of a function without its version or alias."""
    return ":".join(function_arn.split(":")[:7])


def split(function_arn: str) -> tuple[str, str]:
    """Return the ARN of a function without its version or alias, and that.

    Raises:
        Refused: it is not a function's ARN, or has no version and no alias.
    """
    match function_arn.split(":"):
        case ["arn", _, "lambda", _, _, "function", _, *rest] if rest in ([], [LATEST]):
            raise Refused(
                f"{function_arn!r} could change during the job: name a version or an alias in it."
            )
        case ["arn", _, "lambda", _, _, "function", _, qualifier]:
            if is_number(qualifier) or ALIAS.fullmatch(qualifier):
                return unqualified(function_arn), qualifier
            raise Refused(
                f"{function_arn!r} ends in {qualifier!r}, which is no version and no alias: end it "
                "in a number from 1 on, or in the name of an alias."
            )
    raise Refused(
        f"{function_arn!r} is not the ARN of a function: "
        "use arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION-OR-ALIAS."
    )


def is_number(qualifier: str) -> bool:
    """Return True for the number of a version; they count from 1."""
    return NUMBER.fullmatch(qualifier) is not None
