"""The job role and the submitter policy: sufficient and minimal for what is asked under them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

import other_needs
from conftest import TEMPLATE
from iam import Request, Statement, is_allowed
from jobs.policies import names
from stack_variants import COMPANY, mutants, variant
from transformed import DESTINATION, SOURCE, stack, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


COMPANIES: dict[str, dict[str, str]] = {
    "company": COMPANY,
    "company with a bucket": {**COMPANY, "ExistingJobsBucket": "company-jobs", "KeepLogs": "false"},
}


@pytest.mark.parametrize("name", ["copy", "generator"])
def test_the_job_role_is_sufficient(name: str) -> None:
    role = variant(name).statements("JobRole")

    assert denied(role, other_needs.of_a_job(variant(name))) == []


@pytest.mark.parametrize("name", COMPANIES)
def test_what_a_company_asks_for_is_granted_and_no_more(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    chosen = stack(**COMPANIES[name])
    platform = ("JoinTheNetwork", "WriteTraces", "DecryptVariables", "WriteLogs")
    of_lambda = [each for each in chosen.statements("FunctionRole") if each["Sid"] in platform]
    for title, statements, needs in (
        ("function", of_lambda, other_needs.of_lambda(chosen)),
        ("job", chosen.statements("JobRole"), other_needs.of_a_job(chosen)),
        ("submitter", chosen.statements("SubmitterPolicy"), other_needs.of_a_submitter(chosen)),
        ("confirmer", chosen.statements("ConfirmerPolicy"), other_needs.of_a_confirmer(chosen)),
    ):
        asked = list(needs)
        assert denied(statements, asked) == []
        check_minimal(f"{name}, {title}", statements, asked, record_property)


def test_both_roles_have_the_boundary_and_the_path() -> None:
    resources = stack(**COMPANY).resources

    for logical_id in ("FunctionRole", "JobRole"):
        properties = resources[logical_id]["Properties"]
        assert properties["PermissionsBoundary"] == COMPANY["PermissionsBoundary"]
        assert properties["Path"] == COMPANY["RolePath"]
        assert "PermissionsBoundary" not in stack().resources[logical_id]["Properties"]


def test_a_bucket_of_the_company_is_used_and_never_changed() -> None:
    chosen = stack(ExistingJobsBucket="company-jobs")

    assert {"JobsBucket", "JobsBucketPolicy"}.isdisjoint(chosen.resources)
    assert chosen.place.jobs_bucket == "company-jobs"


@pytest.mark.parametrize("prefix", ["données/", "a&b/", "100% #1/"])
def test_an_odd_prefix_bounds_what_is_read_and_written(prefix: str) -> None:
    role = stack(SourcePrefix=prefix, DestinationPrefix=prefix).statements("FunctionRole")
    read, written = f"arn:aws:s3:::{SOURCE}/", f"arn:aws:s3:::{DESTINATION}/"

    for key, inside in ((f"{prefix}a", True), (f"x{prefix}a", False)):
        assert is_allowed(role, Request("s3:GetObject", read + key)) is inside
        assert is_allowed(role, Request("s3:PutObject", written + key)) is inside


def test_the_job_role_is_minimal(record_property: Callable[[str, object], None]) -> None:
    generator = variant("generator")
    needs = list(other_needs.of_a_job(generator))

    check_minimal("job role", generator.statements("JobRole"), needs, record_property)


NEEDS = {
    "SubmitterPolicy": other_needs.of_a_submitter,
    "ConfirmerPolicy": other_needs.of_a_confirmer,
}


@pytest.mark.parametrize("name", ["copy", "submitters list"])
@pytest.mark.parametrize("holder", NEEDS)
def test_the_policies_of_people_are_sufficient(holder: str, name: str) -> None:
    policy = variant(name).statements(holder)

    assert denied(policy, NEEDS[holder](variant(name))) == []


@pytest.mark.parametrize("holder", NEEDS)
def test_the_policies_of_people_are_minimal(
    holder: str, record_property: Callable[[str, object], None]
) -> None:
    chosen = variant("submitters list")

    check_minimal(holder, chosen.statements(holder), list(NEEDS[holder](chosen)), record_property)


def test_the_submitter_needs_cover_every_call_of_the_submit_verb() -> None:
    folders = ("aws", "check", "submit")
    modules = [path for name in folders for path in (TEMPLATE / "jobs" / name).glob("*.py")]
    clients = {"cloudformation", "lambda_", "s3", "self._s3", "s3control"}
    called = {
        node.func.attr
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in clients
    }

    assert called == other_needs.CALLS


def denied(statements: Sequence[Statement], needs: Iterable[other_needs.Need]) -> list[str]:
    return [each.what for each in needs if not is_allowed(statements, each.request)]


def check_minimal(
    title: str,
    statements: Sequence[Statement],
    needs: Sequence[other_needs.Need],
    record_property: Callable[[str, object], None],
) -> None:
    total = list(mutants(statements))
    survivors = [name for name, mutant in total if not denied(mutant, needs)]
    record_property(title, f"{len(total) - len(survivors)} of {len(total)} mutants killed")
    assert survivors == []


EXISTING = "arn:aws:iam::111122223333:role/made-elsewhere"


def test_a_stack_that_is_given_both_roles_makes_nothing_of_iam() -> None:
    further = {"FurtherDestinationBuckets": "arn:aws:s3:::further-one"}
    resources = stack(FunctionRoleArn=EXISTING, JobRoleArn=EXISTING, **further).resources

    assert [each for each in resources.values() if each["Type"].startswith("AWS::IAM::")] == []


def test_an_existing_job_role_is_the_only_one_that_submitters_may_pass() -> None:
    """The stack makes no policy then: `python -m jobs policies` prints it for others to make."""
    chosen = stack(JobRoleArn=EXISTING)
    resolver = names.resolver(template(), chosen.values, chosen.place)
    printed = resolver.value(template()["Resources"]["SubmitterPolicy"]["Properties"])
    policy = printed["PolicyDocument"]["Statement"]

    assert {"JobRole", "SubmitterPolicy", "ConfirmerPolicy"}.isdisjoint(chosen.resources)
    assert is_allowed(policy, Request("iam:PassRole", EXISTING))
    assert not is_allowed(policy, Request("iam:PassRole", f"{EXISTING}-2"))


def test_an_existing_function_role_is_used_and_none_is_created() -> None:
    chosen = stack(FunctionRoleArn=EXISTING)

    assert "FunctionRole" not in chosen.resources
    assert chosen.resources.keys() >= {"JobRole", "SubmitterPolicy", "ConfirmerPolicy"}
    assert chosen.resources["Function"]["Properties"]["Role"] == EXISTING
