"""The job role and the submitter policy: sufficient and minimal for what is asked under them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

import other_needs
from conftest import TEMPLATE
from iam import Request, Statement, is_allowed
from jobs.policies import names
from stack_variants import mutants, variant
from transformed import stack, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@pytest.mark.parametrize("name", ["copy", "generator"])
def test_the_job_role_is_sufficient(name: str) -> None:
    role = variant(name).statements("JobRole")

    assert denied(role, other_needs.of_a_job(variant(name))) == []


def test_the_job_role_is_minimal(record_property: Callable[[str, object], None]) -> None:
    generator = variant("generator")
    needs = list(other_needs.of_a_job(generator))

    check_minimal("job role", generator.statements("JobRole"), needs, record_property)


def test_the_submitter_policy_is_sufficient() -> None:
    policy = variant("copy").statements("SubmitterPolicy")

    assert denied(policy, other_needs.of_a_submitter(variant("copy"))) == []


def test_the_submitter_policy_is_minimal(record_property: Callable[[str, object], None]) -> None:
    needs = list(other_needs.of_a_submitter(variant("copy")))

    check_minimal(
        "submitter", variant("copy").statements("SubmitterPolicy"), needs, record_property
    )


def test_the_submitter_needs_cover_every_call_of_the_submit_verb() -> None:
    folders = ("aws", "submit")
    modules = [path for name in folders for path in (TEMPLATE / "jobs" / name).glob("*.py")]
    clients = {"cloudformation", "lambda_", "s3", "s3control"}
    called = {
        node.func.attr
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in clients
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
    resources = stack(FunctionRoleArn=EXISTING, JobRoleArn=EXISTING).resources

    assert [each for each in resources.values() if each["Type"].startswith("AWS::IAM::")] == []


def test_an_existing_job_role_is_the_only_one_that_submitters_may_pass() -> None:
    """The stack makes no policy then: `python -m jobs policies` prints it for others to make."""
    chosen = stack(JobRoleArn=EXISTING)
    resolver = names.resolver(template(), chosen.values, chosen.place)
    printed = resolver.value(template()["Resources"]["SubmitterPolicy"]["Properties"])
    policy = printed["PolicyDocument"]["Statement"]

    assert {"JobRole", "SubmitterPolicy"}.isdisjoint(chosen.resources)
    assert is_allowed(policy, Request("iam:PassRole", EXISTING))
    assert not is_allowed(policy, Request("iam:PassRole", f"{EXISTING}-2"))


def test_an_existing_function_role_is_used_and_none_is_created() -> None:
    chosen = stack(FunctionRoleArn=EXISTING)

    assert "FunctionRole" not in chosen.resources
    assert chosen.resources["Function"]["Properties"]["Role"] == EXISTING
