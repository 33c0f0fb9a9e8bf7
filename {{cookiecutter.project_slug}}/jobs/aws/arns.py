"""What an ARN says of the account and the partition; no call to AWS."""

from __future__ import annotations

from jobs.errors import Refused


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
