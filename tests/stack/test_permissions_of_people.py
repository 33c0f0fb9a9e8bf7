"""The policies of submitters and confirmers: whose jobs they reach, and what a refusal says."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

import other_needs
from iam import Request, is_allowed, listed
from jobs import errors
from stack_variants import variant
from transformed import STACK, stack

HOLDERS = ("SubmitterPolicy", "ConfirmerPolicy")


OTHER_TEAMS = {
    "create a job as theirs": other_needs.creating("payroll"),
    "create a job that nobody can be told": Request("s3:CreateJob", f"{other_needs.JOB}*"),
    "take a job of theirs over": other_needs.tagging(STACK, "payroll"),
    "give a job to them": other_needs.tagging("payroll", STACK),
    "tag a job without a tag": Request(
        "s3:PutJobTagging", f"{other_needs.JOB}1", {"aws:RequestTag/Application": STACK}
    ),
    **{
        f"{action} of theirs": other_needs.steering(action, "payroll")
        for action in other_needs.STEERING
    },
    **{
        f"{action} of a job without a tag": Request(action, f"{other_needs.JOB}1")
        for action in other_needs.STEERING
    },
}


@pytest.mark.parametrize("what", OTHER_TEAMS)
def test_the_jobs_of_another_team_are_out_of_reach(what: str) -> None:
    for holder in HOLDERS:
        assert not is_allowed(variant("copy").statements(holder), OTHER_TEAMS[what])


def test_a_policy_that_lost_one_condition_on_a_tag_would_be_noticed() -> None:
    tried = 0
    for holder in HOLDERS:
        statements = variant("copy").statements(holder)
        for index, statement in enumerate(statements):
            for key in statement.get("Condition", {}).get("StringEquals", {}):
                rest = {k: v for k, v in statement["Condition"]["StringEquals"].items() if k != key}
                weaker = {**statement, "Condition": {"StringEquals": rest}}
                mutant = [*statements[:index], weaker, *statements[index + 1 :]]
                assert any(is_allowed(mutant, each) for each in OTHER_TEAMS.values()), key
                tried += 1
    assert tried == 4


def test_confirming_is_given_apart_from_submitting() -> None:
    submitter = variant("copy").statements("SubmitterPolicy")
    confirmer = variant("copy").statements("ConfirmerPolicy")

    for action in other_needs.STEERING:
        assert not is_allowed(submitter, other_needs.steering(action, STACK))
    assert not is_allowed(confirmer, other_needs.creating(STACK))
    assert not any("iam:PassRole" in listed(each["Action"]) for each in confirmer)


def test_the_operation_of_jobs_is_a_condition_only_where_it_is_asked_for() -> None:
    limited = stack(RequestJobOperation="LambdaInvoke").statements("SubmitterPolicy")

    assert is_allowed(variant("copy").statements("SubmitterPolicy"), other_needs.creating(STACK))
    for operation, expected in (("LambdaInvoke", True), ("S3DeleteObjectTagging", False)):
        asked = other_needs.creating(STACK, **{"s3:RequestJobOperation": operation})
        assert is_allowed(limited, asked) is expected


@pytest.mark.parametrize(
    ("submitters", "confirmers", "submit", "confirm"),
    [
        ("", "", None, None),
        ("data,ops", "", ["data", "ops"], ["data", "ops"]),
        ("data", "approvers", ["data"], ["approvers"]),
        ("", "approvers", None, ["approvers"]),
    ],
)
def test_the_roles_that_are_named_get_the_policies(
    submitters: str, confirmers: str, submit: list[str] | None, confirm: list[str] | None
) -> None:
    resources = stack(SubmitterPrincipals=submitters, ConfirmerPrincipals=confirmers).resources

    assert resources["SubmitterPolicy"]["Properties"].get("Roles") == submit
    assert resources["ConfirmerPolicy"]["Properties"].get("Roles") == confirm


@pytest.mark.parametrize("operation", errors.RIGHTS)
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_denied_call_names_what_is_missing_and_the_policy_that_grants_it(
    operation: str, code: str
) -> None:
    answer = ClientError({"Error": {"Code": code, "Message": "Access Denied"}}, operation)
    said = errors.sentence(answer)
    named = set(re.findall(r"\b(?:iam|lambda|s3):[A-Za-z]+", said))
    holder = "ConfirmerPolicy" if "ConfirmerPolicyArn" in said else "SubmitterPolicy"
    granted = {
        action
        for statement in variant("submitters list").statements(holder)
        for action in listed(statement["Action"])
    }

    assert said.startswith(f"{operation} answered {code}: Access Denied. The credentials in use")
    assert re.search("Policy(Arn)? grants|policy for submitters grants", said)
    assert named
    assert named <= granted


def test_a_denied_create_job_names_pass_role() -> None:
    """S3 says "Access Denied" and no more where iam:PassRole alone is missing."""
    assert "iam:PassRole on the job role" in errors.RIGHTS["CreateJob"]
    assert "SubmitterPolicyArn" in errors.RIGHTS["CreateJob"]
