from __future__ import annotations

import pytest

from jobs.errors import Refused
from jobs.submit import arguments

DEPLOYED = {
    "OPERATION": "rename",
    "OVERWRITE": "",
    "DESTINATION_BUCKET": "copies",
    "DESTINATION_PREFIX": "new/",
    "LOG_LEVEL": "INFO",
}


def test_what_was_not_asked_for_is_what_was_deployed() -> None:
    assert arguments.decide({}, DEPLOYED) == {
        "operation": "rename",
        "overwrite": "never",
        "destinationBucket": "copies",
        "destinationPrefix": "new/",
    }


def test_a_job_may_narrow_the_deployment() -> None:
    asked = {"operation": "copy", "destinationPrefix": "new/march/"}
    assert arguments.decide(asked, DEPLOYED) == {
        "operation": "copy",
        "overwrite": "never",
        "destinationBucket": "copies",
        "destinationPrefix": "new/march/",
    }


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"overwrite": "always"}, "overwrite 'always' is more than this deployment does, which is"),
        ({"destinationPrefix": "old/"}, "destinationPrefix 'old/' is outside of 'new/'"),
        ({"destinationPrefix": ""}, "destinationPrefix '' is outside of 'new/'"),
    ],
)
def test_a_job_that_would_widen_the_deployment_is_refused(
    asked: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        arguments.decide(asked, DEPLOYED)


def test_rename_on_a_deployment_that_copies_says_which_parameter_to_change() -> None:
    with pytest.raises(Refused, match=r"change Operation in samconfig.toml and deploy"):
        arguments.decide({"operation": "rename"}, {"OPERATION": "copy"})


def test_a_prefix_is_free_in_another_bucket() -> None:
    asked = {"destinationBucket": "other", "destinationPrefix": ""}
    assert arguments.decide(asked, DEPLOYED)["destinationPrefix"] == ""


@pytest.mark.parametrize("environment", [None, {}], ids=["not known", "an author's own function"])
def test_without_settings_only_what_was_asked_for_is_sent(
    environment: dict[str, str] | None,
) -> None:
    assert arguments.decide({"operation": "rename"}, environment) == {"operation": "rename"}


def test_arguments_of_ones_own_are_passed_on() -> None:
    assert arguments.own(["colour=red", "formula=a=b", "empty="]) == {
        "colour": "red",
        "formula": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["colour"], "The argument 'colour' is not understood: write NAME=VALUE"),
        (["=red"], "The argument '=red' is not understood"),
        (["a=1", "a=2"], "The argument 'a' is given twice"),
        (["operation=rename"], "The argument 'operation' has an option of its own"),
    ],
)
def test_arguments_that_are_not_understood_are_refused(given: list[str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        arguments.own(given)


@pytest.mark.parametrize("name", ["aws:team", "AWS:team"])
def test_the_names_that_aws_keeps_for_its_own_tags_are_refused(name: str) -> None:
    assert arguments.tags(["team=a", "awsome=b"]) == {"team": "a", "awsome": "b"}
    with pytest.raises(Refused, match=f"The tag '{name}' begins with aws:"):
        arguments.tags([f"{name}=data"])
