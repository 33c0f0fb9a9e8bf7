"""The patterns and rules of the parameters of template.yaml: what a deployment may be given."""

from __future__ import annotations

import re

import pytest

from conftest import TEMPLATE as PROJECT
from jobs.project import template
from jobs.project.resolver import Resolver

TEMPLATE = template.load(PROJECT / "template.yaml")


@pytest.mark.parametrize(
    ("arns", "is_taken"),
    [
        ("", True),
        ("arn:aws:s3:::one", True),
        ("arn:aws-us-gov:s3:::one.two-3,arn:aws-us-gov:s3:::two", True),
        ("arn:aws:s3:::name--x-s3-not", True),
        ("arn:aws:s3:::one,", False),
        (",arn:aws:s3:::one", False),
        ("arn:aws:s3:::one, arn:aws:s3:::two", False),
        ("arn:aws:s3:::onearn:aws:s3:::two", False),
        ("one", False),
        ("arn:aws:s3:::on", False),
        ("arn:aws:s3:::One", False),
        ("arn:aws:s3:::one/in/", False),
        ("arn:aws:s3:::one..two", False),
        ("arn:aws:s3:::192.168.5.4", False),
        ("arn:aws:s3:::xn--one", False),
        ("arn:aws:s3:::-one", False),
        ("arn:aws:s3:::one-", False),
        (f"arn:aws:s3:::{'a' * 64}", False),
        ("arn:aws:s3:::one-s3alias", False),
        ("arn:aws:s3:::one--ol-s3,arn:aws:s3:::two", False),
        ("arn:aws:s3:::one,arn:aws:s3:::two.mrap", False),
        # Each would need s3express:CreateSession, which only DestinationBucket gets.
        ("arn:aws:s3:::one,arn:aws:s3:::two--use1-az4--x-s3", False),
        ("arn:aws:s3express:us-east-1:111122223333:bucket/two--use1-az4--x-s3", False),
    ],
)
def test_further_buckets_are_those_that_a_copy_can_reach(arns: str, *, is_taken: bool) -> None:
    pattern = TEMPLATE["Parameters"]["FurtherDestinationBuckets"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, arns)) is is_taken


@pytest.mark.parametrize(
    ("prefix", "is_taken"),
    [
        ("", True),
        ("in/2026/", True),
        ("données/", True),
        ("a&b/", True),
        ("100% #1 [x] {y} <z>|`^;\"'\\/", True),
        ("cost$/$2026/", True),
        ("ÿ" * 512, True),
        ("p" * 513, False),
        ("all*/", False),
        ("which?/", False),
        ("${aws:username}/", False),
        ("東京/", False),
        ("line\nbreak/", False),
    ],
)
def test_a_prefix_is_what_iam_can_say(prefix: str, *, is_taken: bool) -> None:
    for name in ("SourcePrefix", "DestinationPrefix"):
        pattern = TEMPLATE["Parameters"][name]["AllowedPattern"]
        assert bool(re.fullmatch(pattern, prefix)) is is_taken


@pytest.mark.parametrize(
    ("name", "value", "is_taken"),
    [
        ("RolePath", "/", True),
        ("RolePath", "/teams/data/", True),
        ("RolePath", "teams/", False),
        ("RolePath", "/teams", False),
        ("FunctionName", "f" * 64, True),
        ("FunctionName", "f" * 65, False),
        ("FunctionName", "my function", False),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("PermissionsBoundary", "arn:aws-cn:iam::111122223333:policy/company/edge", True),
        ("PermissionsBoundary", "edge", False),
        ("SubnetIds", "subnet-0a1b2c3d,subnet-0123456789abcdef0", True),
        ("SubnetIds", "subnet-0a1b2c3d, subnet-0a1b2c3e", False),
        ("SubnetIds", "subnet-0a1b2c3d,", False),
        ("SecurityGroupIds", "sg-0a1b2c3d", True),
        ("SecurityGroupIds", "sg-0a1b2c3dsg-0a1b2c3d", False),
        ("SubmitterPrincipals", "data-team,ops", True),
        ("SubmitterPrincipals", "arn:aws:iam::111122223333:role/data-team", False),
        ("ConfirmerPrincipals", "ops,", False),
        ("ExistingJobsBucket", "company-jobs", True),
        ("ExistingJobsBucket", "s3://company-jobs", False),
    ],
)
def test_company_parameters_take_what_aws_takes(name: str, value: str, *, is_taken: bool) -> None:
    pattern = TEMPLATE["Parameters"][name]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is is_taken


@pytest.mark.parametrize(
    ("subnets", "groups", "is_taken"),
    [
        ("", "", True),
        ("subnet-0a1b2c3d", "sg-0a1b2c3d", True),
        ("subnet-0a1b2c3d", "", False),
        ("", "sg-0a1b2c3d", False),
    ],
)
def test_a_network_is_subnets_and_security_groups(
    subnets: str, groups: str, *, is_taken: bool
) -> None:
    """CloudFormation looks at the rule before it makes anything."""
    [assertion] = TEMPLATE["Rules"]["NetworkNeedsBoth"]["Assertions"]
    given: dict[str, object] = {"SubnetIds": subnets, "SecurityGroupIds": groups}

    assert Resolver(given, {}, {"rule": assertion["Assert"]}).holds("rule") is is_taken
