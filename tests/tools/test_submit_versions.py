from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from conftest import TEMPLATE
from jobs.errors import Refused
from jobs.submit import versions
from jobs.submit.versions import Version

if TYPE_CHECKING:
    from jobs.aws.clients import Clients

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier"
MODIFIED = "2026-11-25T12:00:00.000+0000"
PINNED = {
    "Version": "3",
    "CodeSha256": "abc=",
    "LastModified": MODIFIED,
    "Timeout": 900,
    "MemorySize": 512,
    "Runtime": "python3.13",
    "Handler": "app.lambda_handler",
    "Architectures": ["x86_64"],
    "Role": "arn:aws:iam::123456789012:role/copier",
    "RevisionId": "r3",
    "State": "Active",
    "Environment": {"Variables": {"OPERATION": "rename", "API_KEY": "hunter2"}},
}
LATEST = PINNED | {"Version": "$LATEST", "RevisionId": "r9", "Layers": []}
COPIES = {"Environment": {"Variables": {"OPERATION": "copy", "API_KEY": "hunter2"}}}


def expect(lambda_stub: Stubber, latest: dict[str, object], **alias: object) -> None:
    lambda_stub.add_response(
        "get_alias", {"FunctionVersion": "3"} | alias, {"FunctionName": FUNCTION, "Name": "live"}
    )
    for qualifier, answer in (("3", PINNED), ("$LATEST", latest)):
        asked = {"FunctionName": FUNCTION, "Qualifier": qualifier}
        lambda_stub.add_response("get_function_configuration", answer, asked)


def choose(clients: Clients, *, publish: bool = False) -> Version:
    return versions.choose(clients.lambda_, f"{FUNCTION}:live", publish=publish)


