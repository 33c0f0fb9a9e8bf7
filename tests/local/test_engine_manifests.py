"""How the local service reads manifests and inventories, as is known of S3 Batch Operations.

What (D), (O), (I) and (choice) mean: test_engine_facts.py.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.response import StreamingBody

import inventories
from job_runs import JOBS, QUICK, Recorder, report_keys, request, rows, run, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

INVENTORY = "S3InventoryReport_CSV_20161130"


# parse manifest whole before running; bad row = job Failed, no tasks (D/O)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rows(1500) + "source\n", "Unexpected number of task fields: row 1501"),
        ("Bucket,Key\n" + rows(3), "Invalid Manifest Content: row 1 is a header"),
        ("\ufeff" + rows(3), "Invalid Manifest Content: it begins with a byte order mark"),
        (rows(3) + "\n", "Unexpected number of task fields: row 4"),
        ("", "Invalid Manifest Content: it has no rows"),
    ],
    ids=["short row at the end", "header", "byte order mark", "blank line", "empty"],
)
def test_a_bad_row_anywhere_fails_the_job_and_runs_no_task(
    s3: S3Client, body: str, reason: str
) -> None:
    function = Recorder()

    job, _ = run(s3, function, request(s3, body))

    assert job["Status"] == "Failed"
    assert job["FailureReasons"][0]["FailureReason"].startswith(reason)
    assert function.events == []
    assert report_keys(s3, job) == []  # report only if at least one task was invoked (D)
    assert job["ProgressSummary"] == {  # as the AWS CLI's examples show a job that failed
        "TotalNumberOfTasks": 0,
        "NumberOfTasksSucceeded": 0,
        "NumberOfTasksFailed": 0,
        "Timers": {"ElapsedTimeInActiveSeconds": 0},
    }


def test_a_schema_without_key_fails_the_job_with_the_documented_reason(s3: S3Client) -> None:
    job, _ = run(s3, Recorder(), request(s3, "source,x\n", ["Bucket", "Ignore"]))

    reason = job["FailureReasons"][0]["FailureReason"]
    assert reason == "Required fields are missing in the schema: Key"


# ETag check at Preparing, compared unquoted (D)
@pytest.mark.parametrize("quoted", [True, False])
def test_the_etag_counts_with_and_without_quotes(s3: S3Client, quoted: bool) -> None:
    asked = request(s3, rows(1))
    etag = asked["Manifest"]["Location"]["ETag"].strip('"')
    asked["Manifest"]["Location"]["ETag"] = f'"{etag}"' if quoted else etag

    assert run(s3, Recorder(), asked)[0]["Status"] == "Complete"


def test_a_manifest_that_changed_since_fails_the_job(s3: S3Client) -> None:
    asked = request(s3, rows(1))
    s3.put_object(Bucket=JOBS, Key="manifest", Body=b"source,b\n")
    function = Recorder()

    job, _ = run(s3, function, asked)

    assert job["Status"] == "Failed"
    assert "ETag" in job["FailureReasons"][0]["FailureReason"]
    assert function.events == []


def test_a_manifest_that_is_not_there_fails_the_job(s3: S3Client) -> None:
    asked = request(s3, rows(1))
    asked["Manifest"]["Location"]["ObjectArn"] = "arn:aws:s3:::jobs/other"

    job, _ = run(s3, Recorder(), asked)

    assert job["Status"] == "Failed"
    assert "s3://jobs/other failed: NoSuchKey" in job["FailureReasons"][0]["FailureReason"]


def test_a_forbidden_manifest_fails_the_job_with_the_documented_reason(s3: S3Client) -> None:
    asked = request(s3, rows(1))

    def deny(**_: object) -> object:
        refusal = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return AWSResponse("", 403, HTTPHeaders(), None), refusal

    s3.meta.events.register("before-call.s3.GetObject", cast("Any", deny))
    try:
        job, _ = run(s3, Recorder(), asked)
    finally:
        s3.meta.events.unregister("before-call.s3.GetObject", cast("Any", deny))

    reason = job["FailureReasons"][0]["FailureReason"]
    assert reason == "Reading the manifest is forbidden: AccessDenied"


def test_a_manifest_whose_reading_breaks_off_fails_the_job_with_a_reason(s3: S3Client) -> None:
    asked = request(s3, rows(1))

    def cut(parsed: Any, **_: object) -> None:
        parsed["Body"] = StreamingBody(io.BytesIO(b"source"), content_length=99)

    s3.meta.events.register("after-call.s3.GetObject", cut)
    try:
        job, _ = run(s3, Recorder(), asked)
    finally:
        s3.meta.events.unregister("after-call.s3.GetObject", cut)

    (reason,) = job["FailureReasons"]
    assert reason["FailureCode"] == "ManifestNotReadable"
    assert "6 read, but total bytes expected is 99" in reason["FailureReason"]


# SSE-KMS not supported for CSV manifests, supported for inventory manifests (D)
def test_a_csv_manifest_under_kms_fails_the_job(s3: S3Client) -> None:
    asked = request(s3, rows(1))
    put = s3.put_object(
        Bucket=JOBS, Key="manifest", Body=b"source,k\n", ServerSideEncryption="aws:kms"
    )
    asked["Manifest"]["Location"]["ETag"] = put["ETag"]

    job, _ = run(s3, Recorder(), asked)

    assert "aws:kms" in job["FailureReasons"][0]["FailureReason"]


# inventory manifests: manifest.json, gzip CSV, checksums (D, O)
def inventory(s3: S3Client, *parts: str, schema: str, **changes: Any) -> dict[str, Any]:
    files = inventories.files(s3, *(gzip.compress(part.encode()) for part in parts))
    asked = {"sourceBucket": "source", "fileSchema": schema, "files": files} | changes
    return request(s3, inventories.document(**asked), form=INVENTORY)


def test_an_inventory_of_several_files_runs_as_one_manifest(s3: S3Client) -> None:
    function = Recorder()
    asked = inventory(
        s3,
        '"source","a%20b","v1","true","12"\n',
        '"source","c","","false","9"\n',
        schema="Bucket, Key, VersionId, IsLatest, Size",
    )

    _, results = run(s3, function, asked)

    assert [(row.key, row.version_id, row.status) for row in results] == [
        ("a%20b", "v1", "succeeded"),
        ("c", r"\N", "failed"),  # "all versions" inventories leave null versions empty (D)
    ]


def test_a_data_file_with_another_md5_fails_the_job(s3: S3Client) -> None:
    asked = inventory(s3, '"source","a"\n', schema="Bucket, Key")
    s3.put_object(Bucket=JOBS, Key="data/1.csv.gz", Body=gzip.compress(b'"source","b"\n'))
    function = Recorder()

    job, _ = run(s3, function, asked)

    assert job["Status"] == "Failed"
    assert "the MD5 of 'data/1.csv.gz'" in job["FailureReasons"][0]["FailureReason"]
    assert function.events == []


def test_an_orc_inventory_is_refused(s3: S3Client) -> None:  # (D)
    asked = inventory(s3, "x", schema="Bucket, Key", fileFormat="ORC")

    job, _ = run(s3, Recorder(), asked)

    assert "'ORC'" in job["FailureReasons"][0]["FailureReason"]


def test_rows_of_two_buckets_run_unless_chosen_otherwise(s3: S3Client) -> None:  # (choice)
    body = "source,a\nother,b\n"

    assert len(run(s3, Recorder(), request(s3, body))[1]) == 2
    job, _ = run(s3, Recorder(), request(s3, body), replace(QUICK, one_bucket=True))

    assert "row 2 is in 'other'" in job["FailureReasons"][0]["FailureReason"]


def test_more_keys_than_a_job_may_have_fail_it(s3: S3Client) -> None:  # (D)
    assert run(s3, Recorder(), request(s3, rows(3)), replace(QUICK, most_tasks=3))[0]["Status"] == (
        "Complete"
    )
    job, _ = run(s3, Recorder(), request(s3, rows(4)), replace(QUICK, most_tasks=3))

    assert job["FailureReasons"][0]["FailureReason"].endswith(
        "contains more keys than the maximum allowed in a single job"
    )


def test_a_version_of_the_manifest_is_read_though_a_newer_one_is_there(s3: S3Client) -> None:
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket="versions", Key="m", Body=b"source,old\n")
    s3.put_object(Bucket="versions", Key="m", Body=b"source,new\n")
    asked = request(s3, rows(1))
    asked["Manifest"]["Location"] = {
        "ObjectArn": "arn:aws:s3:::versions/m",
        "ObjectVersionId": old["VersionId"],
        "ETag": old["ETag"],
    }

    assert [row.key for row in run(s3, Recorder(), asked)[1]] == ["old"]


def test_a_long_key_is_counted_encoded_in_csv_unless_chosen_and_decoded_in_inventories(
    s3: S3Client,
) -> None:  # (choice)
    key = "%E6%9D%B1" * 340
    choices = replace(QUICK, limit_decoded=True)

    job, _ = run(s3, Recorder(), request(s3, f"source,{key}\n"))
    assert "a key of 3060 characters" in job["FailureReasons"][0]["FailureReason"]
    assert run(s3, Recorder(), request(s3, f"source,{key}\n"), choices)[0]["Status"] == "Complete"

    asked = inventory(s3, f'"source","{key}"\n', schema="Bucket, Key")
    assert run(s3, Recorder(), asked)[0]["Status"] == "Complete"
    asked = inventory(s3, f'"source","{"k" * 1025}"\n', schema="Bucket, Key")
    assert run(s3, Recorder(), asked)[0]["Status"] == "Failed"
