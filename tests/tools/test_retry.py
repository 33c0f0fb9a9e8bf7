"""retry: which rows, byte for byte, and the job that runs them."""

from __future__ import annotations

import csv
import gzip
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

import inventories
import report_files
from ended_jobs import ARGUMENTS, FUNCTION, JSON_ROW, lines, names, put_manifest, rename, run
from report_files import done, failed

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client


@pytest.fixture
def version(lambda_stub: Stubber) -> None:
    """Version 14 is still there."""
    answer = {"Version": "14", "Environment": {"Variables": {"OPERATION": "rename"}}}
    lambda_stub.add_response("get_function_configuration", answer)


@pytest.mark.usefixtures("job")
def test_failed_rows_are_written_byte_for_byte(s3: S3Client, tmp_path: Path) -> None:
    rows = [done("a%20b"), failed(JSON_ROW, "no"), failed("%C3%A9%2Bc", "no way"), done("d")]
    report_files.in_s3(s3, rows)
    code, told, _ = run("retry", "7c1fa2")
    assert code == 0
    assert told == (
        "job 7c1fa2b0: 2 failed. retry-7c1fa2b0.csv: 2 rows, checked.   Next: python -m jobs "
        "submit retry-7c1fa2b0.csv --like 7c1fa2b0\n"
    )
    assert lines(tmp_path / "retry-7c1fa2b0.csv") == sorted(
        [f"photos,{JSON_ROW}", "photos,%C3%A9%2Bc"]
    )
    assert names(tmp_path) == ["retry-7c1fa2b0.csv"]


@pytest.mark.usefixtures("job")
def test_the_rows_of_one_cause_are_retried(s3: S3Client, tmp_path: Path) -> None:
    rows = [failed("a%20b", "no"), failed("d", "no"), failed(JSON_ROW, "x is archived: restore")]
    report_files.in_s3(s3, rows)
    run("retry", "7c1fa2", "--cause", "C2", "-o", "r.csv")
    assert lines(tmp_path / "r.csv") == [f"photos,{JSON_ROW}"]
    code, _, said = run("retry", "7c1fa2", "--cause", "C7")
    assert (code, said) == (2, "Error: There is no cause 'C7': there are C1, C2.\n")


def test_versions_are_kept(s3: S3Client, job: dict[str, Any], tmp_path: Path) -> None:
    put_manifest(s3, job, "photos,a,v1\nphotos,a,v2\nphotos,b,null\n", versions=True)
    rows = [failed("a", version="v1"), done("a", version="v2"), failed("b", version="null")]
    report_files.in_s3(s3, rows)
    code, told, _ = run("retry", "7c1fa2")
    assert code == 0
    assert told.endswith("jobs submit retry-7c1fa2b0.csv --versioned --like 7c1fa2b0\n")
    assert lines(tmp_path / "retry-7c1fa2b0.csv") == ["photos,a,v1", "photos,b,null"]


@pytest.mark.usefixtures("job")
def test_a_file_that_is_there_is_not_replaced(s3: S3Client, tmp_path: Path) -> None:
    report_files.in_s3(s3, [failed("d")])
    (tmp_path / "retry-7c1fa2b0.csv").write_text("mine")
    code, _, said = run("retry", "7c1fa2")
    assert code == 2
    assert said == (
        "Error: 'retry-7c1fa2b0.csv' exists: give another name, or --force to replace it.\n"
    )
    assert run("retry", "7c1fa2", "--force")[0] == 0


