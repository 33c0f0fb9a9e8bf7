"""The policies of template.yaml allow nothing outside of what is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iam import Request, Statement, is_allowed, listed
from stack_variants import DIRECTORY, KEY, KEYS, ONE, PREFIXES, VARIANTS, shortened, variant
from transformed import DESTINATION, FUNCTION, SOURCE, stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What none of the roles may do anywhere: to escalate, to destroy, to open up.
NEVER = (
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "kms:CreateGrant",
    "kms:DisableKey",
    "lambda:UpdateFunctionCode",
    "lambda:DeleteFunction",
    "logs:DeleteLogGroup",
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectAcl",
    "sts:AssumeRole",
)
# Neighbours: what a name without its end, or a prefix without its slash, would also match.
ACCOUNT = "us-east-1:111122223333"
JOBS_BUCKET = "stack-jobsbucket-xxxxxxxxxxxx"
OUTSIDE = (
    f"arn:aws:cloudformation:{ACCOUNT}:stack/stack2/1",
    "arn:aws:iam::111122223333:role/admin",
    "arn:aws:iam::111122223333:role/stack-JobRole-xxxxxxxxxxxx2",
    f"{KEY}another",
    f"{KEY}source2",
    f"{KEY}destination2",
    f"arn:aws:lambda:{ACCOUNT}:function:{FUNCTION}2",
    f"arn:aws:lambda:{ACCOUNT}:function:{FUNCTION}2:live",
    f"arn:aws:lambda:{ACCOUNT}:function:another",
    f"arn:aws:lambda:eu-west-1:111122223333:function:{FUNCTION}",
    f"arn:aws:logs:{ACCOUNT}:log-group:/aws/lambda/stack2:log-stream:a",
    "arn:aws:s3:::another-bucket",
    "arn:aws:s3:::another-bucket/in/a.txt",
    f"arn:aws:s3:::{SOURCE}-2",
    f"arn:aws:s3:::{SOURCE}-2/in/a.txt",
    f"arn:aws:s3:::{DESTINATION}-2",
    f"arn:aws:s3:::{DESTINATION}-2/out/a.txt",
    f"{ONE}-2",
    f"{ONE}-2/out/a.txt",
    f"arn:aws:s3:::{JOBS_BUCKET}2",
    f"arn:aws:s3:::{JOBS_BUCKET}2/manifests/a.csv",
    f"arn:aws:s3:::{JOBS_BUCKET}/manifests-2/a.csv",
    f"arn:aws:s3:::{JOBS_BUCKET}/reports-2/a.csv",
    "arn:aws:s3:eu-west-1:111122223333:job/1",
    f"arn:aws:s3:{ACCOUNT}:jobs/1",
    f"arn:aws:s3:{ACCOUNT}4:job/1",
    f"arn:aws:s3express:{ACCOUNT}:bucket/another--use1-az4--x-s3",
    f"arn:aws:s3express:{ACCOUNT}:bucket/{DIRECTORY}2",
)
OUTSIDE_PREFIXES = (
    f"arn:aws:s3:::{SOURCE}/in",
    f"arn:aws:s3:::{SOURCE}/inside/a.txt",
    f"arn:aws:s3:::{DESTINATION}/outside/a.txt",
)
CONTEXT = {
    "aws:RequestTag/Application": "stack",
    "aws:ResourceTag/Application": "stack",
    "kms:ViaService": "s3.us-east-1.amazonaws.com",
    "s3express:SessionMode": "ReadWrite",
}
# ListJobs has no resource of its own: it is allowed on all, and reaches this account and Region.
HARMLESS = "s3:ListJobs on "
HOLDERS = ("FunctionRole", "JobRole", "SubmitterPolicy", "ConfirmerPolicy")


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_nothing_outside_of_the_stack_is_allowed(holder: str, name: str) -> None:
    statements = variant(name).statements(holder)

    assert leaks(statements, OUTSIDE) == []
    assert granted(statements).isdisjoint(NEVER)
    assert not any("*" in action for action in granted(statements))


def granted(statements: Sequence[Statement]) -> set[str]:
    return {action for each in statements for action in listed(each["Action"])}


def leaks(statements: Sequence[Statement], outside: Sequence[str]) -> list[str]:
    """Return what is allowed on ARNs that are none of the holder's business."""
    return [
        str(request)
        for action in sorted(granted(statements) | set(NEVER))
        for arn in outside
        if is_allowed(statements, request := Request(action, arn, CONTEXT))
        and not str(request).startswith(HARMLESS)
    ]


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_resource_that_is_cut_shorter_would_be_noticed(
    holder: str, record_property: Callable[[str, object], None]
) -> None:
    parameters = {**PREFIXES, **KEYS, "Operation": "rename", "ManifestGenerator": "true"}
    statements = stack(FurtherDestinationBuckets=ONE, **parameters).statements(holder)
    outside = (*OUTSIDE, *OUTSIDE_PREFIXES)
    assert leaks(statements, outside) == []

    loosened = list(shortened(statements))
    unnoticed = [name for name, mutant in loosened if not leaks(mutant, outside)]
    noticed = len(loosened) - len(unnoticed)
    record_property(holder, f"{noticed} of {len(loosened)} looser resources noticed")
    assert unnoticed == []


