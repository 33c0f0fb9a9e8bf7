from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from jobs.aws import partitions
from jobs.errors import Refused
from jobs.policies import command, names, owners
from jobs.policies.documents import Document
from jobs.policies.documents import documents as every_document
from jobs.project import parameters as stack_parameters
from jobs.project import samconfig, template
from jobs.project.resolver import Resolver

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

TEMPLATE = template.load(template.PATH)
BUCKETS = {"SourceBucket": "amzn-s3-demo-source", "DestinationBucket": "amzn-s3-demo-target"}
ACCOUNT, OTHER = "111122223333", "444455556666"
PLACE = ("--account", ACCOUNT, "--region", "us-east-1", "--stack-name", "demo")


def documents(stack: Any = TEMPLATE, **parameters: str) -> dict[str, Document]:
    values = stack_parameters.values(stack, {**BUCKETS, **parameters})
    place = names.planned(ACCOUNT, "us-east-1", "demo", values)
    return {each.title: each for each in every_document(stack, values, place)}


def sids(document: Document) -> set[str]:
    return {each["Sid"] for each in document.document["Statement"]}


def statement(document: Document, sid: str) -> Any:
    return next(each for each in document.document["Statement"] if each["Sid"] == sid)


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
    return CliRunner().invoke(command.command, [*arguments, *overrides])


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
        ((*PLACE, "--parameter", "Foo=1"), r"no parameter 'Foo': take it out of --parameter\."),
        ((*PLACE[:4], "--stack-name", "*"), r"'\*' cannot name the stack: begin with a letter"),
        ((*PLACE[:4], "--stack-name", "a" * 129), "at most 128"),
    ],
)
def test_a_place_that_is_not_known_is_refused(
    arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samconfig, "setting", lambda *_: None)

    with pytest.raises(Refused, match=sentence):
        raise run(*arguments).exception


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("Operatoin=copy", "no parameter 'Operatoin': write 'Operation' in --parameter."),
        ("Zzz=1", "no parameter 'Zzz': take it out of --parameter."),
    ],
)
def test_a_parameter_that_the_template_lacks_is_looked_for_where_it_was_given(
    given: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        raise run(*PLACE, "--parameter", given).exception


@pytest.fixture
def deployed(
    clients: Clients, cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answer for the stack demo, which renames into a bucket of another account."""
    outputs = {
        "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:demo",
        "FunctionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/f",
        "JobRoleArn": f"arn:aws:iam::{ACCOUNT}:role/j",
        "JobsBucketName": "demo-jobsbucket-1",
    }
    parameters = {"SourceBucket": "real-source", "DestinationBucket": "real-target"}
    parameters |= {"Operation": "rename", "DestinationOwner": OTHER}
    described = {
        "StackName": "demo",
        "CreationTime": datetime(2026, 11, 23, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": each} for key, each in outputs.items()],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": each} for key, each in parameters.items()
        ],
    }
    monkeypatch.setattr(command, "connect", lambda _region: clients)
    asked = {"StackName": "demo"}
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [described]}, asked)


@pytest.mark.usefixtures("deployed")
def test_without_an_account_the_deployed_stack_is_asked_for_names_and_parameters() -> None:
    result = CliRunner().invoke(command.command, ["--stack-name", "demo", "--json"])

    assert result.exit_code == 0, result.output
    assert "arn:aws:s3:::demo-jobsbucket-1/manifests/*" in result.output
    assert "arn:aws:s3:::real-source/*" in result.output
    assert "DeleteRenamedSources" in result.output
    assert f"added by account {OTHER}" in result.output
    assert names.MADE_UP not in result.output
    assert "NOT FINAL" not in result.output


@pytest.mark.usefixtures("deployed")
def test_a_parameter_that_is_given_goes_before_the_deployed_one() -> None:
    given = ["--stack-name", "demo", "--parameter", "Operation=copy"]
    result = CliRunner().invoke(command.command, given)

    assert "arn:aws:s3:::real-source/*" in result.output
    assert "DeleteRenamedSources" not in result.output


def test_what_holds_names_that_aws_will_make_up_says_so() -> None:
    found = documents()
    known = "is known after the first deployment: print this again then."

    both = "NOT FINAL: the name of the function and of the jobs bucket"
    assert found["JobRole: job"].note == f"{both} {known}"
    assert found["SubmitterPolicy"].note == f"{both} and of the job role {known}"
    assert found["JobsBucketPolicy"].note
    assert not found["FunctionRole: objects"].note
    assert f"\n# {found['JobRole: job'].note}\n{{" in run(*PLACE).output
    printed = {each["title"]: each["note"] for each in json.loads(run(*PLACE, "--json").output)}
    assert printed == {title: each.note for title, each in found.items()}


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


def with_resources(**resources: Any) -> Any:
    """Return the template with these resources added, or properties of those that are there."""
    changed = copy.deepcopy(TEMPLATE)
    for logical_id, resource in resources.items():
        there = changed["Resources"].setdefault(logical_id, {"Type": resource.get("Type")})
        there.setdefault("Properties", {}).update(resource["Properties"])
    return changed


def allow(resource: Any, action: str = "dynamodb:PutItem") -> Any:
    return {"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


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


def test_made_up_roles_stand_under_the_path_of_the_company() -> None:
    where = documents(RolePath="/teams/data/")["FunctionRole: trust"].where

    assert ":role/teams/data/demo-FunctionRole-" in where


def test_policies_are_those_of_the_environment_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stack, its Region and its parameters; afterwards nothing is chosen any more."""
    path = tmp_path / "samconfig.toml"
    path.write_text(
        '[default.global.parameters]\nstack_name = "plain"\nregion = "us-east-1"\n'
        "parameter_overrides = ['SourceBucket=\"one\"', 'DestinationBucket=\"two\"']\n"
        '[prod.global.parameters]\nstack_name = "big"\nregion = "eu-west-1"\n'
        "parameter_overrides = ['SourceBucket=\"three\"', 'DestinationBucket=\"four\"']\n"
    )
    monkeypatch.setattr(samconfig, "PATH", path)
    runner = CliRunner()
    for words, environ in (
        (["--config-env", "prod"], None),
        ([], {"SAM_CONFIG_ENV": "prod"}),
    ):
        shown = runner.invoke(command.command, ["--account", ACCOUNT, *words], env=environ).output
        assert f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:big" in shown
        assert "arn:aws:s3:::three/*" in shown
    assert "function:plain" in runner.invoke(command.command, ["--account", ACCOUNT]).output
