"""A job like another one: what it takes over, and which options win."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ended_jobs import ACCOUNT, FUNCTION
from jobs import where, which_job
from jobs.aws import joblist
from jobs.errors import Refused
from jobs.submit import basis, deployment
from jobs.submit.options import Wish
from jobs.submit.request import Job, Manifest
from jobs.submit.versions import Version
from jobs.where import Place
from report_files import JOB_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.aws.clients import Clients


def test_a_job_of_another_operation_has_none_like_it() -> None:
    old: Any = {"JobId": JOB_ID, "Operation": {"S3PutObjectTagging": {}}}
    with pytest.raises(Refused, match="runs no function or writes no report: it was not made by"):
        deployment.of_job(old, Wish(), None, FUNCTION)


OLD: Any = {
    "JobId": JOB_ID,
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
    "Operation": {"LambdaInvoke": {"FunctionArn": f"{FUNCTION}:14"}},
    "Report": {
        "Enabled": True,
        "Bucket": "arn:aws:s3:::jobs",
        "Prefix": "reports/march",
        "ReportScope": "FailedTasksOnly",
        "ExpectedBucketOwner": ACCOUNT,
    },
}


ROLE = f"arn:aws:iam::{ACCOUNT}:role/mended"


@pytest.fixture
def made(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Return the job like OLD that is made for some options."""
    monkeypatch.setattr(where, "place", lambda _: Place(clients, ACCOUNT, FUNCTION))
    monkeypatch.setattr(which_job, "find", lambda *_: OLD)
    monkeypatch.setattr(joblist, "tags", lambda *_: {})
    on = Manifest("jobs", "manifests/m.csv", "00", ("Bucket", "Key"))

    def make(**asked: Any) -> Job:
        wish = Wish(like=JOB_ID, **asked)
        found = basis.find(clients, wish)
        return basis.job(wish, found, on, Version(found.place.function_arn, None))

    return make


def test_what_an_option_says_of_a_job_like_another_one_wins(made: Callable[..., Job]) -> None:
    asked = made(
        role_arn=ROLE, jobs_bucket="other", report_prefix="x", report_scope="FailedTasksOnly"
    )
    assert (asked.role_arn, asked.report_bucket, asked.report_owner) == (ROLE, "other", None)
    assert (asked.report_prefix, asked.report_scope) == ("x", "FailedTasksOnly")
    assert made(report_prefix="").report_prefix == ""


def test_what_no_option_says_is_as_it_was_but_the_report_lists_all(
    made: Callable[..., Job], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = made(jobs_bucket="jobs", function_arn=f"{FUNCTION}:live")
    assert (asked.role_arn, asked.report_bucket, asked.report_owner) == (
        OLD["RoleArn"],
        "jobs",
        ACCOUNT,
    )
    assert (asked.report_prefix, asked.report_scope) == ("reports/march", "AllTasks")
    assert asked.function_arn == f"{FUNCTION}:14"
    assert "The report will list all tasks, though that job's listed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "function", "sentence"),
    [
        (f"{FUNCTION}:15", FUNCTION, "names version 15, and --like runs that of job 7c1fa2b0, 14:"),
        (None, f"{FUNCTION}-b", f"Job 7c1fa2b0 runs '{FUNCTION}', and this is '{FUNCTION}-b'"),
    ],
    ids=["another version", "another function"],
)
def test_a_job_like_one_of_another_version_or_function_is_refused(
    given: str | None, function: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=re.escape(sentence)):
        deployment.of_job(OLD, Wish(function_arn=given), None, function)
