"""Section by section, what is known of S3 Batch Operations and how the local service does it.

Each test names the fact: (D) documented by AWS, (O) observed on real jobs, (I) inferred, (choice)
undocumented, a parameter of `jobs.local.engine.choices`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.response import StreamingBody

from job_runs import (
    JOBS,
    QUICK,
    Event,
    Recorder,
    answering,
    report_keys,
    request,
    response,
    rows,
    run,
    s3,
)
from jobs.local.functions.invoke import Answer, LostError, NotInvokedError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.local.engine.choices import Choices

__all__ = ["s3"]

INVENTORY = "S3InventoryReport_CSV_20161130"
VERSIONED = ["Bucket", "Key", "VersionId"]


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


# decode manifest key, re-encode into event; Key in report = raw manifest text (O)
def test_a_key_is_percent_encoded_in_the_manifest_a_form_in_the_event_and_raw_in_the_report(
    s3: S3Client,
) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a%20b%2Bc/pct%2520literal.txt\n"))

    assert function.events[0]["tasks"][0]["s3Key"] == "a+b%2Bc/pct%2520literal.txt"
    assert results[0].key == "a%20b%2Bc/pct%2520literal.txt"


def test_a_bare_plus_is_a_space_unless_chosen_otherwise(s3: S3Client) -> None:  # (choice)
    sent = []
    for choices in (QUICK, replace(QUICK, bare_plus_is_space=False)):
        function = Recorder()
        run(s3, function, request(s3, "source,a+b\n"), choices)
        sent.append(function.events[0]["tasks"][0]["s3Key"])

    assert sent == ["a+b", "a%2Bb"]


def test_whether_the_event_encodes_a_slash_is_chosen(s3: S3Client) -> None:  # (choice)
    function = Recorder()

    run(s3, function, request(s3, "source,a/b\n"), replace(QUICK, event_safe=""))

    assert function.events[0]["tasks"][0]["s3Key"] == "a%2Fb"


# VersionId null in event when absent; echo in report; \N for an empty field (O)
def test_versions_are_echoed_and_an_empty_one_fails_its_task_only(s3: S3Client) -> None:
    function = Recorder()

    job, results = run(
        s3, function, request(s3, "source,a,v1\nsource,b,null\nsource,c,\n", VERSIONED)
    )

    assert sorted(event["tasks"][0]["s3VersionId"] for event in function.events) == ["null", "v1"]
    assert job["Status"] == "Complete"
    assert [row.version_id for row in results] == ["v1", "null", r"\N"]
    missing = results[2]
    assert (missing.http_status, missing.code) == ("400", "InvalidRequest")  # (D)
    assert missing.message == "Task failed due to missing VersionId"


def test_without_a_version_column_the_event_has_null_and_the_report_nothing(s3: S3Client) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a\n"))

    assert function.events[0]["tasks"][0]["s3VersionId"] is None
    assert results[0].version_id == ""


# one task per invocation; the same key may appear twice (O, D)
def test_each_row_is_an_invocation_of_its_own_even_if_a_key_comes_twice(s3: S3Client) -> None:
    function = Recorder()

    _, results = run(s3, function, request(s3, "source,a\nsource,a\n"))

    assert [len(event["tasks"]) for event in function.events] == [1, 1]
    assert len({event["tasks"][0]["taskId"] for event in function.events}) == 2
    assert len({event["invocationId"] for event in function.events}) == 2
    assert len(results) == 2


def test_the_order_of_tasks_can_be_made_unlike_the_manifests(s3: S3Client) -> None:  # (D, choice)
    function = Recorder()

    run(s3, function, request(s3, rows(200)), replace(QUICK, concurrency=1, shuffle_window=100))

    order = [event["tasks"][0]["s3Key"] for event in function.events]
    assert sorted(order) == sorted(f"k{n}" for n in range(200))
    assert order != [f"k{n}" for n in range(200)]


# missing taskId -> treatMissingKeysAs, default TemporaryFailure (D)
def test_an_unanswered_task_is_redriven_by_default(s3: S3Client) -> None:
    invocations: list[Event] = []

    def forget(event: Event) -> bytes:
        invocations.append(event)
        answer = json.loads(response(event, results=[]))
        del answer["treatMissingKeysAs"]
        return json.dumps(answer).encode()

    _, results = run(s3, answering(forget), request(s3, rows(1)))

    assert len(invocations) == 1 + QUICK.redrives
    assert len({event["tasks"][0]["taskId"] for event in invocations}) == 1
    assert (results[0].status, results[0].code) == ("failed", "TemporaryFailure")


def test_an_unanswered_task_succeeds_if_the_response_says_so(s3: S3Client) -> None:
    def forget(event: Event) -> bytes:
        return response(event, results=[], treatMissingKeysAs="Succeeded")

    assert run(s3, answering(forget), request(s3, rows(1)))[1][0].status == "succeeded"


# function error/timeout -> failed,200,PermanentFailure,"Lambda returned function error: ..." (D)
def test_a_timeout_gives_the_bytes_of_the_row_in_the_user_guide(s3: S3Client) -> None:
    payload = (
        b'{"errorMessage":"2019-04-05T17:35:21.155Z 2845ca0d Task timed out after 3.00 seconds"}'
    )

    job, _ = run(s3, lambda *_: Answer(payload, is_function_error=True), request(s3, rows(1)))

    (key,) = [key for key in report_keys(s3, job) if key.endswith(".csv")]
    assert s3.get_object(Bucket=JOBS, Key=key)["Body"].read() == (
        b'source,k0,,failed,200,PermanentFailure,"Lambda returned function error:'
        b' {""errorMessage"":""2019-04-05T17:35:21.155Z 2845ca0d'
        b' Task timed out after 3.00 seconds""}"\r\n'
    )


@pytest.mark.parametrize(("redrives", "calls"), [(0, 1), (2, 3)])
def test_a_function_error_is_tried_again_only_if_chosen(  # (choice)
    s3: S3Client, redrives: int, calls: int
) -> None:
    made: list[Event] = []

    def fail(event: Event) -> Answer:
        made.append(event)
        return Answer(b'{"errorMessage":"boom"}', is_function_error=True)

    choices = replace(QUICK, function_error_redrives=redrives)
    _, results = run(s3, answering(fail), request(s3, rows(1)), choices)

    assert len(made) == calls
    assert results[0].code == "PermanentFailure"


# not JSON -> Invalid JSON returned in Lambda payload: message fixed, codes a choice (D)
@pytest.mark.parametrize("code", ["PermanentFailure", "TemporaryFailure"])
def test_an_answer_that_is_not_json_has_the_documented_message(s3: S3Client, code: Any) -> None:
    choices = replace(QUICK, invalid_response=code)

    _, results = run(s3, lambda *_: Answer(b"<html>"), request(s3, rows(1)), choices)

    assert (results[0].code, results[0].message) == (
        code,
        "Invalid JSON returned in Lambda payload",
    )


# redrive count and delay (choice)
@pytest.mark.parametrize("redrives", [0, 1, 5])
def test_a_temporary_failure_is_redriven_as_often_as_chosen(s3: S3Client, redrives: int) -> None:
    messages: list[str] = []

    def busy(event: Event) -> bytes:
        messages.append(f"try {len(messages) + 1}")
        return response(event, "TemporaryFailure", messages[-1])

    choices = replace(QUICK, redrives=redrives, last_redrive_code="Redriven")
    _, results = run(s3, answering(busy), request(s3, rows(1)), choices)

    assert len(messages) == 1 + redrives
    # the message of the final redrive is in the report (D); its code is a choice
    assert (results[0].code, results[0].message) == ("Redriven", f"try {1 + redrives}")


def test_a_redrive_comes_after_the_other_tasks(s3: S3Client) -> None:
    order: list[str] = []

    def decide(event: Event) -> bytes:
        key = event["tasks"][0]["s3Key"]
        order.append(key)
        return response(
            event, "TemporaryFailure" if order.count(key) == 1 == len(order) else "Succeeded"
        )

    run(s3, answering(decide), request(s3, rows(3)), replace(QUICK, concurrency=1))

    assert order == ["k0", "k1", "k2", "k0"]


# 429 handling (choice)
def test_a_throttled_invocation_is_repeated_and_counts_as_no_redrive(s3: S3Client) -> None:
    calls: list[bytes] = []

    def throttle(_arn: str, payload: bytes) -> Answer:
        calls.append(payload)
        if len(calls) <= QUICK.throttle_retries:
            raise ThrottledError("TooManyRequestsException", "Rate Exceeded.", 429)
        return Answer(response(json.loads(payload)))

    _, results = run(s3, throttle, request(s3, rows(1)), replace(QUICK, redrives=0))

    assert results[0].status == "succeeded"
    assert len(calls) == QUICK.throttle_retries + 1


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500)]
)
def test_an_invocation_that_lambda_never_takes_ends_as_a_row_with_its_answer(
    s3: S3Client, code: str, status: int
) -> None:
    calls: list[object] = []

    def throttle(*call: object) -> Answer:
        calls.append(call)
        raise ThrottledError(code, "Not now.", status)

    choices = replace(QUICK, redrives=1, throttle_retries=1)
    _, results = run(s3, throttle, request(s3, rows(1)), choices)

    assert len(calls) == 4
    assert results[0][3:] == ("failed", str(status), code, "Not now.")


@pytest.mark.parametrize(("code", "calls"), [("TemporaryFailure", 2), ("PermanentFailure", 1)])
def test_a_lost_answer_is_redriven_or_fails_as_chosen(  # (choice)
    s3: S3Client, code: Any, calls: int
) -> None:
    made: list[object] = []

    def lose(*call: object) -> Answer:
        made.append(call)
        raise LostError("ReadTimeoutError", "Read timeout.", 504)

    choices = replace(QUICK, redrives=1, lost_answer=code)
    _, results = run(s3, lose, request(s3, rows(1)), choices)

    assert len(made) == calls
    assert results[0][3:] == ("failed", "504", "ReadTimeoutError", "Read timeout.")


# Job role lacks lambda:InvokeFunction: tasks fail, not CreateJob (I)
def test_a_refused_invocation_fails_its_task_with_the_code_of_lambda(s3: S3Client) -> None:
    def deny(*_: object) -> Answer:
        raise NotInvokedError("AccessDeniedException", "not authorized", 403)

    job, results = run(s3, deny, request(s3, rows(1)))

    assert job["Status"] == "Complete"
    assert results[0][3:] == ("failed", "403", "AccessDeniedException", "not authorized")


# threshold: run >= 1000 and failed/run > 0.5 -> Failing -> Failed, report still written (D)
def failing_from(start: int) -> Any:
    def decide(event: Event) -> bytes:
        number = int(event["tasks"][0]["s3Key"][1:])
        return response(event, "PermanentFailure" if number >= start else "Succeeded", "x")

    return answering(decide)


@pytest.mark.parametrize(
    ("total", "start", "status", "ran"),
    [
        pytest.param(999, 0, "Complete", 999, id="below 1,000 tasks all may fail"),
        pytest.param(1000, 500, "Complete", 1000, id="50 % is not above 50 %"),
        pytest.param(1200, 499, "Failed", 1000, id="501 of 1,000"),
        pytest.param(1200, 500, "Failed", 1001, id="501 of 1,001"),
        pytest.param(1000, 499, "Failed", 1000, id="found at the very last task"),
    ],
)
def test_a_job_fails_once_more_than_half_of_1000_tasks_failed(
    s3: S3Client, total: int, start: int, status: str, ran: int
) -> None:
    job, results = run(
        s3, failing_from(start), request(s3, rows(total)), replace(QUICK, concurrency=1)
    )

    assert job["Status"] == status
    assert bool(job["FailureReasons"]) == (status == "Failed")
    assert len(results) == ran


def test_the_threshold_counts_final_outcomes_unless_chosen_otherwise(s3: S3Client) -> None:
    def busy_once(seen: set[str]) -> Any:
        def decide(event: Event) -> bytes:
            key = event["tasks"][0]["s3Key"]
            code = "Succeeded" if key in seen else "TemporaryFailure"
            seen.add(key)
            return response(event, code)

        return answering(decide)

    final = run(s3, busy_once(set()), request(s3, rows(1000)))[0]
    counted: Choices = replace(QUICK, threshold_counts="all")
    every = run(s3, busy_once(set()), request(s3, rows(1000)), counted)[0]

    assert (final["Status"], every["Status"]) == ("Complete", "Failed")


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


# cut resultString at 1,024 (choice)
def test_a_result_string_is_cut_where_chosen(s3: S3Client) -> None:
    long = answering(lambda event: response(event, text="x" * 2000))

    assert len(run(s3, long, request(s3, rows(1)))[1][0].message) == 1024
    chosen = replace(QUICK, message_limit=2000)
    assert len(run(s3, long, request(s3, rows(1)), chosen)[1][0].message) == 2000


# inventory manifests: manifest.json, gzip CSV, checksums (D, O)
def inventory(s3: S3Client, *parts: str, schema: str, **changes: Any) -> dict[str, Any]:
    files = []
    for number, part in enumerate(parts):
        data = gzip.compress(part.encode())
        s3.put_object(Bucket=JOBS, Key=f"data/{number}.csv.gz", Body=data)
        digest = hashlib.md5(data).hexdigest()  # noqa: S324 - as AWS does
        files.append({"key": f"data/{number}.csv.gz", "size": len(data), "MD5checksum": digest})
    whole = {
        "sourceBucket": "source",
        "destinationBucket": f"arn:aws:s3:::{JOBS}",
        "version": "2016-11-30",
        "creationTimestamp": "1514944800000",
        "fileFormat": "CSV",
        "fileSchema": schema,
        "files": files,
    } | changes
    return request(s3, json.dumps(whole), form=INVENTORY)


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
    s3.put_object(Bucket=JOBS, Key="data/0.csv.gz", Body=gzip.compress(b'"source","b"\n'))
    function = Recorder()

    job, _ = run(s3, function, asked)

    assert job["Status"] == "Failed"
    assert "the MD5 of 'data/0.csv.gz'" in job["FailureReasons"][0]["FailureReason"]
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
