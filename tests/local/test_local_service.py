"""The job service over HTTP, with boto3 as its client."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from jobs.local.api import operations
from jobs.local.api.request import Request
from jobs.local.engine.choices import Choices
from jobs.local.engine.engine import Engine
from service_runs import ACCOUNT, FUNCTION, KEYS, engine, port, s3, succeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import S3TagTypeDef

__all__ = ["engine", "port", "s3"]

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def client(port: int) -> Iterator[S3ControlClient]:
    config = Config(proxies={"http": f"http://127.0.0.1:{port}"}, retries={"total_max_attempts": 1})
    client = boto3.client(
        "s3control", endpoint_url="http://s3-control.local", config=config, **KEYS
    )  # type: ignore[call-overload] # stubs
    yield client
    client.close()


@pytest.fixture
def request_of_job(s3: S3Client) -> dict[str, Any]:
    etag = s3.put_object(Bucket="jobs", Key="m.csv", Body=b"source,a\nsource,b\n")["ETag"]
    return {
        "AccountId": ACCOUNT,
        "ConfirmationRequired": False,
        "Operation": {"LambdaInvoke": {"FunctionArn": "copy"}},
        "Manifest": {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": "arn:aws:s3:::jobs/m.csv", "ETag": etag},
        },
        "Report": {"Enabled": False},
        "Priority": 5,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
    }


@contextmanager
def refused(client: S3ControlClient, code: str, status: int = 400) -> Iterator[None]:
    """Expect an error with this code and status."""
    with pytest.raises(client.exceptions.ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    modelled = getattr(client.exceptions, code, client.exceptions.ClientError)
    assert isinstance(caught.value, modelled)


def test_a_whole_job_runs_over_http(
    client: S3ControlClient, engine: Engine, request_of_job: dict[str, Any]
) -> None:
    job_id = client.create_job(**request_of_job)["JobId"]
    engine.wait(job_id, 60)
    job = client.describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]
    assert (job["Status"], job["Priority"]) == ("Complete", 5)
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    assert job["Manifest"] == request_of_job["Manifest"]
    assert job["CreationTime"] <= job["TerminationDate"]


def test_jobs_are_listed_by_status_and_in_pages(
    client: S3ControlClient, engine: Engine, request_of_job: dict[str, Any]
) -> None:
    made = [client.create_job(**request_of_job)["JobId"] for _ in range(5)]
    for job_id in made:
        engine.wait(job_id, 60)
    pages: list[list[str]] = []
    more: Any = {}
    while more is not None:
        page = client.list_jobs(AccountId=ACCOUNT, MaxResults=2, **more)
        pages.append([job["JobId"] for job in page["Jobs"]])
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    listed = [job_id for page in pages for job_id in page]
    assert {len(page) for page in pages[:-1]} == {2}
    assert listed[:5] == made[::-1]
    assert len(set(listed)) == len(listed)
    complete = client.list_jobs(AccountId=ACCOUNT, JobStatuses=["Active", "Complete"])["Jobs"]
    assert {job["JobId"] for job in complete} >= set(made)
    assert client.list_jobs(AccountId=ACCOUNT, JobStatuses=["Active", "Failed"])["Jobs"] == []


def suspended(client: S3ControlClient, engine: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    """Make a job that waits for confirmation; return the parameters that name it."""
    job_id = client.create_job(**(asked | {"ConfirmationRequired": True}))["JobId"]
    limit = time.monotonic() + 60
    while engine.describe_job(job_id)["Status"] != "Suspended":
        assert time.monotonic() < limit
        time.sleep(0.01)
    return {"AccountId": ACCOUNT, "JobId": job_id}


def test_a_suspended_job_runs_once_it_is_confirmed(
    client: S3ControlClient, engine: Engine, request_of_job: dict[str, Any]
) -> None:
    this = suspended(client, engine, request_of_job)
    assert client.update_job_priority(**this, Priority=9)["Priority"] == 9
    assert client.update_job_status(**this, RequestedJobStatus="Ready")["Status"] == "Ready"
    job = engine.wait(this["JobId"], 60)
    assert (job["Status"], job["Priority"]) == ("Complete", 9)


def test_a_suspended_job_is_cancelled_with_a_reason(
    client: S3ControlClient, engine: Engine, request_of_job: dict[str, Any]
) -> None:
    this = suspended(client, engine, request_of_job)
    cancelled = client.update_job_status(
        **this, RequestedJobStatus="Cancelled", StatusUpdateReason="not today"
    )
    # at once, as the example of update-job-status in the AWS CLI Command Reference shows it
    assert (cancelled["Status"], cancelled["StatusUpdateReason"]) == ("Cancelled", "not today")
    engine.wait(this["JobId"], 60)
    job = client.describe_job(**this)["Job"]
    assert (job["Status"], job["StatusUpdateReason"]) == ("Cancelled", "not today")


def test_a_malformed_account_id_is_told_as_such(client: S3ControlClient) -> None:
    sentence = "AccountId is '1234': an account id has 12 digits."
    with pytest.raises(ClientError, match=sentence):
        client.list_jobs(AccountId="1234")


@pytest.mark.parametrize(("waits", "status"), [(True, "Suspended"), (False, "Complete")])
def test_whether_a_job_waits_whose_request_did_not_say_is_a_choice(
    s3: S3Client, request_of_job: dict[str, Any], waits: bool, status: str
) -> None:
    del request_of_job["ConfirmationRequired"]
    request_of_job["ClientRequestToken"] = "token"
    with Engine(s3, succeed, Choices(unsaid_confirmation=waits)) as engine:
        job_id = engine.create_job(request_of_job)
        limit = time.monotonic() + 60
        while engine.describe_job(job_id)["Status"] != status:
            assert time.monotonic() < limit
            time.sleep(0.01)


def test_tags_are_put_read_and_deleted(
    client: S3ControlClient, request_of_job: dict[str, Any]
) -> None:
    tags: list[S3TagTypeDef] = [{"Key": "a", "Value": "1"}]
    job_id = client.create_job(**request_of_job, Tags=tags)["JobId"]
    this: Any = {"AccountId": ACCOUNT, "JobId": job_id}
    assert client.get_job_tagging(**this)["Tags"] == tags
    client.put_job_tagging(**this, Tags=[{"Key": "b", "Value": ""}])
    assert client.get_job_tagging(**this)["Tags"] == [{"Key": "b", "Value": ""}]
    client.delete_job_tagging(**this)
    assert client.get_job_tagging(**this)["Tags"] == []


def test_a_client_token_makes_one_job(
    client: S3ControlClient, request_of_job: dict[str, Any]
) -> None:
    request_of_job["ClientRequestToken"] = "token"
    first = client.create_job(**request_of_job)["JobId"]
    assert client.create_job(**request_of_job)["JobId"] == first
    with refused(client, "IdempotencyException"):
        client.create_job(**(request_of_job | {"Priority": 6}))
    assert client.list_jobs(AccountId=ACCOUNT)["Jobs"][0]["JobId"] == first


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"Priority": 2**31}, id="a limit of the model"),
        pytest.param({"Manifest": None}, id="a rule of the documentation"),
    ],
)
def test_a_refused_creation_makes_no_job(
    client: S3ControlClient, request_of_job: dict[str, Any], change: dict[str, Any]
) -> None:
    asked = {k: v for k, v in (request_of_job | change).items() if v is not None}
    before = [job["JobId"] for job in client.list_jobs(AccountId=ACCOUNT)["Jobs"]]
    with refused(client, "BadRequestException"):
        client.create_job(**asked)
    assert [job["JobId"] for job in client.list_jobs(AccountId=ACCOUNT)["Jobs"]] == before


TOO_MANY_TAGS = [{"Key": str(number), "Value": ""} for number in range(51)]


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("update_job_status", {"RequestedJobStatus": "Ready"}, "JobStatusException"),
    ("update_job_status", {"RequestedJobStatus": "Cancelled"}, "JobStatusException"),
    ("update_job_status", {"RequestedJobStatus": "Paused"}, "BadRequestException"),
    ("update_job_priority", {"Priority": 2**31}, "BadRequestException"),
    ("update_job_priority", {"Priority": 1}, "BadRequestException"),
    ("put_job_tagging", {"Tags": TOO_MANY_TAGS}, "TooManyTagsException"),
    ("put_job_tagging", {"Tags": [{"Key": "a,b", "Value": ""}]}, "BadRequestException"),
    ("list_jobs", {"JobStatuses": ["Running"]}, "InvalidRequestException"),
    ("list_jobs", {"NextToken": "garbage"}, "InvalidNextTokenException"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one[0]} {one[2]}")
def test_a_refused_change_leaves_the_job_as_it_was(
    client: S3ControlClient,
    engine: Engine,
    request_of_job: dict[str, Any],
    refusal: tuple[str, dict[str, Any], str],
) -> None:
    method, change, code = refusal
    this: Any = suspended(client, engine, request_of_job)
    client.update_job_status(**this, RequestedJobStatus="Cancelled")
    engine.wait(this["JobId"], 60)
    before = client.describe_job(**this)["Job"], client.get_job_tagging(**this)["Tags"]
    target = {"AccountId": ACCOUNT} if method == "list_jobs" else this
    with refused(client, code):
        getattr(client, method)(**target, **change)
    after = client.describe_job(**this)["Job"], client.get_job_tagging(**this)["Tags"]
    assert before == after


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("describe_job", {}),
        ("update_job_status", {"RequestedJobStatus": "Cancelled"}),
        ("update_job_priority", {"Priority": 1}),
        ("get_job_tagging", {}),
        ("put_job_tagging", {"Tags": []}),
        ("delete_job_tagging", {}),
    ],
)
def test_an_unknown_job_is_not_found(
    client: S3ControlClient, method: str, change: dict[str, Any]
) -> None:
    with refused(client, "NoSuchJobException", 404):
        getattr(client, method)(AccountId=ACCOUNT, JobId=NOWHERE, **change)


def test_a_bug_of_the_engine_is_an_internal_error_and_told_on_stderr(
    client: S3ControlClient,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(engine, "describe_job", lambda _job_id: {"NoSuchMember": 1})
    with refused(client, "InternalServiceException", 500):
        client.describe_job(AccountId=ACCOUNT, JobId=NOWHERE)
    assert "KeyError: 'NoSuchMember'" in capfd.readouterr().err


@pytest.mark.parametrize("named", ["local", FUNCTION, f"{ACCOUNT}:function:local"])
def test_it_tells_the_variables_of_its_function_as_lambda_does(port: int, named: str) -> None:
    lambda_ = boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", **KEYS)  # type: ignore[call-overload] # stubs
    told = lambda_.get_function_configuration(FunctionName=named, Qualifier="1")
    assert told["FunctionArn"] == FUNCTION
    assert told["Environment"]["Variables"] == {"OPERATION": "rename"}
    with pytest.raises(ClientError):
        lambda_.get_function_configuration(FunctionName="another")
    lambda_.close()


def test_a_function_whose_name_ends_in_function_is_told_by_its_name() -> None:
    arn = FUNCTION.replace(":local:", ":my-function:")
    for named in ("my-function", arn):
        path = f"/2015-03-31/functions/{named}/configuration"
        engine: Any = None
        told = operations.answer(engine, arn, {}, Request("GET", path, "", {}, b""))
        assert json.loads(told)["FunctionName"] == "my-function"
