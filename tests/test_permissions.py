"""The permissions of template.yaml are sufficient, minimal and tight: played, not read.

The policies come out of the transformed template. They are sufficient when no scenario is denied
anything, minimal when every action and every resource of every statement is missed by some
scenario as soon as it is taken away, and tight when they allow nothing outside what is configured.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
import pytest

import other_needs
import s3_actions
from conftest import TEMPLATE
from function_scenarios import Stage
from guarded import Guard
from iam import Request, Statement, is_allowed, listed
from transformed import DESTINATION, SOURCE, Stack, stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KEY = "arn:aws:kms:us-east-1:111122223333:key/"
ONE, TWO = "arn:aws:s3:::further-one", "arn:aws:s3:::further-two"
DIRECTORY, OTHER_DIRECTORY = "source--use1-az4--x-s3", "target--use1-az4--x-s3"
KEYS = {"SourceKmsKeyArn": f"{KEY}source", "DestinationKmsKeyArn": f"{KEY}destination"}
PREFIXES = {"SourcePrefix": "in/", "DestinationPrefix": "out/"}

VARIANTS: dict[str, dict[str, str]] = {
    "copy": {},
    "rename": {"Operation": "rename"},
    "copy, always": {"Overwrite": "always"},
    "rename, always": {"Overwrite": "always", "Operation": "rename"},
    "copy, prefixes": PREFIXES,
    "rename, prefixes": {**PREFIXES, "Operation": "rename"},
    "copy, KMS": KEYS,
    "rename, KMS": {**KEYS, "Operation": "rename"},
    "copy, KMS source": {"SourceKmsKeyArn": f"{KEY}source"},
    "copy, KMS destination": {"DestinationKmsKeyArn": f"{KEY}destination"},
    "copy, further buckets": {"FurtherDestinationBuckets": f"{ONE},{TWO}"},
    "rename, further buckets": {"FurtherDestinationBuckets": ONE, "Operation": "rename"},
    "copy from a directory bucket": {"SourceBucket": DIRECTORY},
    "rename from a directory bucket": {"SourceBucket": DIRECTORY, "Operation": "rename"},
    "copy into a directory bucket": {"DestinationBucket": OTHER_DIRECTORY},
    "rename in a directory bucket": {
        "SourceBucket": DIRECTORY,
        "DestinationBucket": DIRECTORY,
        "DestinationPrefix": "out/",
        "Operation": "rename",
    },
    "rename in one bucket": {**PREFIXES, "DestinationBucket": SOURCE, "Operation": "rename"},
    "generator": {"ManifestGenerator": "true"},
}


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    return {name: stack(**parameters) for name, parameters in VARIANTS.items()}


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


@contextmanager
def staged(variant: Stack, guard: Guard) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Stage(variant, guard, monkeypatch)


def function_role(variant: Stack) -> list[Statement]:
    """Logs are written by Lambda itself, not by a scenario."""
    return [each for each in variant.statements("FunctionRole") if each["Sid"] != "WriteLogs"]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_function_role_is_sufficient(name: str, stacks: dict[str, Stack], guard: Guard) -> None:
    role = function_role(stacks[name])

    with staged(stacks[name], guard) as stage:
        for scenario in stage.scenarios().values():
            for setting in stage.settings():
                assert stage.plays(scenario, setting, role).denied == []


@pytest.mark.parametrize("name", ["copy", "rename", "rename, KMS"])
@pytest.mark.parametrize(
    "changed",
    [
        {"HEAD_FIRST": "true"},
        {"MULTIPART_THRESHOLD_MIB": "1024", "PART_SIZE_MIB": "1024"},
        {"STORAGE_CLASS": "STANDARD_IA"},
    ],
    ids=str,
)
def test_it_stays_sufficient_when_the_literal_settings_change(
    name: str, changed: dict[str, str], stacks: dict[str, Stack], guard: Guard
) -> None:
    role = function_role(stacks[name])

    with pytest.MonkeyPatch.context() as monkeypatch:
        stage = Stage(stacks[name], guard, monkeypatch, changed)
        for scenario in stage.scenarios().values():
            for setting in stage.settings():
                assert stage.plays(scenario, setting, role).denied == []


def test_the_function_role_is_minimal(
    stacks: dict[str, Stack], guard: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    killed: Counter[tuple[str, ...]] = Counter()
    for variant in stacks.values():
        with staged(variant, guard) as stage:
            for mutant, role in mutants(function_role(variant)):
                killed[mutant] += is_missed(stage, function_role(variant), role)

    survivors = [mutant for mutant, times in killed.items() if not times]
    with capsys.disabled():
        print(f"\nfunction role: {len(killed) - len(survivors)} of {len(killed)} mutants killed")  # noqa: T201 - the figure
    assert survivors == []


def test_every_row_of_the_table_is_met_by_a_scenario(
    stacks: dict[str, Stack], guard: Guard
) -> None:
    met: set[tuple[str, str]] = set()
    for variant in stacks.values():
        with staged(variant, guard) as stage:
            for scenario in stage.scenarios().values():
                for setting in stage.settings():
                    met |= stage.plays(scenario, setting, function_role(variant)).operations

    assert {operation for operation, _ in met} == called_by_the_function()
    rows = {(row.operation, row.action) for row in s3_actions.TABLE}
    # A delete never names a version: the row is there to deny one that would.
    assert rows - met == {("DeleteObject", "s3:DeleteObjectVersion")}


def called_by_the_function() -> set[str]:
    """Return the S3 operations that src/ calls, as `s3.copy_object` anywhere in it."""
    text = "".join(path.read_text() for path in (TEMPLATE / "src").rglob("*.py"))
    methods = set(re.findall(r"\bs3\.([a-z]+_[a-z_]+)\b", text))
    operations = boto3.client("s3", region_name="us-east-1").meta.method_to_api_mapping
    return {operations[method] for method in methods & operations.keys()}


def mutants(role: Sequence[Statement]) -> Iterator[tuple[tuple[str, ...], list[Statement]]]:
    """Yield each role that lacks one action, or one resource, of one statement."""
    for index, statement in enumerate(role):
        for element in ("Action", "Resource"):
            values = listed(statement[element])
            for number, value in enumerate(values):
                left = [each for each in values if each != value]
                mutated = [{**statement, element: left}] if left else []
                # A resource is called by its place: its text differs between variants.
                what = value if element == "Action" else f"resource {number + 1}"
                name = (statement["Sid"], what)
                yield name, [*role[:index], *mutated, *role[index + 1 :]]


def is_missed(stage: Stage, role: Sequence[Statement], mutant: Sequence[Statement]) -> bool:
    """Return True when a scenario ends otherwise under the mutant than it should."""
    for scenario in stage.scenarios().values():
        for setting in stage.settings():
            asked = stage.plays(scenario, setting, role).asked
            # What the scenario asks for is allowed as before: it would end as before.
            if all(is_allowed(mutant, each) or not is_allowed(role, each) for each in asked):
                continue
            try:
                stage.plays(scenario, setting, mutant)
            except AssertionError:
                return True
    return False


@pytest.mark.parametrize("name", ["copy", "generator"])
def test_the_job_role_is_sufficient(name: str, stacks: dict[str, Stack]) -> None:
    role = stacks[name].statements("JobRole")

    assert denied(role, other_needs.of_a_job(stacks[name])) == []


def test_the_job_role_is_minimal(
    stacks: dict[str, Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    generator = stacks["generator"]
    needs = list(other_needs.of_a_job(generator))

    check_minimal("job role", generator.statements("JobRole"), needs, capsys)


def test_the_submitter_policy_is_sufficient(stacks: dict[str, Stack]) -> None:
    policy = stacks["copy"].statements("SubmitterPolicy")

    assert denied(policy, other_needs.of_a_submitter(stacks["copy"])) == []


def test_the_submitter_policy_is_minimal(
    stacks: dict[str, Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    needs = list(other_needs.of_a_submitter(stacks["copy"]))

    check_minimal("submitter", stacks["copy"].statements("SubmitterPolicy"), needs, capsys)


def test_the_submitter_needs_cover_every_call_of_the_submit_verb() -> None:
    modules = [TEMPLATE / "jobs" / "stack.py", *(TEMPLATE / "jobs" / "submit").glob("*.py")]
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
    capsys: pytest.CaptureFixture[str],
) -> None:
    total = list(mutants(statements))
    survivors = [name for name, mutant in total if not denied(mutant, needs)]
    with capsys.disabled():
        print(f"\n{title}: {len(total) - len(survivors)} of {len(total)} mutants killed")  # noqa: T201 - the figure
    assert survivors == []


def test_an_existing_job_role_is_the_only_one_that_submitters_may_pass() -> None:
    existing = "arn:aws:iam::111122223333:role/made-elsewhere"
    variant = stack(JobRoleArn=existing)
    policy = variant.statements("SubmitterPolicy")

    assert "JobRole" not in variant.resources
    assert is_allowed(policy, Request("iam:PassRole", existing))
    assert not is_allowed(policy, Request("iam:PassRole", f"{existing}-2"))


def test_an_existing_function_role_is_used_and_none_is_created() -> None:
    existing = "arn:aws:iam::111122223333:role/made-elsewhere"
    variant = stack(FunctionRoleArn=existing)

    assert "FunctionRole" not in variant.resources
    assert variant.resources["Function"]["Properties"]["Role"] == existing


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
OUTSIDE = (
    "arn:aws:iam::111122223333:role/admin",
    f"{KEY}another",
    "arn:aws:lambda:us-east-1:111122223333:function:stack2",
    "arn:aws:lambda:us-east-1:111122223333:function:stack2:live",
    "arn:aws:lambda:us-east-1:111122223333:function:another",
    "arn:aws:lambda:eu-west-1:111122223333:function:stack",
    "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/stack2:log-stream:a",
    "arn:aws:s3:::another-bucket",
    "arn:aws:s3:::another-bucket/in/a.txt",
    f"arn:aws:s3:::{SOURCE}-2",
    f"arn:aws:s3:::{SOURCE}-2/in/a.txt",
    f"arn:aws:s3:::{DESTINATION}-2/out/a.txt",
    "arn:aws:s3:::stack-jobsbucket-xxxxxxxxxxxx2/manifests/a.csv",
    "arn:aws:s3:::stack-jobsbucket-xxxxxxxxxxxx/elsewhere/a.csv",
    "arn:aws:s3:eu-west-1:111122223333:job/1",
    "arn:aws:s3express:us-east-1:111122223333:bucket/another--use1-az4--x-s3",
)
CONTEXT = {"kms:ViaService": "s3.us-east-1.amazonaws.com", "s3express:SessionMode": "ReadWrite"}


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("holder", ["FunctionRole", "JobRole", "SubmitterPolicy"])
def test_nothing_outside_of_the_stack_is_allowed(
    holder: str, name: str, stacks: dict[str, Stack]
) -> None:
    statements = stacks[name].statements(holder)
    granted = {action for each in statements for action in listed(each["Action"])}

    found = [
        str(request)
        for action in granted | set(NEVER)
        for arn in OUTSIDE
        if is_allowed(statements, request := Request(action, arn, CONTEXT))
    ]

    assert found == []
    assert granted.isdisjoint(NEVER)
    assert not any("*" in action for action in granted)


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
def test_a_renaming_function_keeps_to_its_prefixes(
    action: str, arn: str, *, inside: bool, stacks: dict[str, Stack]
) -> None:
    role = stacks["rename, prefixes"].statements("FunctionRole")

    assert is_allowed(role, Request(action, arn)) is inside


@pytest.mark.parametrize("name", [name for name in VARIANTS if not name.startswith("rename")])
def test_a_copying_function_deletes_nothing(name: str, stacks: dict[str, Stack]) -> None:
    role = stacks[name].statements("FunctionRole")

    assert not any("Delete" in action for each in role for action in listed(each["Action"]))
    if name == "copy from a directory bucket":
        arn = f"arn:aws:s3express:us-east-1:111122223333:bucket/{DIRECTORY}"
        session = Request("s3express:CreateSession", arn, {"s3express:SessionMode": "ReadWrite"})
        assert not is_allowed(role, session)


@pytest.mark.parametrize("service", ["ec2.us-east-1.amazonaws.com", "s3.evil.example"])
def test_a_key_is_used_through_s3_only(service: str, stacks: dict[str, Stack]) -> None:
    role = stacks["rename, KMS"].statements("FunctionRole")
    direct = Request("kms:Decrypt", f"{KEY}source")
    through = Request("kms:Decrypt", f"{KEY}source", {"kms:ViaService": service})

    assert not is_allowed(role, direct)
    assert not is_allowed(role, through)


def test_the_job_role_never_touches_the_objects(stacks: dict[str, Stack]) -> None:
    role = stacks["generator"].statements("JobRole")
    actions = {action for each in role for action in listed(each["Action"])}

    assert [
        str(request)
        for action in actions
        for arn in (IN, OUT, f"arn:aws:s3:::{DESTINATION}")
        if is_allowed(role, request := Request(action, arn))
    ] == []


def test_without_the_generator_a_job_writes_reports_only(stacks: dict[str, Stack]) -> None:
    bucket = f"arn:aws:s3:::{stacks['copy'].place.jobs_bucket}"
    role = stacks["copy"].statements("JobRole")

    assert not is_allowed(role, Request("s3:PutObject", f"{bucket}/manifests/a.csv"))
    assert not is_allowed(role, Request("s3:GetObject", f"{bucket}/reports/a.csv"))


@pytest.mark.parametrize("name", VARIANTS)
def test_no_policy_of_the_stack_has_a_bare_star(name: str, stacks: dict[str, Stack]) -> None:
    for holder in ("FunctionRole", "JobRole", "SubmitterPolicy"):
        for each in stacks[name].statements(holder):
            assert "*" not in listed(each["Resource"])
            assert each["Sid"]


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


def test_submitters_pass_the_role_without_a_condition(stacks: dict[str, Stack]) -> None:
    """CreateJob sends no iam:PassedToService: a condition on it would always deny."""
    statements = stacks["copy"].statements("SubmitterPolicy")

    assert not any("Condition" in each for each in statements)
