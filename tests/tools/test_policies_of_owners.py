"""What the owners of buckets, keys and the topic are told to add."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.errors import Refused
from jobs.policies import owners
from policy_documents import (
    ACCOUNT,
    BUCKETS,
    OTHER,
    TEMPLATE,
    allow,
    documents,
    sids,
    statement,
    with_resources,
)


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


TOPIC = f"arn:aws:sns:us-east-1:{OTHER}:alarms"


def test_the_topic_lets_this_stacks_alarms_and_the_job_rule_publish() -> None:
    document = documents(AlarmTopicArn=TOPIC)[f"Topic {TOPIC}"]
    alarms, events = statement(document, "TellAlarms"), statement(document, "TellJobStates")

    for each in (alarms, events):
        assert (each["Effect"], each["Action"]) == ("Allow", "sns:Publish")
        assert each["Resource"] == TOPIC
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:demo-*"}
    }
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in events  # with one, nothing would arrive


def test_the_pattern_for_the_alarms_fits_since_the_template_names_none() -> None:
    resources = TEMPLATE["Resources"].values()
    alarms = [each for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]

    assert alarms
    assert all("AlarmName" not in each["Properties"] for each in alarms)


FURTHER = "arn:aws:s3:::one,arn:aws:s3:::two"


def test_the_owner_of_a_further_bucket_elsewhere_gets_the_other_half() -> None:
    found = documents(DestinationOwner=OTHER, FurtherDestinationBuckets=FURTHER)

    for bucket in ("one", "two"):
        document = found[f"Bucket {bucket}"]
        assert f"added by account {OTHER}" in document.where
        assert sids(document) == {"WriteCopiesFurther", "TellMissingFromForbiddenFurther"}
        assert statement(document, "WriteCopiesFurther")["Resource"] == [f"arn:aws:s3:::{bucket}/*"]


def test_uploads_are_forgotten_in_every_key_of_the_further_buckets() -> None:
    found = documents(DestinationPrefix="out/", FurtherDestinationBuckets=FURTHER)
    usual, further = found["Unfinished uploads"], found["Unfinished uploads, further buckets"]

    assert usual.document["Rules"][0]["Filter"] == {"Prefix": "out/"}
    assert further.document["Rules"][0]["Filter"] == {"Prefix": ""}
    assert further.where.startswith("lifecycle rules of one, two,")


@pytest.mark.parametrize(
    "destinations",
    [
        {"DestinationBucket": BUCKETS["SourceBucket"]},
        {"FurtherDestinationBuckets": f"arn:aws:s3:::{BUCKETS['SourceBucket']}"},
    ],
    ids=["the usual one", "a further one"],
)
def test_one_bucket_with_two_owners_is_refused(destinations: dict[str, str]) -> None:
    with pytest.raises(Refused, match=f"says that {OTHER} owns it and DestinationOwner {ACCOUNT}"):
        documents(**destinations, SourceOwner=OTHER)
    assert documents(**destinations, SourceOwner=OTHER, DestinationOwner=OTHER)
    assert documents(**destinations, DestinationOwner=ACCOUNT)


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", "cloudwatch:PutMetricData"),
        allow({"Fn::ImportValue": "other-stack-TableArn"}),
        allow({"Fn::GetAtt": ["Table", "Arn"]}),
        {"Statement": [{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::x"}]},
        {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::real/*"}},
    ],
    ids=["everything", "import", "attribute", "not resource", "deny"],
)
def test_an_owner_elsewhere_is_told_of_our_rights_only(statement: Any) -> None:
    policies = [*TEMPLATE["Resources"]["FunctionRole"]["Properties"]["Policies"]]
    policies += [{"PolicyName": "own", "PolicyDocument": statement}]
    changed = with_resources(FunctionRole={"Properties": {"Policies": policies}})
    buckets = {"SourceBucket": "real", "SourceOwner": OTHER}

    assert documents(changed, **buckets)["FunctionRole: own"].document["Statement"]
    ours = documents(**buckets)["Bucket real"].document
    assert documents(changed, **buckets)["Bucket real"].document == ours


def test_the_key_of_an_encrypted_topic_lets_the_alarms_and_the_rule_use_it() -> None:
    document = documents(AlarmTopicArn=TOPIC)["Key of the topic"]

    (allowed,) = document.document["Statement"]
    services = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    assert allowed["Principal"] == {"Service": services}
    assert allowed["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert "Key of the topic" not in documents()


def test_the_key_of_the_log_lets_cloudwatch_logs_use_it_for_this_log() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    (allowed,) = documents(LogKmsKeyArn=key)["Key of the log"].document["Statement"]

    assert allowed["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/demo*"
    assert allowed["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}}