def test_the_version_behind_the_alias_is_pinned(clients: Clients, lambda_stub: Stubber) -> None:
    expect(lambda_stub, LATEST)
    assert choose(clients) == Version(
        f"{FUNCTION}:3", {"OPERATION": "rename", "API_KEY": "hunter2"}, "abc=", MODIFIED
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"CodeSha256": "def="}, "the code has changed"),
        ({"Timeout": 3}, "the timeout has changed"),
        ({"MemorySize": 1024}, "the memory has changed"),
        ({"Runtime": "python3.14"}, "the runtime has changed"),
        ({"Handler": "app.other"}, "the handler has changed"),
        ({"Architectures": ["arm64"]}, "the architecture has changed"),
        (
            {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:l:1"}]},
            "the list of layers has changed",
        ),
        ({"Role": "arn:aws:iam::123456789012:role/other"}, "the role has changed"),
        ({"EphemeralStorage": {"Size": 1024}}, "the ephemeral storage has changed"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "the network has changed"),
        (
            {
                "FileSystemConfigs": [
                    {"Arn": "arn:aws:elasticfilesystem:x", "LocalMountPath": "/mnt"}
                ]
            },
            "the list of file systems has changed",
        ),
        ({"KMSKeyArn": "arn:aws:kms:us-east-1:1:key/1"}, "the key of the variables has changed"),
        (COPIES, "OPERATION was 'rename' and is 'copy'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_version_that_is_behind_is_refused_and_publish_offered(
    clients: Clients, lambda_stub: Stubber, changed: dict[str, object], words: str
) -> None:
    expect(lambda_stub, LATEST | changed)
    with pytest.raises(Refused) as refused:
        choose(clients)
    assert words in str(refused.value)
    assert "give --publish" in str(refused.value)


def changes(pinned: Any, latest: Any) -> list[str]:
    return list(versions.differences(pinned, latest))


def test_the_same_network_in_another_order_and_no_network_at_all_are_no_change() -> None:
    none = {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}
    old, new = ({"SubnetIds": each, "VpcId": "vpc-1"} for each in (["a", "b"], ["b", "a"]))

    assert not changes({}, {"VpcConfig": none})
    assert not changes({"VpcConfig": old}, {"VpcConfig": new})


def test_another_order_of_the_layers_is_a_change() -> None:
    one, two = {"Arn": "arn:1"}, {"Arn": "arn:2"}

    found = changes({"Layers": [one, two]}, {"Layers": [two, one]})
    assert found == ["the list of layers has changed"]


def test_the_value_of_an_unknown_variable_is_never_shown(
    clients: Clients, lambda_stub: Stubber
) -> None:
    secret = {"Environment": {"Variables": {"OPERATION": "rename", "API_KEY": "hunter3"}}}
    expect(lambda_stub, LATEST | secret)
    with pytest.raises(Refused, match="API_KEY has changed") as refused:
        choose(clients)
    assert "hunter" not in str(refused.value)


def test_what_is_shown_are_variables_of_the_template() -> None:
    template = (TEMPLATE / "template.yaml").read_text()
    variables = re.findall("^ {10}([A-Z][A-Z0-9_]+):", template, re.MULTILINE)
    assert set(variables) >= versions.SHOWN


HIDDEN = {
    "Environment": {
        "Error": {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt."}
    }
}


@pytest.mark.parametrize("publish", [False, True])
def test_variables_that_lambda_does_not_show_are_not_taken_for_the_same(
    clients: Clients, lambda_stub: Stubber, *, publish: bool
) -> None:
    """Without kms:Decrypt on the key of the variables both look empty: a rename would pass."""
    name = {"FunctionName": FUNCTION}
    lambda_stub.add_response("get_alias", {"FunctionVersion": "3"}, {**name, "Name": "live"})
    for qualifier, answer in (("3", PINNED), ("$LATEST", LATEST)):
        asked = {**name, "Qualifier": qualifier}
        lambda_stub.add_response("get_function_configuration", answer | HIDDEN, asked)
    with pytest.raises(
        Refused, match=r"AccessDeniedException: Lambda was unable to decrypt\. Give"
    ):
        choose(clients, publish=publish)


def test_hidden_variables_of_a_version_that_was_named_are_unknown_not_empty(
    clients: Clients, lambda_stub: Stubber
) -> None:
    asked = {"FunctionName": FUNCTION, "Qualifier": "3"}
    lambda_stub.add_response("get_function_configuration", PINNED | HIDDEN, asked)
    found = versions.choose(clients.lambda_, f"{FUNCTION}:3", publish=False)
    assert found.environment is None


def test_publish_publishes_what_was_compared_and_pins_it(
    clients: Clients, lambda_stub: Stubber
) -> None:
    expect(lambda_stub, LATEST | COPIES)
    lambda_stub.add_response(
        "publish_version",
        PINNED | COPIES | {"Version": "4"},
        {"FunctionName": FUNCTION, "CodeSha256": "abc=", "RevisionId": "r9"},
    )
    lambda_stub.add_response(  # the waiter asks until the version is active
        "get_function_configuration",
        PINNED | {"Version": "4"},
        {"FunctionName": FUNCTION, "Qualifier": "4"},
    )
    assert choose(clients, publish=True) == Version(
        f"{FUNCTION}:4", {"OPERATION": "copy", "API_KEY": "hunter2"}, "abc=", MODIFIED
    )


def test_publish_publishes_nothing_when_nothing_differs(
    clients: Clients, lambda_stub: Stubber
) -> None:
    expect(lambda_stub, LATEST)
    assert choose(clients, publish=True).arn == f"{FUNCTION}:3"


def test_a_version_number_is_taken_as_it_is_with_its_variables(
    clients: Clients, lambda_stub: Stubber
) -> None:
    arn = f"{FUNCTION}:7"
    answer = {"Version": "7", "Environment": {"Variables": {"OPERATION": "rename"}}}
    asked = {"FunctionName": FUNCTION, "Qualifier": "7"}
    lambda_stub.add_response("get_function_configuration", answer, asked)
    found = versions.choose(clients.lambda_, arn, publish=False)
    assert found == Version(arn, {"OPERATION": "rename"})
    lambda_stub.add_client_error("get_function_configuration", "AccessDeniedException")
    assert versions.choose(clients.lambda_, arn, publish=False) == Version(arn, None)
    here = boto3.client("lambda", "us-east-1", endpoint_url="http://127.0.0.1:9")
    with Stubber(here) as stub:
        stub.add_response("get_function_configuration", answer, asked)
        assert versions.choose(here, arn, publish=False, is_local=True).environment is not None
        stub.add_client_error("get_function_configuration", "ResourceNotFoundException")
        assert versions.choose(here, arn, publish=False, is_local=True).environment is None
    # a service of this machine, and no Lambda of this machine: AWS's is not asked
    local = versions.choose(clients.lambda_, arn, publish=False, is_local=True)
    assert local == Version(arn, None)
    with pytest.raises(Refused, match="names a version already"):
        versions.choose(clients.lambda_, f"{FUNCTION}:7", publish=True)


def test_an_alias_on_its_way_between_two_versions_is_refused(
    clients: Clients, lambda_stub: Stubber
) -> None:
    moving = {"AdditionalVersionWeights": {"4": 0.1}}
    lambda_stub.add_response("get_alias", {"FunctionVersion": "3", "RoutingConfig": moving})
    with pytest.raises(Refused, match="is moving from version 3 to 4: wait"):
        choose(clients)


def test_an_alias_of_latest_is_refused(clients: Clients, lambda_stub: Stubber) -> None:
    lambda_stub.add_response("get_alias", {"FunctionVersion": "$LATEST"})
    with pytest.raises(Refused, match="can change during the job"):
        choose(clients)
