"""A job like another one: what it takes over, and which options win."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ended_jobs import ACCOUNT, FUNCTION
from jobs.errors import Refused
from jobs.submit import likeness
from jobs.submit.options import Wish
from jobs.submit.request import Job, Manifest
from report_files import JOB_ID


def test_a_job_of_another_operation_has_none_like_it() -> None:
    old: Any = {"JobId": JOB_ID, "Operation": {"S3PutObjectTagging": {}}}
    with pytest.raises(Refused, match="runs no function or writes no report: it was not made by"):
        likeness.deployment(old, Wish(), None, FUNCTION)


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


def made(**asked: Any) -> Job:
    """Return the job like OLD that is made for these options."""
    wish = Wish(**asked)
    place = likeness.deployment(OLD, wish, None, FUNCTION)
    on = Manifest("jobs", "manifests/m.csv", "00", ("Bucket", "Key"))
    given: dict[str, Any] = {"tags": {}, "place": place, "arguments": {}}
    return likeness.like(OLD, on, wish, version_arn=place.function_arn, **given)


def test_what_an_option_says_of_a_job_like_another_one_wins() -> None:
    asked = made(
        role_arn=ROLE, jobs_bucket="other", report_prefix="x", report_scope="FailedTasksOnly"
    )
    assert (asked.role_arn, asked.report_bucket, asked.report_owner) == (ROLE, "other", None)
    assert (asked.report_prefix, asked.report_scope) == ("x", "FailedTasksOnly")
    assert made(report_prefix="").report_prefix == ""


def test_what_no_option_says_is_as_it_was_but_the_report_lists_all(
    capsys: pytest.CaptureFixture[str],
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
        likeness.deployment(OLD, Wish(function_arn=given), None, function)
