"""template.yaml and samconfig.toml as they are generated: what an author may change later."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from conftest import TEMPLATE as PROJECT
from jobs.project import samconfig, template
from settings import read
from stack_variants import COMPANY, EVERYTHING
from transformed import stack_at

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = template.load(PROJECT / "template.yaml")
RESOURCES = TEMPLATE["Resources"]
FUNCTION = RESOURCES["Function"]["Properties"]
SAMCONFIG = tomllib.loads((PROJECT / "samconfig.toml").read_text("utf-8"))["default"]


def values_of(node: Any, key: str) -> Iterator[Any]:
    """Yield every value that stands under `key`, however deep."""
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == key)
        for value in node.values():
            yield from values_of(value, key)
    if isinstance(node, list):
        for each in node:
            yield from values_of(each, key)


def test_only_the_buckets_have_no_default() -> None:
    parameters = TEMPLATE["Parameters"]

    assert [name for name, rules in parameters.items() if "Default" not in rules] == [
        "SourceBucket",
        "DestinationBucket",
    ]


def test_every_parameter_is_described_and_in_one_group() -> None:
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])
    assert all(rules["Description"] for rules in TEMPLATE["Parameters"].values())


def test_every_parameter_is_used() -> None:
    text = (PROJECT / "template.yaml").read_text("utf-8").partition("\nConditions:")[2]
    assert text

    assert [
        name
        for name in TEMPLATE["Parameters"]
        if f"!Ref {name}" not in text and f"${{{name}}}" not in text
    ] == []


def test_every_parameter_and_no_other_has_a_value_in_samconfig() -> None:
    entries = SAMCONFIG["global"]["parameters"]["parameter_overrides"]
    values = dict(map(samconfig.override, entries))

    assert values.keys() == TEMPLATE["Parameters"].keys()
    assert len(values) == len(entries)
    # Without the inner quotes sam drops an empty value and cuts one at a space.
    assert entries == [f'{name}="{value}"' for name, value in values.items()]


def test_samconfig_leaves_the_region_to_the_profile() -> None:
    assert list(values_of(SAMCONFIG, "region")) == []


def test_the_function_has_all_the_time_that_lambda_gives() -> None:
    assert FUNCTION["Timeout"] == {"Ref": "Timeout"}
    assert TEMPLATE["Parameters"]["Timeout"]["Default"] == 900


def test_code_and_architecture_are_what_the_parameters_say() -> None:
    assert FUNCTION["Runtime"] == {"Ref": "Runtime"}
    assert FUNCTION["Architectures"] == [{"Ref": "Architecture"}]


def test_the_settings_read_every_variable_of_the_function() -> None:
    """A value that is not understood shows that the variable of this name is read."""
    variables = FUNCTION["Environment"]["Variables"].keys() - {"AWS_ENDPOINT_URL_S3"}
    unread = {"DESTINATION_BUCKET", "DESTINATION_PREFIX"}  # any text is good
    problems = read(dict.fromkeys(variables, "?")).problems

    assert {name for name in variables if not any(f" {name} " in each for each in problems)} == (
        unread
    )


# The service authorization reference lists no resource type for these, or Lambda asks for them so.
ON_EVERYTHING = {"FindJobs", "JoinTheNetwork", "WriteTraces"}


def test_only_what_has_no_resource_of_its_own_is_allowed_on_everything() -> None:
    assert {
        each["Sid"]
        for statements in values_of(RESOURCES, "Statement")
        for node in statements
        for each in [node["Fn::If"][1] if "Fn::If" in node else node]
        if each["Effect"] == "Allow" and each.get("Resource") == "*"
    } == ON_EVERYTHING


def test_every_statement_says_what_it_is_for() -> None:
    for statements in values_of(RESOURCES, "Statement"):
        for each in statements:
            statement = each["Fn::If"][1] if "Fn::If" in each else each
            assert statement["Sid"].isalnum()


def test_source_and_destination_are_only_named() -> None:
    names = [list(values_of(each, "BucketName")) for each in RESOURCES.values()]

    assert [kind for kind in values_of(RESOURCES, "Type") if "::S3::" in str(kind)] == [
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
    ]
    assert not any(names)


# What has one name in an account for all Regions (a bucket: in all accounts of a partition).
GLOBAL = {
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::S3::Bucket": "BucketName",
}
REGIONAL = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}


def given_names(region: str, name: str, kinds: dict[str, str], **parameters: str) -> set[str]:
    """Return the names that the stack gives; to the rest CloudFormation gives one of its own."""
    return {
        resource["Properties"][kinds[resource["Type"]]]
        for resource in stack_at(region, name, **parameters).resources.values()
        if kinds.get(resource["Type"], "") in resource["Properties"]
    }


@pytest.mark.parametrize("parameters", [{}, {**EVERYTHING, **COMPANY}], ids=["defaults", "company"])
def test_two_stacks_and_two_regions_share_no_name(parameters: dict[str, str]) -> None:
    every = GLOBAL | REGIONAL
    one, two = (given_names("us-east-1", name, every, **parameters) for name in ("one", "two"))
    assert one
    assert one.isdisjoint(two)
    here, there = (
        given_names(region, "one", GLOBAL, **parameters) for region in ("us-east-1", "eu-west-1")
    )
    assert here.isdisjoint(there)
