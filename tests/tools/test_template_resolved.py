from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import Refused
from jobs.project import template
from jobs.project.resolver import NO_VALUE, Resolver, placeholders

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"Bucket": "b", "List": "one,two", "Empty": "", "AWS::NoValue": NO_VALUE}
CONDITIONS = {
    "Yes": {"Fn::Equals": [{"Ref": "Bucket"}, "b"]},
    "No": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]},
    "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
    "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
}
MAPPINGS = {"Stages": {"b": {"Size": 512}}}
RESOLVER = Resolver(NAMES, {"Jobs.Arn": "arn:jobs"}, CONDITIONS, MAPPINGS)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("text", "text"),
        ({"Ref": "Bucket"}, "b"),
        ({"Fn::GetAtt": ["Jobs", "Arn"]}, "arn:jobs"),
        ({"Fn::Sub": "${Bucket}/${Jobs.Arn}/*"}, "b/arn:jobs/*"),
        ({"Fn::Sub": ["${Mine}-${Bucket}", {"Mine": {"Ref": "List"}}]}, "one,two-b"),
        ({"Fn::Join": ["/*,", {"Fn::Split": [",", {"Ref": "List"}]}]}, "one/*,two"),
        ({"Fn::Select": [1, {"Fn::Split": [",", {"Ref": "List"}]}]}, "two"),
        ({"Fn::If": ["Yes", {"Ref": "Bucket"}, {"Ref": "unknown"}]}, "b"),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ([1, {"Ref": "AWS::NoValue"}, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"kept": 1, "left out": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ({"Fn::Equals": [{"Ref": "Bucket"}, "c"]}, False),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::FindInMap": ["Stages", {"Ref": "Bucket"}, "Size"]}, 512),
        ({"Fn::Sub": "${!aws:username} ${Bucket}"}, "${aws:username} b"),
        ({"RefuseThis": 1}, {"RefuseThis": 1}),
        ({"Condition": {"Bool": {"x": {"Ref": "Bucket"}}}}, {"Condition": {"Bool": {"x": "b"}}}),
    ],
    ids=str,
)
def test_a_function_becomes_what_cloudformation_makes_of_it(node: Any, expected: Any) -> None:
    assert RESOLVER.value(node) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "Table"}, "<!Ref Table>"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "<!GetAtt Table.Arn>"),
        ({"Fn::ImportValue": "other-TableArn"}, "<!ImportValue other-TableArn>"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Bucket}-Arn"}}, "<!ImportValue b-Arn>"),
        ({"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, '<!Cidr ["10.0.0.0/8", 1, 8]>'),
        ({"Fn::Sub": "${Table.Arn}/index/*"}, "<!GetAtt Table.Arn>/index/*"),
        ({"Fn::Join": ["/", [{"Ref": "Bucket"}, {"Ref": "Table"}]]}, "b/<!Ref Table>"),
        (
            {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::GetAtt": ["Table", "Arn"]}]}]},
            '<!Select [1, {"Fn::Split": [":", {"Fn::GetAtt": ["Table", "Arn"]}]}]>',
        ),
        ({"Fn::Join": [",", {"Ref": "Bucket"}]}, '<!Join [",", {"Ref": "Bucket"}]>'),
        ({"Fn::If": ["Unknown", 1, 2]}, '<!If ["Unknown", 1, 2]>'),
    ],
    ids=str,
)
def test_what_only_a_deployment_knows_becomes_a_placeholder(node: Any, expected: str) -> None:
    assert RESOLVER.value(node) == expected
    assert placeholders(f"{expected} and {expected}") == placeholders(expected) != []


def test_the_variables_are_those_of_the_function_and_of_all_functions() -> None:
    stated = {"OPERATION": {"Ref": "Bucket"}, "TABLE": {"Ref": "Table"}, "DRY": True, "N": 3}
    both = {
        "Globals": {"Function": {"Environment": {"Variables": {"DRY": False, "STAGE": "x"}}}},
        "Resources": {"Function": {"Properties": {"Environment": {"Variables": stated}}}},
    }
    assert template.variables(both, RESOLVER) == {
        "DRY": "true",
        "STAGE": "x",
        "OPERATION": "b",
        "TABLE": "<!Ref Table>",
        "N": "3",
    }
    assert template.variables({"Resources": {"Function": {"Properties": {}}}}, RESOLVER) == {}


def test_a_version_without_quotes_is_no_date(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Version: 2012-10-17")
    assert template.load(path)["Version"] == "2012-10-17"


def test_short_forms_are_read_as_long_ones(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        'a: !Ref B\nc: !GetAtt D.Arn.More\ne: !If [F, !Sub "${G}", {h: !Join [x, [y]]}]'
    )

    found = template.load(path)
    assert {name: found[name] for name in "ace"} == {
        "a": {"Ref": "B"},
        "c": {"Fn::GetAtt": ["D", "Arn.More"]},
        "e": {"Fn::If": ["F", {"Fn::Sub": "${G}"}, {"h": {"Fn::Join": ["x", ["y"]]}}]},
    }


def test_a_template_that_is_no_yaml_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text("Resources:\n\tTable: [\n")
    with pytest.raises(Refused, match=r"template.yaml' is not valid YAML: .*line 2"):
        template.load(broken)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no CloudFormation template"),
        ("- a\n- b\n", "is no CloudFormation template"),
        ("Resources:\n- a\n", "Resources in .* is no mapping of names"),
        ("Resources:\n  Table:\nType: x\n", "'Table' in Resources of .* is None: indent it"),
    ],
    ids=["empty", "list", "list of resources", "indent"],
)
def test_yaml_that_is_no_template_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text(text)
    with pytest.raises(Refused, match=sentence):
        template.load(broken)


@pytest.mark.parametrize(
    "text",
    [
        "Resources:\n  Function:\n    OPERATION: copy\n    OPERATION: rename\n",
        "Resources:\n  A: {Type: x, Tags: [{OPERATION: 1, OPERATION: !Sub x}]}\n",
    ],
    ids=["below one another", "in one line"],
)
def test_a_name_that_stands_twice_is_refused_and_not_taken_by_its_last_value(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(
        Refused, match=r"'OPERATION' stands twice in one place of .*, again in line"
    ):
        template.load(path)


def test_what_a_merged_mapping_replaces_does_not_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text("Resources:\n  A: &a {Type: x}\n  B: {<<: *a, Type: y}\n")
    assert template.load(path)["Resources"]["B"] == {"Type": "y"}
