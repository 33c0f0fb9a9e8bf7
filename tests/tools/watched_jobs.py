"""A job that runs, waits or has ended, and the verbs that are run on answers of DescribeJob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ended_jobs
from ended_jobs import ACCOUNT, FUNCTION
from jobs import where
from jobs.watch import polling
from jobs.where import Place
from report_files import JOB_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

OF_JOB = {"AccountId": ACCOUNT, "JobId": JOB_ID}


def job(status: str, succeeded: int = 0, failed: int = 0, **more: Any) -> dict[str, Any]:
    return ended_jobs.described(
        **{
            "Status": status,
            "Description": "rename march.csv [0123456789ab]",
            "Operation": {
                "LambdaInvoke": {
                    "FunctionArn": f"{FUNCTION}:3",
                    "UserArguments": {"operation": "rename"},
                }
            },
            "Manifest": {
                "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
                "Location": {"ObjectArn": "arn:aws:s3:::jobs/manifests/march.csv", "ETag": "e"},
            },
            "ProgressSummary": {
                "TotalNumberOfTasks": 3,
                "NumberOfTasksSucceeded": succeeded,
                "NumberOfTasksFailed": failed,
            },
            **more,
        }
    )


def runner(
    clients: Clients, s3control_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs a verb whose DescribeJob answers are these, in turn; no second is waited."""

    def call(*words: str, answers: tuple[dict[str, Any], ...] = ()) -> tuple[int, str, str]:
        for answer in answers:
            s3control_stub.add_response("describe_job", {"Job": answer}, OF_JOB)
        return ended_jobs.run(*words)

    monkeypatch.setattr(where, "place", lambda _: Place(clients, ACCOUNT, FUNCTION))
    monkeypatch.setattr(polling.Poller, "wait", lambda *_: None)
    return call
