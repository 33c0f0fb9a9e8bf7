from __future__ import annotations

import pytest

from jobs.errors import Refused
from jobs.submit import function_arn

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier"
ROLE = "arn:aws:iam::123456789012:role/job"


@pytest.mark.parametrize("qualifier", ["1", "70", "live", "v1", "a-b_c"])
def test_a_version_or_an_alias_is_split_off(qualifier: str) -> None:
    assert function_arn.split(f"{FUNCTION}:{qualifier}") == (FUNCTION, qualifier)


@pytest.mark.parametrize("arn", [FUNCTION, f"{FUNCTION}:$LATEST"])
def test_a_function_that_could_change_during_the_job_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match=r"could change during the job: .* a version or an alias"):
        function_arn.split(arn)


@pytest.mark.parametrize("arn", ["copier", "arn:aws:s3:::bucket", "", f"{FUNCTION}:live:1"])
def test_what_is_no_function_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match="is not the ARN of a function"):
        function_arn.split(arn)


@pytest.mark.parametrize("qualifier", ["", "0", "007", "\u0663", "a b", "$latest", "1\n"])
def test_what_is_no_version_and_no_alias_is_refused(qualifier: str) -> None:
    with pytest.raises(Refused, match="which is no version and no alias: end it in a number"):
        function_arn.split(f"{FUNCTION}:{qualifier}")


def test_a_function_of_the_roles_account_in_the_jobs_region_passes() -> None:
    function_arn.check_place(f"{FUNCTION}:1", ROLE, "us-east-1")


@pytest.mark.parametrize(
    ("arn", "role", "sentence"),
    [
        (FUNCTION.replace("us-east-1", "eu-west-1"), ROLE, "is in eu-west-1, and the job would"),
        (FUNCTION, ROLE.replace("12:role", "13:role"), "are of different accounts or partitions"),
        (FUNCTION, ROLE.replace("aws", "aws-cn"), "are of different accounts or partitions"),
        (FUNCTION, "copier", "is not the ARN of a role"),
    ],
    ids=["Region", "account", "partition", "no role"],
)
def test_a_function_that_the_job_could_not_run_is_refused(
    arn: str, role: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        function_arn.check_place(f"{arn}:1", role, "us-east-1")