IN, OUT = f"arn:aws:s3:::{SOURCE}/in/a", f"arn:aws:s3:::{DESTINATION}/out/a"


@pytest.mark.parametrize(
    ("action", "arn", "inside"),
    [
        ("s3:GetObject", IN, True),
        ("s3:GetObject", f"arn:aws:s3:::{SOURCE}/elsewhere/a", False),
        ("s3:GetObjectVersion", f"arn:aws:s3:::{SOURCE}/i", False),
        ("s3:PutObject", IN, False),
        ("s3:DeleteObject", IN, True),
        ("s3:DeleteObject", f"arn:aws:s3:::{SOURCE}/elsewhere/a", False),
        ("s3:DeleteObject", OUT, False),
        ("s3:PutObject", OUT, True),
        ("s3:PutObject", f"arn:aws:s3:::{DESTINATION}/elsewhere/a", False),
        ("s3:GetObject", f"arn:aws:s3:::{DESTINATION}/elsewhere/a", False),
        ("s3:GetObjectVersion", OUT, False),
    ],
)
def test_a_renaming_function_keeps_to_its_prefixes(action: str, arn: str, *, inside: bool) -> None:
    role = variant("rename, prefixes").statements("FunctionRole")

    assert is_allowed(role, Request(action, arn)) is inside


@pytest.mark.parametrize("name", [name for name in VARIANTS if not name.startswith("rename")])
def test_a_copying_function_deletes_nothing(name: str) -> None:
    role = variant(name).statements("FunctionRole")

    assert not any("Delete" in action for each in role for action in listed(each["Action"]))
    if name == "copy from a directory bucket":
        arn = f"arn:aws:s3express:us-east-1:111122223333:bucket/{DIRECTORY}"
        session = Request("s3express:CreateSession", arn, {"s3express:SessionMode": "ReadWrite"})
        assert not is_allowed(role, session)


@pytest.mark.parametrize("service", ["ec2.us-east-1.amazonaws.com", "s3.evil.example"])
def test_a_key_is_used_through_s3_only(service: str) -> None:
    role = variant("rename, KMS").statements("FunctionRole")
    direct = Request("kms:Decrypt", f"{KEY}source")
    through = Request("kms:Decrypt", f"{KEY}source", {"kms:ViaService": service})

    assert not is_allowed(role, direct)
    assert not is_allowed(role, through)


def test_the_job_role_never_touches_the_objects() -> None:
    role = variant("generator").statements("JobRole")
    actions = {action for each in role for action in listed(each["Action"])}

    assert [
        str(request)
        for action in actions
        for arn in (IN, OUT, f"arn:aws:s3:::{DESTINATION}")
        if is_allowed(role, request := Request(action, arn))
    ] == []


def test_without_the_generator_a_job_writes_reports_only() -> None:
    bucket = f"arn:aws:s3:::{variant('copy').place.jobs_bucket}"
    role = variant("copy").statements("JobRole")

    assert not is_allowed(role, Request("s3:PutObject", f"{bucket}/manifests/a.csv"))
    assert not is_allowed(role, Request("s3:GetObject", f"{bucket}/reports/a.csv"))


@pytest.mark.parametrize("conditions", ["false", "true"])
def test_the_job_role_trusts_s3_batch_operations_alone(conditions: str) -> None:
    role = stack(TrustConditions=conditions).resources["JobRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    jobs = "arn:aws:s3:us-east-1:111122223333:job/*"

    assert statement["Principal"] == {"Service": "batchoperations.s3.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
    assert statement.get("Condition") == (
        {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": jobs},
        }
        if conditions == "true"
        else None
    )


def test_submitters_pass_the_role_without_a_condition() -> None:
    """CreateJob sends no iam:PassedToService: a condition on it would always deny."""
    statements = variant("copy").statements("SubmitterPolicy")
    [passing] = [each for each in statements if each["Action"] == "iam:PassRole"]

    assert "Condition" not in passing
