"""The documents of the stack: all are there, each as the parameters and the author have it."""

from __future__ import annotations

import pytest

from jobs.aws import partitions
from jobs.errors import Refused
from jobs.policies import names
from jobs.project import parameters as stack_parameters
from jobs.project.resolver import Resolver
from policy_documents import (
    ACCOUNT,
    BUCKETS,
    TEMPLATE,
    allow,
    documents,
    sids,
    statement,
    with_resources,
)


def test_every_policy_and_trust_document_is_there() -> None:
    assert list(documents()) == [
        "FunctionRole: trust",
        "FunctionRole: objects",
        "FunctionRole: logs",
        "JobRole: trust",
        "JobRole: job",
        "SubmitterPolicy",
        "ConfirmerPolicy",
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
    objects = documents(FurtherDestinationBuckets=further)[
        "FunctionRole: FurtherDestinationsPolicy"
    ]

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
    resolver = Resolver({"SourceBucket": bucket}, {}, TEMPLATE["Conditions"])

    assert resolver.holds("SourceIsDirectory") is is_directory


def test_roles_that_exist_are_told_what_they_need() -> None:
    existing = f"arn:aws:iam::{ACCOUNT}:role/made-elsewhere"
    found = documents(JobRoleArn=existing)

    assert found["JobRole: job"].where == f"policy of {existing}"
    assert statement(found["SubmitterPolicy"], "PassTheJobRole")["Resource"] == existing


@pytest.mark.parametrize("name", ["Demo-Stack", "D" * 128])
def test_made_up_names_are_those_that_aws_could_give(name: str) -> None:
    values = {"FunctionRoleArn": "", "JobRoleArn": ""}
    place = names.planned(ACCOUNT, "us-east-1", name, values)
    bucket = place.jobs_bucket
    roles = [arn.rpartition("/")[2] for arn in (place.function_role, place.job_role)]

    assert bucket.startswith(name[:10].lower())
    assert bucket == bucket.lower()
    assert len(bucket) <= 63
    assert all(each.startswith(name[:10]) for each in (place.function, *roles))
    assert max(map(len, (place.function, *roles))) <= 64


def test_what_a_company_names_itself_is_final_before_the_first_deployment() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/made-elsewhere"
    named = {"FunctionName": "company-copier", "ExistingJobsBucket": "company-jobs"}
    found = documents(**named, FunctionRoleArn=role, JobRoleArn=role)

    assert not any(each.note for each in found.values())
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:company-copier"
    assert statement(found["JobRole: job"], "InvokeTheFunction")["Resource"] == [arn, f"{arn}:*"]


def test_the_submitter_policy_says_whose_jobs_it_reaches() -> None:
    found = documents()

    for title in ("SubmitterPolicy", "ConfirmerPolicy"):
        assert "jobs with the tag Application=demo" in found[title].where


FURTHER = "arn:aws:s3:::one,arn:aws:s3:::two"


READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def test_every_managed_policy_of_a_role_is_printed() -> None:
    named = {"ManagedPolicyArns": [READ_ONLY, {"Ref": "Mine"}]}
    table = {"Fn::GetAtt": ["Table", "Arn"]}
    found = documents(
        with_resources(
            FunctionRole={"Properties": named},
            Mine={
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": allow(table)},
            },
            Theirs={
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "Roles": [{"Ref": "FunctionRole"}],
                    "PolicyDocument": allow({"Fn::Sub": "${Table.Arn}/index/*"}),
                },
            },
        )
    )

    elsewhere = found["FunctionRole: managed policies"]
    assert elsewhere.document == {"ManagedPolicyArns": [READ_ONLY]}
    mine, theirs = found["FunctionRole: Mine"], found["FunctionRole: Theirs"]
    assert mine.document["Statement"]["Resource"] == "<!GetAtt Table.Arn>"
    assert theirs.document["Statement"]["Resource"] == "<!GetAtt Table.Arn>/index/*"
    assert mine.note == (
        "NOT FINAL: only CloudFormation knows what <!GetAtt Table.Arn> will be: write the value"
        " of the deployed stack there."
    )


def test_a_resource_that_an_author_renamed_is_asked_for_by_its_name() -> None:
    renamed = with_resources(WorkerRole=TEMPLATE["Resources"]["FunctionRole"])
    del renamed["Resources"]["FunctionRole"]

    with pytest.raises(Refused, match="has no resource 'FunctionRole'"):
        documents(renamed)


def test_a_policy_that_an_author_deleted_is_not_printed() -> None:
    without = with_resources()
    del without["Resources"]["ConfirmerPolicy"]

    assert documents().keys() - documents(without).keys() == {"ConfirmerPolicy"}


def test_a_loop_that_may_give_a_role_rights_is_printed_as_it_is() -> None:
    loops = {
        f"Fn::ForEach::{kind}": ["Name", ["A", "B"], {"Made${Name}": {"Type": f"AWS::{kind}"}}]
        for kind in ("SNS::Topic", "IAM::ManagedPolicy")
    }

    with_loops = with_resources()
    with_loops["Resources"] |= loops

    found = documents(with_loops).keys() - documents().keys()
    assert found == {"Fn::ForEach::IAM::ManagedPolicy"}


def test_roles_made_elsewhere_are_told_of_the_further_buckets_too() -> None:
    existing = f"arn:aws:iam::{ACCOUNT}:role/made-elsewhere"
    found = documents(FunctionRoleArn=existing, FurtherDestinationBuckets=FURTHER)

    assert found["FunctionRole: FurtherDestinationsPolicy"].where == f"policy of {existing}"


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
    ],
)
def test_each_partition_has_its_own_dns_suffix(region: str, partition: str, suffix: str) -> None:
    assert partitions.of_region(region) == partition
    assert partitions.dns_suffix(partition) == suffix
    values = stack_parameters.values(TEMPLATE, BUCKETS)
    resolver = names.resolver(TEMPLATE, values, names.planned(ACCOUNT, region, "demo", values))
    assert resolver.names["AWS::URLSuffix"] == suffix


def test_made_up_roles_stand_under_the_path_of_the_company() -> None:
    where = documents(RolePath="/teams/data/")["FunctionRole: trust"].where

    assert ":role/teams/data/demo-FunctionRole-" in where
