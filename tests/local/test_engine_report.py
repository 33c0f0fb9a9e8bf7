"""The completion report of the local service, as is known of S3 Batch Operations.

What (D), (O), (I) and (choice) mean: test_engine_facts.py.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from job_runs import JOBS, QUICK, Recorder, failing_from, report_keys, request, rows, run, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]


# report: names, split, md5, CRLF, double slash (D/O)
def test_the_report_is_laid_out_as_real_ones(s3: S3Client) -> None:
    asked = request(s3, rows(4))
    asked["Report"]["Prefix"] = "reports/"
    job, _ = run(s3, failing_from(2), asked)

    keys = report_keys(s3, job)
    folder = f"reports//job-{job['JobId']}"
    names = [key.removeprefix(f"{folder}/") for key in keys]
    csvs = [name for name in names if name.startswith("results/")]
    assert sorted(set(names) - set(csvs)) == ["manifest.json", "manifest.json.md5"]
    assert all(re.fullmatch(r"results/[0-9a-f]{40}\.csv", name) for name in csvs)

    def body(key: str) -> bytes:
        return s3.get_object(Bucket=JOBS, Key=key)["Body"].read()

    document = body(f"{folder}/manifest.json")
    whole = json.loads(document)
    assert body(f"{folder}/manifest.json.md5").decode() == hashlib.md5(document).hexdigest()  # noqa: S324 - as AWS does
    assert list(whole) == ["Format", "ReportCreationDate", "Results", "ReportSchema"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", whole["ReportCreationDate"])
    assert [each["TaskExecutionStatus"] for each in whole["Results"]] == ["succeeded", "failed"]
    for each in whole["Results"]:
        data = body(each["Key"])
        assert each["Bucket"] == JOBS
        assert each["MD5Checksum"] == hashlib.md5(data).hexdigest()  # noqa: S324 - as AWS does
        assert data.count(b"\r\n") == data.count(b"\n") == 2


def test_a_report_is_always_sse_s3(s3: S3Client) -> None:  # (D)
    job, _ = run(s3, Recorder(), request(s3, rows(1)))

    for key in report_keys(s3, job):
        assert s3.head_object(Bucket=JOBS, Key=key)["ServerSideEncryption"] == "AES256"


def test_failed_tasks_only_leaves_the_succeeded_rows_out(s3: S3Client) -> None:  # (D)
    asked = request(s3, rows(3))
    asked["Report"]["ReportScope"] = "FailedTasksOnly"

    job, results = run(s3, failing_from(2), asked)

    assert [row.key for row in results] == ["k2"]
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2


def test_a_report_without_prefix_is_at_the_root(s3: S3Client) -> None:  # (D)
    asked = request(s3, rows(1))
    del asked["Report"]["Prefix"]

    job, _ = run(s3, Recorder(), asked)

    assert f"job-{job['JobId']}/manifest.json" in report_keys(s3, job)


def test_no_report_is_written_unless_it_is_enabled(s3: S3Client) -> None:
    job, results = run(s3, Recorder(), request(s3, rows(1), Report={"Enabled": False}))

    assert (job["Status"], results) == ("Complete", [])


def test_a_large_report_is_split_where_chosen(s3: S3Client) -> None:  # (choice)
    job, results = run(s3, Recorder(), request(s3, rows(5)), replace(QUICK, report_rows=2))

    assert len([key for key in report_keys(s3, job) if key.endswith(".csv")]) == 3
    assert len(results) == 5


@pytest.mark.parametrize(
    "change", [{"Bucket": "arn:aws:s3:::no-such-bucket"}, {"ExpectedBucketOwner": "999999999999"}]
)
def test_a_report_that_cannot_be_written_fails_the_job(s3: S3Client, change: Any) -> None:
    asked = request(s3, rows(1))
    asked["Report"] |= change

    job, _ = run(s3, Recorder(), asked)

    assert job["Status"] == "Failed"
    assert "report bucket" in job["FailureReasons"][0]["FailureReason"]


def test_the_counts_of_a_job_match_its_report(s3: S3Client) -> None:  # (O)
    job, results = run(s3, failing_from(7), request(s3, rows(10)))

    progress = job["ProgressSummary"]
    assert [row.status for row in results].count("failed") == 3
    assert len(results) == 10
    assert progress["NumberOfTasksSucceeded"] == 7
    assert progress["NumberOfTasksFailed"] == 3
    assert progress["TotalNumberOfTasks"] == 10


def test_a_report_bucket_with_default_retention_loses_the_report(s3: S3Client) -> None:  # (D)
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    asked = request(s3, rows(1))
    asked["Report"]["Bucket"] = "arn:aws:s3:::locked"
    s3.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    job, _ = run(s3, Recorder(), asked)

    assert job["Status"] == "Failed"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 1  # the tasks ran all the same
    assert job["FailureReasons"][0]["FailureReason"] == (
        "The job report could not be written to your report bucket. Please check your permissions."
    )


def test_a_job_of_which_no_task_was_invoked_writes_no_report(s3: S3Client) -> None:  # (D)
    asked = request(s3, "source,a,\nsource,b,\n", ["Bucket", "Key", "VersionId"])

    job, _ = run(s3, Recorder(), asked)

    assert (job["Status"], job["ProgressSummary"]["NumberOfTasksFailed"]) == ("Complete", 2)
    assert report_keys(s3, job) == []
