"""Which job is meant: by id, by its beginning, or as @last."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobs import which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.where import Place

if TYPE_CHECKING:
    from botocore.stub import Stubber

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
    [
        ([], "is Suspended: name one; python -m jobs list shows all"),
        (IDS[:2], "2 jobs are Suspended: "),
    ],
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
