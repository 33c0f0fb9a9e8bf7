"""What linters say of the stack as CloudFormation gets it: transformed, and resolved per variant.

While SAM's transform is in a template, cfn-lint checks no IAM action: it is therefore given the
resolved resources.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import cfnlint
import pytest
from cfnlint.api import lint_all

from conftest import run_in
from iam import listed
from jobs.errors import Refused
from stack_variants import COMPANY, EVERYTHING, LINTED
from transformed import STACK, Stack, stack, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=LINTED)
def variant(request: pytest.FixtureRequest) -> Stack:
    return stack(**LINTED[request.param])


def test_cfn_lint_finds_nothing_in_the_resolved_stack(variant: Stack, tmp_path: Path) -> None:
    found = lint(written(variant, tmp_path))

    assert found == ""


def test_cfn_lint_would_find_a_misspelt_action(tmp_path: Path) -> None:
    path = written(stack(**EVERYTHING), tmp_path)
    text = path.read_text()
    misspelt = {"s3:GetObjectTagging": "s3:GetObjctTagging", "kms:Decrypt": "kms:Decript"}
    for before, after in misspelt.items():
        assert f'"{before}"' in text
        text = text.replace(f'"{before}"', f'"{after}"')
    path.write_text(text)

    found = [line for line in lint(path).splitlines() if "W3037" in line]
    for action in misspelt.values():
        assert any(action.partition(":")[2].lower() in line.lower() for line in found), found


def lint(path: Path) -> str:
    """Return errors and warnings, as the command of the same name would; the rest is advice."""
    found = lint_all(path.read_text())
    return "\n".join(str(each) for each in found if each.rule.id[0] in "EW")


@pytest.mark.slow
def test_sam_validate_finds_nothing(default_project: Path) -> None:
    run_in(default_project, "sam", "validate", "--lint")


def test_every_action_works_on_the_kind_of_resource_that_its_statement_names(
    variant: Stack,
) -> None:
    """An object action on a bucket's ARN is valid and allows nothing: cfn-lint lets it pass."""
    wrong = [
        f"{action} on {arn}"
        for holder in ("FunctionRole", "JobRole", "SubmitterPolicy", "ConfirmerPolicy")
        if holder in variant.resources
        for statement in variant.statements(holder)
        for action in listed(statement["Action"])
        if not any(is_kind(action, arn) for arn in listed(statement["Resource"]))
        for arn in listed(statement["Resource"])
        if arn != "*"  # test_template_rules names what may
    ]

    assert wrong == []


# The reference lists no resource type for these; see SubmitterPolicy in template.yaml.
WITHOUT_TYPE = frozenset({"s3:CreateJob"})


def is_kind(action: str, arn: str) -> bool:
    """Return True when AWS lists a resource type for the action whose ARN has this form."""
    if action in WITHOUT_TYPE:
        return True
    return any(re.fullmatch(pattern, arn) for pattern in patterns(action))


def patterns(action: str) -> Iterator[str]:
    service, _, name = action.partition(":")
    known = reference()[service]
    for kind in known["Actions"][name.lower()].get("Resources", []):
        for form in known["Resources"][kind]["ARNFormats"]:
            pattern = re.sub(r"\$\{[A-Za-z]+\}", "[^:/]*", form)
            # A bucket's name holds no slash; an object's ARN does.
            yield pattern.replace(".*", "[^/]+") if (service, kind) == ("s3", "bucket") else pattern


@cache
def reference() -> dict[str, Any]:
    """Return cfn-lint's copy of AWS's service authorization reference."""
    path = files(cfnlint) / "data" / "AdditionalSpecs" / "Policies.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


# IAM User Guide, reference_iam-quotas: characters without white space.
INLINE_POLICIES, MANAGED_POLICY = 10_240, 6_144
AUTHORS_ROOM = 2_000
"""Characters of the function's role that stay free for the permissions of an own task."""


def longest_values() -> dict[str, str]:
    """Return for each parameter of the policies the longest value that is legal."""
    bucket, shortest = "b" * 63, "arn:aws:s3:::bbb"  # many short ARNs make more than few long ones
    key = f"arn:aws-us-gov:kms:ap-southeast-1:444455556666:key/mrk-{'a' * 32}"
    return {
        **EVERYTHING,
        **COMPANY,
        "SourceBucket": f"{bucket[:42]}--usw2-lax1-az1--x-s3",
        "DestinationBucket": f"{bucket[:41]}c--usw2-lax1-az1--x-s3",
        "SourcePrefix": "p" * 512,
        "DestinationPrefix": "q" * 512,
        "SourceOwner": "444455556666",
        "DestinationOwner": "777788889999",
        "SourceKmsKeyArn": key,
        "DestinationKmsKeyArn": key,
        "FurtherDestinationBuckets": ",".join([shortest] * (2300 // (len(shortest) + 1))),
    }


def size(*documents: Any) -> int:
    text = "".join(json.dumps(document, separators=(",", ":")) for document in documents)
    longer_name = 128 - len(STACK)  # the longest that CloudFormation takes
    return len("".join(text.split())) + text.count(STACK) * longer_name


def test_the_longest_parameters_leave_the_author_room_in_the_role() -> None:
    resources = stack(**longest_values()).resources
    inline = {
        role: size(*(each["PolicyDocument"] for each in resources[role]["Properties"]["Policies"]))
        for role in ("FunctionRole", "JobRole")
    }
    managed = {
        name: size(resource["Properties"]["PolicyDocument"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }

    assert inline["FunctionRole"] <= INLINE_POLICIES - AUTHORS_ROOM
    assert inline["JobRole"] <= INLINE_POLICIES
    assert managed.keys() >= {"FurtherDestinationsPolicy", "SubmitterPolicy"}
    assert {name: each for name, each in managed.items() if each > MANAGED_POLICY} == {}


def test_one_more_further_bucket_than_the_policy_takes_is_refused() -> None:
    most = longest_values()["FurtherDestinationBuckets"]

    with pytest.raises(Refused):
        stack(FurtherDestinationBuckets=f"{most},arn:aws:s3:::bbb")
