from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from jobs.submit import other_jobs, submitting

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

ACCOUNT = "123456789012"
MARK = "[0123456789ab]"


def job(name: str, description: str, day: int) -> dict[str, object]:
    created = datetime(2026, 11, day, tzinfo=UTC)
    return {"JobId": name, "Description": description, "CreationTime": created}


def test_the_newest_job_of_the_same_work_is_found_on_any_page(
    clients: Clients, s3control_stub: Stubber
) -> None:
    asked = {"AccountId": ACCOUNT, "MaxResults": 1000}
    first = [job("older", f"March {MARK}", 1), job("other", "March [ba9876543210]", 9)]
    second = [job("newer", f"April {MARK}", 2), {"JobId": "not described"}]
    s3control_stub.add_response("list_jobs", {"Jobs": first, "NextToken": "more"}, asked)
    s3control_stub.add_response("list_jobs", {"Jobs": second}, asked | {"NextToken": "more"})
    known = other_jobs.of_same_work(clients.s3control, ACCOUNT, MARK)
    assert known
    assert known["JobId"] == "newer"


def test_no_job_of_the_same_work_is_none(clients: Clients, s3control_stub: Stubber) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": [job("other", f"{MARK} March", 1)]})
    assert other_jobs.of_same_work(clients.s3control, ACCOUNT, MARK) is None


@pytest.mark.parametrize(
    ("like", "said"),
    [(None, "Job 8aaaaaaa of the same work was Cancelled already"), ("8aaaaaaa", "")],
)
def test_a_job_that_has_ended_is_said_unless_the_new_one_is_like_it(
    like: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: Any = {"JobId": "8aaaaaaa-1", "Status": "Cancelled"}
    other_jobs.say_ended(ended, like)
    found = capsys.readouterr().err
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_token_that_aws_knows_from_another_request_is_refused(
    clients: Clients, s3control_stub: Stubber
) -> None:
    s3control_stub.add_client_error("create_job", "IdempotencyException")
    with pytest.raises(submitting.TakenError, match="look for it with python -m jobs list"):
        submitting.create(
            clients.s3control,
            {
                "AccountId": ACCOUNT,
                "Operation": {},
                "Report": {"Enabled": False},
                "ClientRequestToken": "token",
                "Priority": 1,
                "RoleArn": "arn:aws:iam::123456789012:role/r",
            },
        )
