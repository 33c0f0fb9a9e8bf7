from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner

from jobs import owners, places, policies, resolve, stack
from jobs.errors import Refused

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.clients import Clients

TEMPLATE = resolve.load(policies.TEMPLATE)
BUCKETS = {"SourceBucket": "amzn-s3-demo-source", "DestinationBucket": "amzn-s3-demo-target"}
ACCOUNT, OTHER = "111122223333", "444455556666"
PLACE = ("--account", ACCOUNT, "--region", "us-east-1", "--stack-name", "demo")


def documents(**parameters: str) -> dict[str, policies.Document]:
    values = resolve.parameters(TEMPLATE, {**BUCKETS, **parameters})
    place = places.planned(ACCOUNT, "us-east-1", "demo", values)
    return {each.title: each for each in policies.documents(TEMPLATE, values, place)}


def sids(document: policies.Document) -> set[str]:
    return {each["Sid"] for each in document.document["Statement"]}


def statement(document: policies.Document, sid: str) -> Any:
    return next(each for each in document.document["Statement"] if each["Sid"] == sid)


def test_every_policy_and_trust_document_is_there() -> None:
    assert list(documents()) == [
        "FunctionRole: trust",
        "FunctionRole: objects",
        "FunctionRole: logs",
        "JobRole: trust",
        "JobRole: job",
        "SubmitterPolicy",
        "JobsBucketPolicy",
        "Unfinished uploads",
    ]


def test_only_a_deployment_that_renames_may_delete() -> None:
    renames = {"DeleteRenamedSources", "RefuseSuspendedVersioning"}

    assert not renames & sids(documents()["FunctionRole: objects"])
    assert renames < sids(documents(Operation="rename")["FunctionRole: objects"])


def test_the_prefixes_bound_what_is_read_and_written() -> None:
    objects = documents(SourcePrefix="in/", DestinationPrefix="out/")["FunctionRole: objects"]

    assert statement(objects, "ReadSourceObjects")["Resource"] == (
        "arn:aws:s3:::amzn-s3-demo-source/in/*"
    )
    assert statement(objects, "WriteCopies")["Resource"] == "arn:aws:s3:::amzn-s3-demo-target/out/*"


def test_each_further_bucket_gets_its_own_arns() -> None:
    further = "arn:aws:s3:::one,arn:aws:s3:::two"
    objects = documents(FurtherDestinationBuckets=further)["FunctionRole: objects"]

    assert statement(objects, "WriteCopiesFurther")["Resource"] == [
        "arn:aws:s3:::one/*",
        "arn:aws:s3:::two/*",
    ]
    assert statement(objects, "TellMissingFromForbiddenFurther")["Resource"] == further.split(",")


@pytest.mark.parametrize(
    ("bucket", "is_directory"),
    [("name--use1-az4--x-s3", True), ("name--x-s3-not", False), ("x--x-s3x", False), ("x", False)],
)
def test_a_directory_bucket_is_known_by_its_suffix(bucket: str, *, is_directory: bool) -> None:
    resolver = resolve.Resolver({"SourceBucket": bucket}, {}, TEMPLATE["Conditions"])

    assert resolver.holds("SourceIsDirectory") is is_directory


def test_roles_that_exist_are_told_what_they_need() -> None:
    existing = f"arn:aws:iam::{ACCOUNT}:role/made-elsewhere"
    found = documents(JobRoleArn=existing)

    assert found["JobRole: job"].where == f"policy of {existing}"
    assert statement(found["SubmitterPolicy"], "PassTheJobRole")["Resource"] == existing


def test_the_owner_of_a_bucket_elsewhere_gets_the_other_half() -> None:
    found = documents(SourceOwner=OTHER, Operation="rename")
    document = found["Bucket amzn-s3-demo-source"]

    assert document.where.endswith(f"added by account {OTHER} once the roles exist")
    assert sids(document) == {
        "ReadSourceObjects",
        "TellMissingFromForbidden",
        "DeleteRenamedSources",
        "RefuseSuspendedVersioning",
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/demo-FunctionRole-xxxxxxxxxxxx"
    for each in document.document["Statement"]:
        assert each["Principal"] == {"AWS": role}
        assert all("amzn-s3-demo-source" in arn for arn in each["Resource"])


def test_an_owner_that_is_the_stacks_own_account_needs_nothing() -> None:
    assert documents(SourceOwner=ACCOUNT).keys() == documents().keys()


def test_the_owner_of_a_key_elsewhere_gets_a_key_policy() -> None:
    key = f"arn:aws:kms:us-east-1:{OTHER}:key/1"
    found = documents(SourceKmsKeyArn=key, DestinationKmsKeyArn=key)[f"Key {key}"]

    assert sids(found) == {"DecryptSourceObjects", "EncryptCopies"}
    assert {each["Resource"] for each in found.document["Statement"]} == {"*"}


def test_the_rule_for_unfinished_uploads_keeps_to_the_prefix() -> None:
    (rule,) = owners.unfinished_uploads("out/")["Rules"]

    assert rule["Filter"] == {"Prefix": "out/"}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def run(*arguments: str) -> Any:
    given = {**BUCKETS, "Operation": "copy", "Runtime": "python3.13", "Architecture": "x86_64"}
    overrides = [text for each in given.items() for text in ("--parameter", "=".join(each))]
    return CliRunner().invoke(policies.command, [*arguments, *overrides])


def test_the_verb_prints_titles_and_documents() -> None:
    result = run(*PLACE)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("# FunctionRole: trust - trust policy of arn:aws:iam::")
    assert '"Service": "batchoperations.s3.amazonaws.com"' in result.output


def test_the_verb_prints_json_for_programs() -> None:
    printed = json.loads(run(*PLACE, "--json").output)

    assert {each["title"] for each in printed} == documents().keys()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--account", "1234", "--region", "us-east-1"), "'1234' is not an account id"),
        (("--account", ACCOUNT, "--region", "us-east-1"), "--stack-name is needed too"),
    ],
)
def test_a_place_that_is_not_known_is_refused(
    arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "configured", lambda *_: None)

    with pytest.raises(Refused, match=sentence):
        raise run(*arguments).exception


def test_without_an_account_the_deployed_stack_is_asked(
    clients: Clients, cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {
        "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:demo",
        "FunctionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/f",
        "JobRoleArn": f"arn:aws:iam::{ACCOUNT}:role/j",
        "JobsBucketName": "demo-jobsbucket-1",
    }
    described = {
        "StackName": "demo",
        "CreationTime": datetime(2026, 11, 23, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": each} for key, each in outputs.items()],
    }
    monkeypatch.setattr(boto3, "client", lambda *_, **__: clients.cloudformation)
    asked = {"StackName": "demo"}
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [described]}, asked)
    result = run("--stack-name", "demo", "--json")

    assert result.exit_code == 0, result.output
    assert "arn:aws:s3:::demo-jobsbucket-1/manifests/*" in result.output
    assert "xxxxxxxxxxxx" not in result.output
