from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import Refused
from jobs.project import template
from jobs.project.template import NO_VALUE, Resolver

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"Bucket": "b", "List": "one,two", "Empty": "", "AWS::NoValue": NO_VALUE}
CONDITIONS = {
    "Yes": {"Fn::Equals": [{"Ref": "Bucket"}, "b"]},
    "No": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]},
}
RESOLVER = Resolver(NAMES, {"Jobs.Arn": "arn:jobs"}, CONDITIONS)


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
        ({"RefuseThis": 1}, {"RefuseThis": 1}),
    ],
    ids=str,
)
def test_a_function_becomes_what_cloudformation_makes_of_it(node: Any, expected: Any) -> None:
    assert RESOLVER.value(node) == expected


@pytest.mark.parametrize(
    "node", [{"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, {"Ref": "Unknown"}, {"Fn::Sub": "${Unknown}"}]
)
def test_what_is_not_known_raises(node: Any) -> None:
    with pytest.raises(KeyError):
        RESOLVER.value(node)


def test_short_forms_are_read_as_long_ones(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        'a: !Ref B\nc: !GetAtt D.Arn.More\ne: !If [F, !Sub "${G}", {h: !Join [x, [y]]}]'
    )

    assert template.load(path) == {
        "a": {"Ref": "B"},
        "c": {"Fn::GetAtt": ["D", "Arn.More"]},
        "e": {"Fn::If": ["F", {"Fn::Sub": "${G}"}, {"h": {"Fn::Join": ["x", ["y"]]}}]},
    }


DECLARED = {
    "Parameters": {
        "Name": {
            "Type": "String",
            "AllowedPattern": "[a-z]+",
            "MaxLength": 5,
            "ConstraintDescription": "must be small letters",
        },
        "Kind": {"Type": "String", "Default": "x", "AllowedValues": ["x", "y"]},
        "Count": {"Type": "Number", "Default": 0},
    }
}


def test_a_parameter_that_is_not_given_has_its_default() -> None:
    given = {"Name": "abc"}

    assert template.parameters(DECLARED, given) == {"Name": "abc", "Kind": "x", "Count": "0"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "The parameter 'Name' has no value: give --parameter Name=..."),
        ({"Name": "A"}, "The parameter Name is 'A': it must be small letters."),
        ({"Name": "abcdef"}, "The parameter Name has 6 characters: use 5 at most."),
        ({"Name": "a", "Kind": "z"}, "The parameter Kind is 'z': use x or y."),
        ({"Name": "a", "Count": "-1"}, "The parameter Count is '-1': it must be a whole number."),
        ({"Nane": "a"}, "template.yaml has no parameter 'Nane': it has Count, Kind, Name."),
    ],
)
def test_a_value_that_cloudformation_would_refuse_is_refused(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        template.parameters(DECLARED, given)

    assert str(refused.value) == sentence
