from __future__ import annotations

import pytest

from jobs.aws import arns
from jobs.errors import Refused

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier"


@pytest.mark.parametrize("qualifier", ["1", "70", "live", "v1", "a-b_c"])
def test_a_version_or_an_alias_is_split_off(qualifier: str) -> None:
    assert arns.split(f"{FUNCTION}:{qualifier}") == (FUNCTION, qualifier)


@pytest.mark.parametrize("arn", [FUNCTION, f"{FUNCTION}:$LATEST"])
def test_a_function_that_could_change_during_the_job_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match=r"could change during the job: name a version or an alias"):
        arns.split(arn)


@pytest.mark.parametrize("arn", ["copier", "arn:aws:s3:::bucket", "", f"{FUNCTION}:live:1"])
def test_what_is_no_function_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match="is not the ARN of a function"):
        arns.split(arn)


@pytest.mark.parametrize("qualifier", ["", "0", "007", "\u0663", "a b", "$latest", "1\n"])
def test_what_is_no_version_and_no_alias_is_refused(qualifier: str) -> None:
    with pytest.raises(Refused, match="which is no version and no alias: end it in a number"):
        arns.split(f"{FUNCTION}:{qualifier}")


@pytest.mark.parametrize(
    "arn", ["", "JobRole", "arn:aws:iam::123456789012", "arn:aws:s3:::bucket:x:y:z"]
)
def test_a_role_that_is_no_arn_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match="is not the ARN of a role: use arn:aws:iam"):
        arns.account_of(arn)
