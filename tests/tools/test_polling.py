"""How a watch survives the network, and asks no more often than AWS advises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from jobs.aws import joblist
from jobs.watch import polling
from jobs.watch.polling import Poller, TimedOut
from jobs.where import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.aws.clients import Clients

JOB_ID = "7c1fa2b0-1111-2222-3333-444444444444"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def job(status: str, succeeded: int = 0, failed: int = 0, total: int = 1000) -> Any:
    counts = {
        "TotalNumberOfTasks": total,
        "NumberOfTasksSucceeded": succeeded,
        "NumberOfTasksFailed": failed,
    }
    return {"JobId": JOB_ID, "Status": status, "Priority": 10, "ProgressSummary": counts}


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeJob")


class Answers:
    """Answers each poll in turn: a job, or an exception."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.answers = list(answers)

    def __call__(self, *_: object, **__: object) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def poller(clients: Clients, deadline: float | None = None) -> tuple[Poller, list[float]]:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)

    place = Place(clients, "123456789012", FUNCTION)
    return Poller(place, JOB_ID, deadline, sleep, lambda: sum(slept)), slept


LOST = [
    pytest.param(EndpointConnectionError(endpoint_url="https://x"), id="connection"),
    pytest.param(refused("InternalServiceException", 500), id="5xx"),
    pytest.param(refused("ExpiredToken", 400), id="expired"),
    pytest.param(NoCredentialsError(), id="login ended"),
    pytest.param(refused("SlowDown", 503), id="throttled"),
]


@pytest.mark.parametrize("error", LOST)
def test_a_watch_survives_and_says_so_once(
    error: Exception,
    clients: Clients,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers = Answers([job("Active", 1), error, error, job("Active", 2), job("Complete", 1000)])
    monkeypatch.setattr(joblist, "describe", answers)
    watched, _ = poller(clients)
    assert [each[-1].status for each in watched.states()] == ["Active", "Active", "Complete"]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[0].endswith(" Watching goes on.")
    assert said[1] == "S3 answers again."


def test_new_credentials_are_read_when_the_old_ones_expire(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers([job("Active"), refused("ExpiredToken", 400), job("Complete")])
    monkeypatch.setattr(joblist, "describe", answers)
    made: list[object] = []

    def connect(*given: object) -> Clients:
        made.append(given)
        return clients

    monkeypatch.setattr(polling, "connect", connect)
    watched, _ = poller(clients)
    list(watched.states())
    assert made == [("us-east-1",)]


@pytest.mark.parametrize(
    "answers",
    [
        [EndpointConnectionError(endpoint_url="https://x")],
        [job("Active"), refused("AccessDenied", 403)],
    ],
    ids=["at once", "denied"],
)
def test_what_will_not_pass_ends_a_watch(
    answers: list[Any], clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblist, "describe", Answers(answers))
    watched, _ = poller(clients)
    with pytest.raises((EndpointConnectionError, ClientError)):
        list(watched.states())


def test_a_throttled_watch_asks_less_often(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = refused("SlowDown", 503)
    answers = Answers([job("Active"), *[slow] * 5, job("Active"), job("Complete")])
    monkeypatch.setattr(joblist, "describe", answers)
    watched, slept = poller(clients)
    list(watched.states())
    assert slept == [30, 60, 120, 240, 300, 300, 30]


def test_a_timeout_ends_the_watch_to_the_second(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblist, "describe", Answers([job("Active")] * 9))
    watched, slept = poller(clients, deadline=100.0)
    with pytest.raises(TimedOut):
        list(watched.states())
    assert sum(slept) == 100
