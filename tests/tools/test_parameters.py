"""The values of the template's parameters, by the rules that it states for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import Refused
from jobs.project import parameters, template

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = {
    "Parameters": {
        "Name": {
            "Type": "String",
            "AllowedPattern": "[a-z]+",
            "MaxLength": 5,
            "ConstraintDescription": "must be small letters",
        },
        "Kind": {"Type": "String", "Default": "x", "AllowedValues": ["x", "y"]},
        "Count": {"Type": "Number", "Default": 0, "MinValue": 0, "MaxValue": 9},
        "Half": {"Type": "Number", "Default": 0.5, "AllowedValues": [0.5, 1]},
        "Any": {"Type": "Number", "Default": 1},
    }
}


def test_a_parameter_that_is_not_given_has_its_default() -> None:
    given = {"Name": "abc"}

    assert parameters.values(DECLARED, given) == {
        **given,
        "Kind": "x",
        "Count": "0",
        "Half": "0.5",
        "Any": "1",
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "The parameter 'Name' has no value: give --parameter Name=..."),
        ({"Name": "A"}, "The parameter Name is 'A': it must be small letters."),
        ({"Name": "abcdef"}, "The parameter Name has 6 characters: use 5 at most."),
        ({"Name": "a", "Kind": "z"}, "The parameter Kind is 'z': use x or y."),
        ({"Name": "a", "Count": "-1"}, "The parameter Count is '-1': use 0 at least."),
        ({"Name": "a", "Count": "10"}, "The parameter Count is '10': use 9 at most."),
        ({"Name": "a", "Count": "ten"}, "The parameter Count is 'ten': it must be a number."),
        ({"Name": "a", "Count": "nan"}, "The parameter Count is 'nan': it must be a number."),
        ({"Name": "a", "Any": "inf"}, "The parameter Any is 'inf': it must be a number."),
        ({"Nane": "a"}, "template.yaml has no parameter 'Nane': write 'Name' in samconfig.toml."),
    ],
)
def test_a_value_that_cloudformation_would_refuse_is_refused(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        parameters.values(DECLARED, given)

    assert str(refused.value) == sentence


def test_a_template_needs_no_parameters(tmp_path: Path) -> None:
    plain = tmp_path / "template.yaml"
    plain.write_text("Resources: {}\n")
    assert parameters.values(template.load(plain), {}) == {}


@pytest.mark.parametrize(
    "rules",
    [
        {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b", "c"]},
        {"Type": "AWS::SSM::Parameter::Value<String>", "AllowedPattern": "[0-9]+"},
        {"Type": "String", "AllowedPattern": r"[\p{Alnum},]+"},
        {},
    ],
    ids=["list", "looked up", "Java's pattern", "no type"],
)
def test_what_only_cloudformation_can_check_of_an_authors_parameter_is_left_to_it(
    rules: dict[str, Any],
) -> None:
    assert parameters.values({"Parameters": {"Own": rules}}, {"Own": "a,b"}) == {"Own": "a,b"}
