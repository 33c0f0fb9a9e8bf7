"""Where a verb works, and which job is meant: by id, by its beginning, or as @last."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import click
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from jobs import where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.project import samconfig
from jobs.submit import deployment
from jobs.where import Place, Where

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.aws.clients import Clients

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"
OTHER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:other"
MARK = "[0123456789ab]"
IDS = [f"7c1fa2{n}0-1111-2222-3333-444444444444" for n in range(4)]


@pytest.fixture
def place(clients: Clients) -> Place:
    return Place(clients, ACCOUNT, FUNCTION)


def listed(job_id: str, day: int, description: str = f"copy m.csv {MARK}") -> dict[str, Any]:
    created = datetime(2026, 11, day, tzinfo=UTC)
    return {"JobId": job_id, "Description": description, "CreationTime": created}


def described(job_id: str, function: str = f"{FUNCTION}:3") -> dict[str, Any]:
    return {"Job": {"JobId": job_id, "Operation": {"LambdaInvoke": {"FunctionArn": function}}}}


def test_a_whole_id_is_asked_for_at_once(place: Place, s3control_stub: Stubber) -> None:
    asked = {"AccountId": ACCOUNT, "JobId": IDS[0]}
    s3control_stub.add_response("describe_job", described(IDS[0]), asked)
    assert which_job.find(place, IDS[0])["JobId"] == IDS[0]


def test_the_beginning_of_an_id_is_looked_for_on_every_page(
    place: Place, s3control_stub: Stubber
) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": [listed("other-job", 1)], "NextToken": "n"})
    s3control_stub.add_response("list_jobs", {"Jobs": [listed(IDS[1], 2)]})
    s3control_stub.add_response("describe_job", described(IDS[1]))
    assert which_job.find(place, "7c1fa2")["JobId"] == IDS[1]


@pytest.mark.parametrize(
    ("wanted", "known", "sentence"),
    [
        ("7c1fa2", IDS[:2], f"'7c1fa2' begins 2 jobs: give more of it, of {IDS[0]}, {IDS[1]}."),
        ("7c1fa", IDS[:1], "'7c1fa' is short for a job: give at least 6 characters of its id."),
        ("abcdef", IDS, "No job 'abcdef' is known in us-east-1 of account 123456789012: S3 forget"),
    ],
    ids=["two jobs", "short", "unknown"],
)
def test_what_names_no_single_job_is_refused(
    place: Place, s3control_stub: Stubber, wanted: str, known: list[str], sentence: str
) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": [listed(each, 1) for each in known]})
    with pytest.raises(Refused) as refused:
        which_job.find(place, wanted)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("wanted", ["", "a b", "../x", "@first", "s3://b/k"])
def test_what_can_be_no_id_is_refused_before_aws_is_asked(place: Place, wanted: str) -> None:
    with pytest.raises(Refused, match="is no job: give its id, the beginning of one, or @last"):
        which_job.find(place, wanted)


def test_an_expired_job_is_unknown(place: Place, s3control_stub: Stubber) -> None:
    s3control_stub.add_client_error("describe_job", "NoSuchJobException")
    with pytest.raises(Refused, match="S3 forgets a job 90 days after its end"):
        which_job.find(place, IDS[0])


def test_last_is_the_newest_job_of_these_tools_on_this_function(
    place: Place, s3control_stub: Stubber
) -> None:
    jobs = [listed(IDS[0], 1), listed(IDS[1], 3), listed(IDS[2], 2), listed(IDS[3], 4, "by hand")]
    s3control_stub.add_response("list_jobs", {"Jobs": jobs})
    s3control_stub.add_response("describe_job", described(IDS[1], f"{OTHER}:1"))
    s3control_stub.add_response("describe_job", described(IDS[2]))
    assert which_job.find(place, which_job.LAST)["JobId"] == IDS[2]


def test_without_a_job_of_this_function_there_is_no_last_one(
    place: Place, s3control_stub: Stubber
) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": []})
    with pytest.raises(Refused, match=r"No job of .*copier' is known in us-east-1: submit one"):
        which_job.find(place, which_job.LAST)


def test_the_only_waiting_job_needs_no_name(place: Place, s3control_stub: Stubber) -> None:
    asked = {"AccountId": ACCOUNT, "MaxResults": 1000, "JobStatuses": ["Suspended"]}
    s3control_stub.add_response("list_jobs", {"Jobs": [listed(IDS[0], 1)]}, asked)
    s3control_stub.add_response("describe_job", described(IDS[0]))
    assert which_job.find_open(place, None, {"Suspended"})["JobId"] == IDS[0]


@pytest.mark.parametrize(
    ("known", "sentence"),
    [([], "No job of this function is Suspended: name one"), (IDS[:2], "2 jobs are Suspended: ")],
    ids=["none", "two"],
)
def test_which_job_is_steered_is_never_guessed(
    place: Place, s3control_stub: Stubber, known: list[str], sentence: str
) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": [listed(each, 1) for each in known]})
    for each in known:
        s3control_stub.add_response("describe_job", described(each))
    with pytest.raises(Refused, match=sentence):
        which_job.find_open(place, None, {"Suspended"})


def test_a_new_job_is_asked_for_again_until_it_is_known(
    clients: Clients, s3control_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    s3control_stub.add_client_error("describe_job", "NoSuchJobException")
    s3control_stub.add_response("describe_job", described(IDS[0]))
    found = joblist.describe(clients.s3control, ACCOUNT, IDS[0], is_new=True)
    assert found
    assert waits == [0.5]


GIVEN = Where(
    region="us-east-1",
    function_arn=f"{FUNCTION}:1",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/r",
    jobs_bucket="jobs",
)


def test_where_all_is_given_no_stack_is_asked(clients: Clients) -> None:
    assert deployment.of_stack(clients, GIVEN).jobs_bucket == "jobs"
    assert deployment.of_stack(clients, replace(GIVEN, stack_name="copies")).stack == "copies"
    assert where.place(replace(GIVEN, jobs_bucket=None)).function == FUNCTION


@pytest.mark.parametrize(
    ("lacking", "name", "option"),
    [
        ("function_arn", "JOBS_FUNCTION_ARN", "--function-arn"),
        ("role_arn", "JOBS_ROLE_ARN", "--role-arn"),
        ("jobs_bucket", "JOBS_BUCKET", "--jobs-bucket"),
    ],
)
def test_the_local_service_has_no_stack_and_aws_is_not_asked_for_one(
    clients: Clients, lacking: str, name: str, option: str
) -> None:
    local = boto3.client("s3control", "us-east-1", endpoint_url="http://s3-control.local")
    clients = replace(clients, s3control=local)
    with pytest.raises(Refused) as refused:
        deployment.of_stack(clients, replace(GIVEN, **{lacking: None}))
    assert str(refused.value) == (
        f"{name} is not set, and the local service has no stack: paste its export lines, or give "
        f"{option}."
    )


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (GIVEN.role_arn, "JOBS_FUNCTION_ARN is not set, and the local service has no stack"),
        (None, "No stack 'copies' is deployed"),
    ],
    ids=["the lines of local", "an emulated AWS"],
)
def test_a_cloudformation_of_this_machine_without_the_stack_says_what_is_missing(
    clients: Clients, role: str | None, said: str
) -> None:
    local: Any = {
        name: boto3.client(name, "us-east-1", endpoint_url="http://localhost:1")
        for name in ("s3control", "cloudformation")
    }
    given = replace(GIVEN, function_arn=None, role_arn=role, stack_name="copies")
    stub = Stubber(local["cloudformation"])
    stub.add_client_error("describe_stacks", "ValidationError")
    with stub, pytest.raises(Refused, match=said):
        deployment.of_stack(replace(clients, **local), given)


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ([], {}, ""),
        (
            ["--stack-name", "a b", "--region", "eu-west-1"],
            {},
            " --stack-name 'a b' --region eu-we",
        ),
        ([], {"JOBS_ROLE_ARN": "arn"}, ""),
        (["--role-arn", "arn"], {"JOBS_ROLE_ARN": "other"}, " --role-arn arn"),
    ],
    ids=["nothing", "typed", "a variable", "typed over a variable"],
)
def test_what_is_to_be_typed_next_finds_the_same_place(
    words: list[str], environment: dict[str, str], expected: str
) -> None:
    @click.command
    @where.options
    def verb(**_: object) -> None:
        click.echo(where.command("watch 7c1fa2b0"))

    told = CliRunner(env=environment).invoke(verb, words).stdout
    assert told.startswith(f"python -m jobs watch 7c1fa2b0{expected}")
    assert ("--" in told) == bool(expected)


def test_check_is_told_the_environment_and_the_region_but_no_stack() -> None:
    @click.command
    @where.options
    def verb(**_: object) -> None:
        click.echo(where.command("check m.csv"))

    words = ["--stack-name", "s", "--config-env", "prod", "--region", "eu-west-1"]
    words += ["--jobs-bucket", "jobs"]
    told = CliRunner().invoke(verb, words).stdout
    assert told == "python -m jobs check m.csv --config-env prod --region eu-west-1\n"


def test_outside_of_a_verb_nothing_was_typed() -> None:
    assert where.command("list") == "python -m jobs list"


def test_the_environment_chooses_the_stack_of_samconfig(
    clients: Clients,
    cloudformation_stub: Stubber,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(
        '[default.deploy.parameters]\nstack_name = "plain"\n'
        '[prod.deploy.parameters]\nstack_name = "big"\n'
    )
    monkeypatch.setattr(samconfig, "PATH", path)
    outputs = [
        {"OutputKey": "FunctionAliasArn", "OutputValue": f"{FUNCTION}:live"},
        {"OutputKey": "JobRoleArn", "OutputValue": f"arn:aws:iam::{ACCOUNT}:role/r"},
        {"OutputKey": "JobsBucketName", "OutputValue": "jobs"},
        {"OutputKey": "SourceBucketName", "OutputValue": "photos"},
    ]
    stack = {
        "StackName": "x",
        "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": outputs,
    }
    for name in ("plain", "big"):
        answer = {"Stacks": [stack]}
        cloudformation_stub.add_response("describe_stacks", answer, {"StackName": name})
    assert deployment.of_stack(clients, Where()).stack == "plain"
    monkeypatch.setenv("SAM_CONFIG_ENV", "prod")
    assert deployment.of_stack(clients, Where()).stack == "big"
    monkeypatch.setenv("SAM_CONFIG_ENV", "test")
    with pytest.raises(Refused, match="has no environment 'test': give --config-env one that"):
        deployment.of_stack(clients, Where())
