"""Completion reports: the bytes of real ones, and reading whatever way round they are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from jobs.formats import report
from jobs.formats.report import BrokenError, File, Result

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TIMED_OUT = (
    'Lambda returned function error: {"errorMessage":"2019-04-05T17:35:21.155Z 2845ca0d'
    ' Task timed out after 3.00 seconds"}'
)
# Rows as the S3 User Guide and AWS's samples show them.
ROWS = {
    b"awsexamplebucket1,image_17775,,succeeded,200,,Copied\r\n": Result(
        "awsexamplebucket1", "image_17775", "", "succeeded", "200", "", "Copied"
    ),
    b"awsexamplebucket1,image_14975,,failed,200,PermanentFailure,"
    b'"Lambda returned function error: {""errorMessage"":""2019-04-05T17:35:21.155Z 2845ca0d'
    b' Task timed out after 3.00 seconds""}"\r\n': Result(
        "awsexamplebucket1", "image_14975", "", "failed", "200", "PermanentFailure", TIMED_OUT
    ),
    b"amzn-s3-demo-source,retag-verify/pct%2520literal.txt,null,succeeded,200,,success\r\n": Result(
        "amzn-s3-demo-source",
        "retag-verify/pct%2520literal.txt",
        "null",
        "succeeded",
        "200",
        "",
        "success",
    ),
    b"source,a,\\N,failed,400,InvalidRequest,Task failed due to missing VersionId\r\n": Result(
        "source",
        "a",
        "\\N",
        "failed",
        "400",
        "InvalidRequest",
        "Task failed due to missing VersionId",
    ),
}
GOLDEN_DOCUMENT = (
    b'{"Format":"Report_CSV_20180820","ReportCreationDate":"2019-04-05T17:48:39.725Z","Results":['
    b'{"TaskExecutionStatus":"succeeded","Bucket":"jobs",'
    b'"MD5Checksum":"83b1c4cbe93fc893f54053697e10fd6e","Key":"p/job-1/results/a.csv"},'
    b'{"TaskExecutionStatus":"failed","Bucket":"jobs",'
    b'"MD5Checksum":"9f0f3e1ef0a5bc0dd1f18a1f7a2b8e1c","Key":"p/job-1/results/b.csv"}],'
    b'"ReportSchema":"Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode,'
    b' ResultMessage"}'
)
FILES = [
    File("succeeded", "jobs", "p/job-1/results/a.csv", "83b1c4cbe93fc893f54053697e10fd6e"),
    File("failed", "jobs", "p/job-1/results/b.csv", "9f0f3e1ef0a5bc0dd1f18a1f7a2b8e1c"),
]


def written(*results: Result) -> bytes:
    file = io.StringIO(newline="")
    report.write(results, file)
    return file.getvalue().encode()


@pytest.mark.parametrize(("line", "result"), ROWS.items(), ids=range(len(ROWS)))
def test_rows_are_written_and_read_byte_for_byte_as_aws_writes_them(
    line: bytes, result: Result
) -> None:
    assert written(result) == line
    assert list(report.read(io.BytesIO(line))) == [result]


def test_columns_in_the_order_of_the_reports_own_schema_are_read_too() -> None:
    rows = list(
        report.read(
            io.BytesIO(b"b,k,,failed,PermanentFailure,200,why\r\nb,k,,succeeded,,200,ok\r\n")
        )
    )

    assert [(row.http_status, row.code) for row in rows] == [
        ("200", "PermanentFailure"),
        ("200", ""),
    ]


def test_a_code_that_looks_like_a_status_stays_where_it_is() -> None:
    (row,) = report.read(io.BytesIO(b"b,k,,failed,404,500,why\r\n"))

    assert (row.http_status, row.code) == ("404", "500")


def test_the_manifest_json_has_the_bytes_that_are_expected_and_is_read_back() -> None:
    assert report.document(FILES, created=1554486519.725) == GOLDEN_DOCUMENT
    assert report.parse(GOLDEN_DOCUMENT) == FILES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"Results": [{"Key": "k"}]}',
        GOLDEN_DOCUMENT.replace(b'"9f0f3e1ef0a5bc0dd1f18a1f7a2b8e1c"', b"null"),
        GOLDEN_DOCUMENT.replace(b"b.csv", b"a.csv"),
        b"[" * 100_000,
    ],
    ids=["empty", "a list", "no status", "no MD5", "one file twice", "deep"],
)
def test_what_is_no_manifest_json_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenError, match=r"no manifest\.json"):
        report.parse(data)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [(None, "job-1"), ("", "job-1"), ("p", "p/job-1"), ("p/", "p//job-1"), ("a/b", "a/b/job-1")],
)
def test_a_prefix_that_ends_in_a_slash_gives_a_double_slash(prefix: str, folder: str) -> None:
    assert report.folder(prefix, "1") == folder
    assert report.manifest_key(prefix, "1") == f"{folder}/manifest.json"


def test_result_files_are_named_by_40_hex_digits_and_never_alike() -> None:
    keys = {
        report.result_key(None, "1", status, part) for status in report.STATUSES for part in (0, 1)
    }

    assert len(keys) == 4
    for key in keys:
        assert key.startswith("job-1/results/")
        assert len(bytes.fromhex(key.removeprefix("job-1/results/").removesuffix(".csv"))) == 20


def test_a_row_of_another_width_is_refused_with_its_number() -> None:
    with pytest.raises(BrokenError, match="Row 2 has 3 columns, not 7"):
        list(report.read(io.BytesIO(b"b,k,,succeeded,200,,ok\r\na,b,c\r\n")))


def test_a_report_in_s3_is_read_by_its_manifest_json(s3: S3Client) -> None:
    lines = list(ROWS)
    for file, line in zip(FILES, lines, strict=False):
        s3.put_object(Bucket="jobs", Key=file.key, Body=line)
    good = [
        File(f.status, f.bucket, f.key, report.md5(line))
        for f, line in zip(FILES, lines, strict=False)
    ]
    s3.put_object(Bucket="jobs", Key="manifest.json", Body=report.document(good, 0.0))

    assert list(report.load(s3, "jobs", "manifest.json")) == [ROWS[lines[0]], ROWS[lines[1]]]


def test_a_file_with_another_md5_is_refused_before_its_first_row(s3: S3Client) -> None:
    s3.put_object(Bucket="jobs", Key=FILES[0].key, Body=b"b,k,,succeeded,200,,ok\r\n")
    s3.put_object(Bucket="jobs", Key="manifest.json", Body=report.document(FILES, 0.0))

    with pytest.raises(BrokenError, match="MD5"):
        next(report.load(s3, "jobs", "manifest.json"))