def test_rows_that_would_not_pass_check_are_not_written(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    in_place = {"operation": "rename", "destinationBucket": "photos"}
    job["Operation"]["LambdaInvoke"]["UserArguments"] |= in_place
    swap = [quote(json.dumps({"origKey": a, "newKey": b})) for a, b in (("x", "y"), ("y", "x"))]
    put_manifest(s3, job, "".join(f"photos,{key}\n" for key in swap))
    report_files.in_s3(s3, [failed(key) for key in swap])
    code, _, said = run("retry", "7c1fa2")
    assert code == 2
    assert said.startswith("Error: The rows do not pass check: E20 swap or ring in 2 of 2 rows;")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("no/such/r.csv", "'no/such' is no folder: make it, or give another name."),
        ("folder", "'folder' is a folder: give the name of a file."),
        (os.devnull, f"{os.devnull!r} is a pipe or device: give the name of a file."),
    ],
)
@pytest.mark.usefixtures("job")
def test_a_place_where_no_file_can_be_is_said_before_the_report_is_fetched(
    tmp_path: Path, given: str, sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    assert run("retry", "7c1fa2", "--force", "-o", given) == (2, "", f"Error: {sentence}\n")


@pytest.mark.usefixtures("job", "version")
def test_a_job_like_the_first_one_is_created_and_waits(
    s3: S3Client, s3control_stub: Stubber
) -> None:
    report_files.in_s3(s3, [failed("d")])
    s3control_stub.add_response("get_job_tagging", {"Tags": [{"Key": "team", "Value": "x"}]})
    s3control_stub.add_response("list_jobs", {"Jobs": []})
    asked: dict[str, Any] = {}
    s3control_stub.client.meta.events.register(
        "provide-client-params.s3-control.CreateJob", lambda params, **_: asked.update(params)
    )
    s3control_stub.add_response("create_job", {"JobId": "8aaaaaaa-1"})
    code, told, said = run("retry", "7c1fa2", "--submit", "--yes", "--stack-name", "copies")
    assert code == 0, said
    assert told == (
        "Job 8aaaaaaa-1 is created and waits for confirmation.   Next: python -m jobs confirm "
        "8aaaaaaa --stack-name copies\n"
    )
    assert "copy of 1 object\n" in said
    assert "cost      about US$ 0.25 at 100 ms a task" in said
    assert asked["ConfirmationRequired"] is True
    assert asked["Priority"] == 7
    assert {"Key": "team", "Value": "x"} in asked["Tags"]
    assert {"Key": "Application", "Value": "copies"} in asked["Tags"], "which the policies ask for"
    assert asked["Description"].startswith("retry of 7c1fa2b0, 1 row [")
    invoke = asked["Operation"]["LambdaInvoke"]
    assert invoke["FunctionArn"] == f"{FUNCTION}:14"
    assert invoke["UserArguments"] == ARGUMENTS
    assert asked["Report"]["Prefix"] == "reports"
    key = asked["Manifest"]["Location"]["ObjectArn"].partition(":::jobs/")[2]
    assert s3.get_object(Bucket="jobs", Key=key)["Body"].read() == b"photos,d\n"


@pytest.mark.usefixtures("job")
def test_a_manifest_whose_rows_all_failed_again_is_a_further_job_and_not_the_old_one(
    s3: S3Client, s3control_stub: Stubber, lambda_stub: Stubber
) -> None:
    """Its manifest is that of the first job, byte for byte: the same work by its mark."""
    report_files.in_s3(s3, [failed("d")])
    for _ in range(2):
        lambda_stub.add_response("get_function_configuration", {"Version": "14"})
    s3control_stub.add_response("get_job_tagging", {"Tags": []})
    marks: list[str] = []
    tokens: list[str] = []

    def note(params: dict[str, Any], **_: object) -> None:
        marks.append(params["Description"][-14:])
        tokens.append(params["ClientRequestToken"])

    events, name = s3control_stub.client.meta.events, "provide-client-params.s3-control.CreateJob"
    events.register(name, note)
    s3control_stub.add_response("list_jobs", {"Jobs": []})
    s3control_stub.add_response("create_job", {"JobId": "8aaaaaaa-1"})
    assert run("retry", "7c1fa2", "--submit", "--yes")[0] == 0
    ended = {
        "JobId": "8aaaaaaa-1",
        "Status": "Complete",
        "Description": f"retry {marks[0]}",
        "CreationTime": datetime(2026, 11, 25, tzinfo=UTC),
    }
    s3control_stub.add_response("get_job_tagging", {"Tags": []})
    s3control_stub.add_response("list_jobs", {"Jobs": [ended]})
    s3control_stub.add_response("create_job", {"JobId": "8bbbbbbb-1"})
    code, told, said = run("retry", "7c1fa2", "--submit", "--yes")
    events.unregister(name, note)  # the client serves other tests, too
    assert (code, told[:14]) == (0, "Job 8bbbbbbb-1"), said
    assert (
        "\nJob 8aaaaaaa of the same work is Complete already, and this makes a further one: "
        "python -m jobs report 8aaaaaaa says what came of it.\n"
    ) in said
    assert (marks[0] == marks[1], tokens[0] == tokens[1]) == (True, False)


@pytest.mark.usefixtures("version")
def test_a_rename_is_not_created_unless_somebody_agrees(
    s3: S3Client, job: dict[str, Any], s3control_stub: Stubber
) -> None:
    rename(job)
    report_files.in_s3(s3, [failed("d")])
    s3control_stub.add_response("get_job_tagging", {"Tags": []})
    for _ in range(2):  # a job of the same work, and another one that runs
        s3control_stub.add_response("list_jobs", {"Jobs": []})
    code, _, said = run("retry", "7c1fa2", "--submit")
    assert code == 2
    assert said.endswith(
        "This would rename 1 object and nobody is there to confirm it: add --yes.\n"
    )


@pytest.mark.usefixtures("job")
def test_without_the_tags_of_the_job_none_like_it_is_made(
    s3: S3Client, s3control_stub: Stubber
) -> None:
    report_files.in_s3(s3, [failed("d")])
    s3control_stub.add_client_error("get_job_tagging", "AccessDenied")
    code, _, said = run("retry", "7c1fa2", "--submit")
    assert code == 2
    assert "allow s3:GetJobTagging" in said


def test_a_key_that_no_csv_manifest_takes_is_left_out_and_listed(
    s3: S3Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """In an inventory the decoded key counts: S3 ran such rows, and its report names them."""
    long = "%C3%A9" * 400  # 800 bytes of UTF-8, 2,400 characters encoded
    put_inventory(s3, job, ["a", long, "d"])
    report_files.in_s3(s3, [failed("a"), failed(long), done("d")])
    code, told, said = run("retry", "7c1fa2")
    assert (code, lines(tmp_path / "retry-7c1fa2b0.csv")) == (0, ["photos,a"])
    assert "2 failed. retry-7c1fa2b0.csv: 1 row, checked." in told
    assert said.startswith("left out 1: the key has over 1,024 characters, encoded, as only one ")
    with (tmp_path / "retry-7c1fa2b0.left-out.csv").open(newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == [long]
    report_files.in_s3(s3, [done("a"), failed(long), done("d")])
    code, told, _ = run("retry", "7c1fa2", "--force")
    assert (code, told) == (0, "job 7c1fa2b0: no row is left that a CSV manifest takes.\n")


def put_inventory(s3: S3Client, job: dict[str, Any], keys: list[str]) -> None:
    etag = inventories.put(
        s3, gzip.compress("".join(f'"photos","{key}"\n' for key in keys).encode())
    )
    place = {"ObjectArn": f"arn:aws:s3:::jobs/{inventories.KEY}", "ETag": etag}
    job["Manifest"] = {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": place}
