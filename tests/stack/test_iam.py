from __future__ import annotations

from typing import Any

import pytest

from iam import Request, Statement, is_allowed

OBJECT = "arn:aws:s3:::bucket/in/a.txt"


def allow(**elements: Any) -> Statement:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT, **elements}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", OBJECT),
        ("S3:getobject", OBJECT),
        ("s3:Get*", OBJECT),
        (["s3:PutObject", "s3:GetObject"], OBJECT),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/*"),
        ("s3:GetObject", "arn:aws:s3:::bucke?/*"),
        ("s3:GetObject", ["arn:aws:s3:::other/*", OBJECT]),
    ],
)
def test_a_statement_allows_what_its_actions_and_resources_match(
    action: str | list[str], resource: str | list[str]
) -> None:
    assert is_allowed([allow(Action=action, Resource=resource)], Request("s3:GetObject", OBJECT))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObjectVersion", OBJECT),
        ("s3:Get", OBJECT),
        ("s3:GetObject", "arn:aws:s3:::bucket/IN/*"),
        ("s3:GetObject", "arn:aws:s3:::bucket"),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/a"),
        ("s3:GetObject", "arn:aws:s3:::bucket/in/a?txt.gz"),
    ],
)
def test_nothing_else_is_allowed(action: str, resource: str) -> None:
    assert not is_allowed(
        [allow(Action=action, Resource=resource)], Request("s3:GetObject", OBJECT)
    )


def test_a_deny_wins_wherever_it_stands() -> None:
    deny = allow(Effect="Deny", Action="s3:*")

    assert not is_allowed([allow(), deny], Request("s3:GetObject", OBJECT))
    assert not is_allowed([deny, allow()], Request("s3:GetObject", OBJECT))


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"k": "a"}}, {"k": "a"}, True),
        ({"StringEquals": {"k": ["a", "b"]}}, {"k": "b"}, True),
        ({"StringEquals": {"k": "a*"}}, {"k": "ab"}, False),
        ({"StringEquals": {"k": "a"}}, {}, False),
        ({"StringEquals": {"k": "a", "l": "b"}}, {"k": "a", "l": "c"}, False),
        ({"StringLike": {"k": "s3.*.amazonaws.com"}}, {"k": "s3.eu-west-1.amazonaws.com"}, True),
        ({"StringLike": {"k": "s3.*.amazonaws.com"}}, {"k": "ec2.eu-west-1.amazonaws.com"}, False),
        ({"ArnLike": {"k": "arn:aws:s3:r:1:job/*"}}, {"k": "arn:aws:s3:r:1:job/9"}, True),
        ({"Bool": {"k": "false"}}, {"k": "False"}, True),
        ({"Bool": {"k": "false"}}, {"k": "true"}, False),
    ],
)
def test_conditions_hold_only_for_keys_that_are_there(
    condition: dict[str, Any], context: dict[str, str], *, expected: bool
) -> None:
    request = Request("s3:GetObject", OBJECT, context)

    assert is_allowed([allow(Condition=condition)], request) is expected


@pytest.mark.parametrize(
    "unknown",
    [
        {"NotAction": "s3:GetObject"},
        {"Principal": "*"},
        {"Condition": {"StringNotEquals": {"k": "a"}}},
        {"Condition": {"ForAnyValue:StringEquals": {"k": "a"}}},
        {"Resource": "arn:aws:s3:::${aws:username}/*"},
        {"Effect": "allow"},
    ],
)
def test_what_is_not_understood_raises(unknown: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        is_allowed([allow(**unknown)], Request("s3:GetObject", OBJECT))
