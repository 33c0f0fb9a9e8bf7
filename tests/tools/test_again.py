"""retry, resume and undo: which rows, byte for byte, and the job that runs them."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote

import boto3
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from samcli.cli.types import CfnParameterOverridesType

import report_files
from jobs import __main__ as main
from jobs import where, which_job
from jobs.again import rights, undo, undoing
from jobs.errors import Refused
from jobs.formats import manifest, tables
from jobs.project import rule
from jobs.report import reconcile
from jobs.submit import likeness
from jobs.submit.options import Wish
from jobs.submit.request import Job, Manifest
from jobs.where import Place
from report_files import JOB_ID, done, failed
from s3batch import protocol
from s3copy import messages
from s3copy.values import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients
    from jobs.formats.report import Result

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"
JSON_ROW = quote(json.dumps({"origKey": "b", "newKey": "new b"}), safe="/")
MANIFEST = f"photos,a%20b\nphotos,{JSON_ROW}\nphotos,%C3%A9%2Bc\nphotos,d\n"

ARGUMENTS = {
    "operation": "copy",
    "overwrite": "never",
    "destinationBucket": "copies",
    "mine": "1",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files are written where the person is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="jobs")
        client.create_bucket(Bucket="photos")
        yield client


@pytest.fixture
def version(lambda_stub: Stubber) -> None:
    """Version 14 is still there."""
    answer = {"Version": "14", "Environment": {"Variables": {"OPERATION": "rename"}}}
    lambda_stub.add_response("get_function_configuration", answer)


@pytest.fixture
def job(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The job that every name means; a test may change it."""
    found: dict[str, Any] = {
        "JobId": JOB_ID,
        "Status": "Complete",
        "Priority": 7,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "CreationTime": datetime(2026, 11, 25, 15, 2, tzinfo=UTC),
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": f"{FUNCTION}:14",
                "InvocationSchemaVersion": "2.0",
                "UserArguments": dict(ARGUMENTS),
            }
        },
        "Report": {
            "Enabled": True,
            "Bucket": "arn:aws:s3:::jobs",
            "Prefix": "reports",
            "ReportScope": "AllTasks",
        },
    }
    with_s3 = type(clients)(clients.cloudformation, clients.lambda_, s3, clients.s3control)
    monkeypatch.setattr(where, "place", lambda _: Place(with_s3, ACCOUNT, FUNCTION))
    monkeypatch.setattr(which_job, "find", lambda *_: found)
    put_manifest(s3, found, MANIFEST)
    return found


def put_manifest(s3: S3Client, job: dict[str, Any], text: str, *, versions: bool = False) -> None:
    etag = s3.put_object(Bucket="jobs", Key="manifests/m.csv", Body=text.encode())["ETag"]
    fields = ["Bucket", "Key", *(["VersionId"] if versions else [])]
    job["Manifest"] = {
        "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": fields},
        "Location": {"ObjectArn": "arn:aws:s3:::jobs/manifests/m.csv", "ETag": etag.strip('"')},
    }


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner(mix_stderr=False).invoke(main.cli, words)
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lines(path: Path) -> list[str]:
    return sorted(path.read_text("utf-8").splitlines())


@pytest.mark.usefixtures("job")
def test_failed_rows_are_written_byte_for_byte(s3: S3Client, here: Path) -> None:
    rows = [done("a%20b"), failed(JSON_ROW, "no"), failed("%C3%A9%2Bc", "no way"), done("d")]
    report_files.in_s3(s3, rows)
    code, told, _ = run("retry", "7c1fa2")
    assert code == 0
    assert told == (
        "job 7c1fa2b0: 2 failed. retry-7c1fa2b0.csv: 2 rows, checked.   Next: python -m jobs "
        "submit retry-7c1fa2b0.csv --like 7c1fa2b0\n"
    )
    assert lines(here / "retry-7c1fa2b0.csv") == sorted([f"photos,{JSON_ROW}", "photos,%C3%A9%2Bc"])
    assert names(here) == ["retry-7c1fa2b0.csv"]


@pytest.mark.usefixtures("job")
def test_the_rows_of_one_cause_are_retried(s3: S3Client, here: Path) -> None:
    rows = [failed("a%20b", "no"), failed("d", "no"), failed(JSON_ROW, "x is archived: restore")]
    report_files.in_s3(s3, rows)
    run("retry", "7c1fa2", "--cause", "C2", "-o", "r.csv")
    assert lines(here / "r.csv") == [f"photos,{JSON_ROW}"]
    code, _, said = run("retry", "7c1fa2", "--cause", "C7")
    assert (code, said) == (2, "Error: There is no cause 'C7': there are C1, C2.\n")


def test_versions_are_kept(s3: S3Client, job: dict[str, Any], here: Path) -> None:
    put_manifest(s3, job, "photos,a,v1\nphotos,a,v2\nphotos,b,null\n", versions=True)
    rows = [failed("a", version="v1"), done("a", version="v2"), failed("b", version="null")]
    report_files.in_s3(s3, rows)
    code, told, _ = run("retry", "7c1fa2")
    assert code == 0
    assert told.endswith("jobs submit retry-7c1fa2b0.csv --versioned --like 7c1fa2b0\n")
    assert lines(here / "retry-7c1fa2b0.csv") == ["photos,a,v1", "photos,b,null"]


@pytest.mark.parametrize("verb", ["retry", "resume"])
@pytest.mark.usefixtures("job")
def test_where_nothing_is_left_nothing_is_written(s3: S3Client, here: Path, verb: str) -> None:
    report_files.in_s3(s3, [done(key) for key in ("a%20b", JSON_ROW, "%C3%A9%2Bc", "d")])
    code, told, _ = run(verb, "7c1fa2")
    assert code == 0
    assert f"there is nothing to {verb}" in told
    assert names(here) == []


@pytest.mark.parametrize("with_failed", [False, True])
def test_a_cancelled_job_goes_on_with_the_rest(
    s3: S3Client, job: dict[str, Any], here: Path, with_failed: bool
) -> None:
    job["Status"] = "Cancelled"
    report_files.in_s3(s3, [done("a%20b"), failed("d")])
    _, told, _ = run("resume", "7c1fa2", *(["--failed"] if with_failed else []))
    assert told.startswith(
        "job 7c1fa2b0 was Cancelled: 2 of 4 answered (1 failed). resume-7c1fa2b0.csv: "
    )
    rest = [f"photos,{JSON_ROW}", "photos,%C3%A9%2Bc"]
    assert lines(here / "resume-7c1fa2b0.csv") == sorted(
        [*rest, *(["photos,d"] if with_failed else [])]
    )


def test_a_job_that_failed_before_its_first_task_goes_on_with_all_rows(
    job: dict[str, Any], here: Path
) -> None:
    job |= {"Status": "Failed", "ProgressSummary": {}}
    assert run("resume", "7c1fa2")[0] == 0
    assert lines(here / "resume-7c1fa2b0.csv") == sorted(MANIFEST.splitlines())


@pytest.mark.parametrize(
    ("change", "rows", "sentence"),
    [
        (
            {"Report": {"Enabled": True, "Bucket": ":::jobs", "ReportScope": "FailedTasksOnly"}},
            None,
            "lists no successes, so what is left is unknown",
        ),
        ({"Status": "Active"}, None, "its report comes when it has ended; python -m jobs watch"),
        ({}, [done("other")], "answers 1 rows that the manifest of job 7c1fa2b0 does not have"),
        ({"Report": {"Enabled": False}}, None, "was submitted without a report"),
        ({"ProgressSummary": {"NumberOfTasksSucceeded": 1}}, [], "it may come late"),
    ],
    ids=["failed only", "running", "of another manifest", "no report asked", "late"],
)
def test_what_is_not_known_is_not_resumed(  # noqa: PLR0913, PLR0917 - what the table holds
    s3: S3Client,
    job: dict[str, Any],
    here: Path,
    change: dict[str, Any],
    rows: list[Result] | None,
    sentence: str,
) -> None:
    job.update({"Status": "Cancelled"} | change)
    if "FailedTasksOnly" in str(change):
        job["Report"]["Bucket"] = "arn:aws:s3:::jobs"
        job["Report"]["Prefix"] = "reports"
    if rows != []:
        report_files.in_s3(s3, rows or [failed("d")])
    code, told, said = run("resume", "7c1fa2")
    assert (code, told) == (2, "")
    assert sentence in said
    assert names(here) == []


@pytest.mark.parametrize("verb", ["retry", "resume", "undo"])
def test_a_manifest_that_was_replaced_is_refused(
    s3: S3Client, job: dict[str, Any], verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    job["Operation"]["LambdaInvoke"]["UserArguments"]["operation"] = "rename"
    report_files.in_s3(s3, [failed("d")])
    s3.put_object(Bucket="jobs", Key="manifests/m.csv", Body=b"photos,d\n")
    code, _, said = run(verb, "7c1fa2")
    assert code == 2
    assert "is gone or was replaced since: its rows are not known any more." in said


@pytest.mark.usefixtures("job")
def test_a_file_that_is_there_is_not_replaced(s3: S3Client, here: Path) -> None:
    report_files.in_s3(s3, [failed("d")])
    (here / "retry-7c1fa2b0.csv").write_text("mine")
    code, _, said = run("retry", "7c1fa2")
    assert code == 2
    assert said == (
        "Error: 'retry-7c1fa2b0.csv' exists: give another name, or --force to replace it.\n"
    )
    assert run("retry", "7c1fa2", "--force")[0] == 0


def test_rows_that_would_not_pass_check_are_not_written(
    s3: S3Client, job: dict[str, Any], here: Path
) -> None:
    in_place = {"operation": "rename", "destinationBucket": "photos"}
    job["Operation"]["LambdaInvoke"]["UserArguments"] |= in_place
    swap = [quote(json.dumps({"origKey": a, "newKey": b})) for a, b in (("x", "y"), ("y", "x"))]
    put_manifest(s3, job, "".join(f"photos,{key}\n" for key in swap))
    report_files.in_s3(s3, [failed(key) for key in swap])
    code, _, said = run("retry", "7c1fa2")
    assert code == 2
    assert said.startswith("Error: The rows do not pass check: E20 swap or ring in 2 of 2 rows;")
    assert names(here) == []


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


@pytest.mark.parametrize(("verb", "is_known"), [("retry", True), ("retry", False), ("undo", False)])
def test_the_latest_version_writes_where_the_job_did(  # noqa: PLR0913, PLR0917 - fixtures
    s3: S3Client,
    job: dict[str, Any],
    s3control_stub: Stubber,
    lambda_stub: Stubber,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    is_known: bool,
) -> None:
    """A job records no empty values; what is deployed now may have others in their places.

    Where what is deployed may not be read, what the job's own version had was not known either; of
    a way back the report says it.
    """
    in_place = {"operation": "rename", "overwrite": "never"}
    job["Operation"]["LambdaInvoke"]["UserArguments"] = in_place
    row = quote(json.dumps({"origKey": "a", "newKey": "b"}), safe="/")
    put_manifest(s3, job, f"photos,{row}\nphotos,{row}\n")
    report_files.in_s3(s3, [failed(row), done(row, "Renamed to s3://photos/b")])
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    latest = SimpleNamespace(function_arn=f"{FUNCTION}:15")
    monkeypatch.setattr(where, "find", lambda *_: latest)
    deployed = {"OPERATION": "rename", "DESTINATION_BUCKET": "x", "DESTINATION_PREFIX": "new/"}
    answer = {"Version": "15", "Environment": {"Variables": deployed}}
    if is_known:
        lambda_stub.add_response("get_function_configuration", answer)
    else:
        lambda_stub.add_client_error("get_function_configuration", "AccessDeniedException")
    s3control_stub.add_response("get_job_tagging", {"Tags": []})
    s3control_stub.add_response("list_jobs", {"Jobs": []})
    asked: dict[str, Any] = {}
    events, name = s3control_stub.client.meta.events, "provide-client-params.s3-control.CreateJob"
    note = lambda params, **_: asked.update(params)  # noqa: E731
    events.register(name, note)
    s3control_stub.add_response("create_job", {"JobId": "8aaaaaaa-1"})
    code, _, said = run(verb, "7c1fa2", "--submit", "--yes", "--latest")
    events.unregister(name, note)
    assert code == 0, said
    has_proof = is_known or verb == "undo"
    assert not has_proof or "to  s3://photos/\n" in said
    here = {"destinationBucket": "", "destinationPrefix": ""} if has_proof else {}
    assert asked["Operation"]["LambdaInvoke"]["UserArguments"] == in_place | here
    assert asked["Operation"]["LambdaInvoke"]["FunctionArn"] == latest.function_arn


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
    words = ("retry", "7c1fa2", "--submit", "--yes", "--force")
    code, told, said = run(*words)
    events.unregister(name, note)  # the client serves other tests, too
    assert (code, told[:14]) == (0, "Job 8bbbbbbb-1"), said
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


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    asked=st.lists(st.sampled_from("abcde"), min_size=1, max_size=12),
    answered=st.lists(st.sampled_from("abcde"), max_size=12),
)
def test_what_is_left_and_what_was_answered_are_the_manifest(
    tmp_path_factory: pytest.TempPathFactory, asked: list[str], answered: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    answered = list((Counter(answered) & Counter(asked)).elements())
    (folder / "m.csv").write_text("".join(f"photos,{key}\n" for key in asked))
    rows = [done(key) for key in answered] or [done("z")]
    report = report_files.in_folder(folder / "r", rows)
    with tables.connect(folder) as connection:
        tables.manifest(connection, [folder / "m.csv"], ["Bucket", "Key"])
        tables.report(connection, list((report / "results").iterdir()))
        reconcile.compare(connection)
        from jobs.again.rows import NEVER  # noqa: PLC0415 - beside what it is about

        left = [key for _, key, _ in connection.execute(NEVER).fetchall()]
    assert Counter(left) + Counter(answered) == Counter(asked)


# A message as src/s3copy writes it: it must be known by its place.
ALREADY = messages.already_renamed(
    cast("Any", SimpleNamespace(target=Target("photos", "out/d"))), "3sL4"
)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Renamed to s3://photos/out/a b", None),
        ("Renamed to s3://photos/out/a b (version 3sL4)", None),
        ("Renamed to s3://photos/out/a b, without its 2 tags", None),
        ("Renamed to s3://photos/out/a b, an identical copy was there already", "merged"),
        ("Renamed to s3://photos/out/a b2", "differs"),
        ("Renamed to s3://photos/out/a b (1)", "differs"),
        ("Renamed to s3://photos/out/a b, c", "differs"),
        ("Renamed to s3://photos/out/a", "differs"),
        ("Renamed to s3://other/out/a b", "differs"),
        (f"{undoing.ALREADY}s3://photos/out/a b", "already"),
        ("Copied to s3://photos/out/a b", "unknown"),
        ("renamed", "unknown"),
        (protocol.one_line(f"Renamed to s3://photos/out/a b{'x' * 1024}"), "cut"),
    ],
)
def test_only_a_rename_that_the_report_proves_is_taken_back(
    tmp_path: Path, message: str, reason: str | None
) -> None:
    report = report_files.in_folder(tmp_path / "r", [done("a%20b", message)])
    with tables.connect(tmp_path) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        plan = undoing.prepare(connection, {"destinationPrefix": "out/"}, tmp_path, already=False)
        rows = connection.execute(undoing.manifest_query()).fetchall()
    assert plan.left_out == ({reason: 1} if reason else {})
    assert [(bucket, json.loads(unquote(key))) for bucket, key, _ in rows] == (
        [] if reason else [("photos", {"origKey": "out/a b", "newKey": "a b"})]
    )


@pytest.mark.parametrize("key", ["{}", '{"newKey": "x"}', "{a", '{"origKey": 1'])
def test_a_key_that_looks_like_json_is_a_key_as_for_the_function(tmp_path: Path, key: str) -> None:
    rows = [done(quote(key, safe="/"), f"Renamed to s3://photos/out/{key}")]
    report = report_files.in_folder(tmp_path / "r", rows)
    with tables.connect(tmp_path) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        undoing.prepare(connection, {"destinationPrefix": "out/"}, tmp_path, already=False)
        [(_, text, _)] = connection.execute(undoing.manifest_query()).fetchall()
    assert json.loads(unquote(text)) == {"origKey": f"out/{key}", "newKey": key}


def test_a_row_that_no_manifest_takes_is_left_out_alone(tmp_path: Path) -> None:
    """Both names, encoded, may be too long for one: the other rows go back all the same."""
    keys = ("a", "x" * 485, "x" * 495, "é" * 60, "写" * 60)
    rows = [done(quote(name), f"Renamed to s3://photos/p/{name}") for name in keys]
    report = report_files.in_folder(tmp_path / "r", rows)
    with tables.connect(tmp_path) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        plan = undoing.prepare(connection, {"destinationPrefix": "p/"}, tmp_path, already=False)
        lengths = [
            len(key) for _, key, _ in connection.execute(undoing.manifest_query()).fetchall()
        ]
    assert (plan.rows, plan.left_out) == (3, {"long": 2})
    assert max(lengths) <= manifest.KEY_LIMIT


@pytest.mark.parametrize(
    ("row", "arguments", "place", "back"),
    [
        (
            {"origKey": "k", "newKey": "n/é\n1\u2028\x852"},
            {},
            "photos/n/é 1  2",
            ("photos", {"origKey": "n/é\n1\u2028\x852", "newKey": "k"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": "others"},
            {"destinationBucket": "copies"},
            "others/n",
            ("others", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": "photos"},
            {"destinationBucket": "copies"},
            "photos/n",
            ("photos", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k", "newKey": "n", "newBucket": ""},
            {"destinationBucket": "copies"},
            "photos/n",
            ("photos", {"origKey": "n", "newKey": "k", "newBucket": "photos"}),
        ),
        (
            {"origKey": "k"},
            {"destinationBucket": "copies", "destinationPrefix": "p/"},
            "copies/p/k",
            ("copies", {"origKey": "p/k", "newKey": "k", "newBucket": "photos"}),
        ),
    ],
    ids=["named in the row", "bucket in the row", "own bucket", "empty bucket", "by the rule"],
)
def test_the_way_back_names_the_old_place(
    tmp_path: Path,
    row: dict[str, str],
    arguments: dict[str, str],
    place: str,
    back: tuple[str, dict[str, str]],
) -> None:
    key = quote(json.dumps(row), safe="/")
    report = report_files.in_folder(tmp_path / "r", [done(key, f"Renamed to s3://{place}")])
    with tables.connect(tmp_path) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        undoing.prepare(connection, arguments, tmp_path, already=False)
        [(bucket, text, _)] = connection.execute(undoing.manifest_query()).fetchall()
    assert (bucket, json.loads(unquote(text))) == back
    assert text == quote(json.dumps(back[1], ensure_ascii=False, separators=(",", ":")), safe="/")


def test_a_rule_of_the_authors_own_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = rule.Rule(is_prefix=False, call=lambda key, prefix: f"{prefix}{key.upper()}")
    monkeypatch.setattr(rule, "load", lambda: own)
    rows = [done("a", "Renamed to s3://photos/p/A"), done("b", "Renamed to s3://photos/p/b")]
    report = report_files.in_folder(tmp_path / "r", rows)
    with tables.connect(tmp_path) as connection:
        tables.report(connection, list((report / "results").iterdir()))
        plan = undoing.prepare(connection, {"destinationPrefix": "p/"}, tmp_path, already=False)
    assert (plan.rows, plan.left_out) == (1, {"differs": 1})


def rename(job: dict[str, Any]) -> None:
    arguments = {"operation": "rename", "overwrite": "always", "destinationPrefix": "out/"}
    job["Operation"]["LambdaInvoke"]["UserArguments"] = arguments


def test_undo_writes_checked_rows_and_lists_what_it_leaves_out(
    s3: S3Client, job: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(job)
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    rows = [
        done("a%20b", "Renamed to s3://photos/out/a b"),
        done(JSON_ROW, "Renamed to s3://photos/new b"),
        done("d", ALREADY),
        failed("%C3%A9%2Bc"),
    ]
    report_files.in_s3(s3, rows)
    code, told, said = run("undo", "7c1fa2")
    assert code == 0
    assert told.startswith("job 7c1fa2b0: 2 of 3 renames. undo-7c1fa2b0.csv: 2 rows, checked.")
    assert "left out 1: an earlier delivery or job renamed it" in said
    with (here / "undo-7c1fa2b0.left-out.csv").open(newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["d"]
    assert len(lines(here / "undo-7c1fa2b0.csv")) == 2
    _, told, _ = run("undo", "7c1fa2", "--already", "-o", "all.csv")
    assert told.startswith("job 7c1fa2b0: 3 of 3")
    following = "Next: python -m jobs undo 7c1fa2b0 -o all.csv --already --force --submit"
    assert told.rstrip().endswith(following), "the same rows"


def test_objects_of_several_buckets_are_taken_back_one_bucket_after_the_other(
    s3: S3Client, job: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest is of one bucket, and so is each way back."""
    rename(job)
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    row = quote(json.dumps({"origKey": "b", "newKey": "n", "newBucket": "others"}), safe="/")
    put_manifest(s3, job, f"photos,d\nphotos,{row}\n")
    both = [done("d", "Renamed to s3://photos/out/d"), done(row, "Renamed to s3://others/n")]
    report_files.in_s3(s3, both)
    code, _, said = run("undo", "7c1fa2")
    assert code == 2
    assert "are in 2 buckets now (others, photos), and a manifest is of one: " in said
    assert names(here) == []
    code, told, said = run("undo", "7c1fa2", "--bucket", "others", "-o", "others.csv")
    assert (code, told.startswith("job 7c1fa2b0: 1 of 2 renames.")) == (0, True), said
    assert told.rstrip().endswith("undo 7c1fa2b0 -o others.csv --bucket others --force --submit")
    assert "left out 1: it is in another bucket" in said
    assert [each[:7] for each in lines(here / "others.csv")] == ["others,"]
    assert run("undo", "7c1fa2", "--bucket", "photos", "-o", "photos.csv")[0] == 0
    assert [each[:7] for each in lines(here / "photos.csv")] == ["photos,"]


@pytest.mark.parametrize(
    ("told", "rows", "columns"),
    [
        (("v1", "v2"), ("v1", "v2"), "Bucket,Key,VersionId"),
        (("v1", ""), ("", ""), "Bucket,Key"),
    ],
    ids=["of all", "of some"],
)
def test_undo_names_the_versions_that_the_report_tells(  # noqa: PLR0913, PLR0917 - fixtures
    s3: S3Client,
    job: dict[str, Any],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[str, str],
    rows: tuple[str, str],
    columns: str,
) -> None:
    """Another program may have put an object at the new name since: that one is not moved."""
    rename(job)
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    said = [f" (version {each})" if each else "" for each in told]
    names = ("a b", "d")
    messages = [f"Renamed to s3://photos/out/{a}{b}" for a, b in zip(names, said, strict=True)]
    report_files.in_s3(s3, [done("a%20b", messages[0]), done("d", messages[1])])
    code, text, said_besides = run("undo", "7c1fa2", "--json")
    assert code == 0, said_besides
    assert ",".join(json.loads(text)["fields"]) == columns
    assert ("tells no version of 1, so no row names one" in said_besides) == ("" in told)
    with (here / "undo-7c1fa2b0.csv").open(newline="") as file:
        found = [
            (json.loads(unquote(row[1]))["newKey"], "".join(row[2:])) for row in csv.reader(file)
        ]
    assert sorted(found) == list(zip(names, rows, strict=True))


@pytest.mark.parametrize(
    ("verb", "why"),
    [
        ("retry", "no row failed, there is nothing to retry."),
        ("resume", "every row has an answer, there is nothing to resume."),
        ("undo", "there is nothing that can be taken back."),
    ],
)
def test_where_no_row_is_to_run_a_program_is_told_so_too(
    s3: S3Client, job: dict[str, Any], here: Path, verb: str, why: str
) -> None:
    rename(job)
    put_manifest(s3, job, "photos,d\n")
    report_files.in_s3(s3, [done("d", "Done")])
    code, told, _ = run(verb, "7c1fa2")
    assert (code, told) == (0, f"job 7c1fa2b0: {why}\n")
    code, told, said = run(verb, "7c1fa2", "--json", "--force")
    assert (code, f"job 7c1fa2b0: {why}\n" in said) == (0, True)
    found = json.loads(told)
    assert (found["job"], found["rows"], found["manifest"]) == (JOB_ID, 0, None)
    assert f"{verb}-7c1fa2b0.csv" not in names(here)


def test_a_list_of_what_is_left_out_is_not_replaced_unless_that_is_said(
    s3: S3Client, job: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(job)
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    report_files.in_s3(s3, [done("a%20b", "Renamed to s3://photos/out/a b"), done("d", ALREADY)])
    mine = here / "undo-7c1fa2b0.left-out.csv"
    mine.write_text("mine")
    code, _, said = run("undo", "7c1fa2")
    assert (code, "left-out.csv' exists: give another name, or --force" in said) == (2, True)
    assert (mine.read_text(), names(here)) == ("mine", [mine.name])
    assert run("undo", "7c1fa2", "--already", "--force")[0] == 0
    assert names(here) == ["undo-7c1fa2b0.csv"], "nothing is left out, so an old list is none"


def test_a_copy_has_nothing_to_take_back_but_its_copies_are_listed(
    s3: S3Client, job: dict[str, Any], here: Path
) -> None:
    job["Operation"]["LambdaInvoke"]["UserArguments"]["destinationBucket"] = "copies"
    report_files.in_s3(
        s3,
        [
            done("d", "Copied to s3://copies/d (version 3sL4)"),
            done("%C3%A9%2Bc", "Copied to s3://copies/elsewhere/é+c"),
            failed("a%20b"),
        ],
    )
    code, _, said = run("undo", "7c1fa2")
    assert code == 2
    assert "renamed nothing, so there is nothing to take back: undo 7c1fa2b0 --list FILE" in said
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv")
    assert (code, "left out 1: the report does not prove where" in said) == (0, True)
    with (here / "copies.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["bucket"], row["key"], row["version"]) == ("copies", "d", "3sL4")


@pytest.mark.parametrize(
    "more", [["--submit"], ["-o", "m.csv"], ["--already"], ["--bucket", "b"], ["--json"]]
)
@pytest.mark.usefixtures("job")
def test_a_list_of_copies_is_all_that_list_writes(here: Path, more: list[str]) -> None:
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv", *more)
    assert (code, names(here)) == (2, [])
    assert "--list writes that file and no more: leave out" in said


def test_the_objects_of_a_rename_are_not_listed_as_copies(
    s3: S3Client, job: dict[str, Any], here: Path
) -> None:
    """Whoever deletes what --list names would delete the only ones that there are."""
    rename(job)
    report_files.in_s3(s3, [done("d", "Renamed to s3://photos/out/d")])
    code, _, said = run("undo", "7c1fa2", "--list", "copies.csv")
    assert (code, names(here)) == (2, [])
    assert "is a rename, and --list writes the copies of a copy: leave it out" in said


def test_a_job_that_names_no_operation_is_undone_as_far_as_its_report_says(
    s3: S3Client, job: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    job["Operation"]["LambdaInvoke"]["UserArguments"] = {"destinationPrefix": "out/"}
    report_files.in_s3(s3, [done("d", "Renamed to s3://photos/out/d"), done("a%20b", "Done")])
    code, told, _ = run("undo", "7c1fa2")
    assert (code, told.startswith("job 7c1fa2b0: 1 of 2 renames.")) == (0, True)
    job["Operation"] = {"S3PutObjectTagging": {}}
    code, _, said = run("undo", "7c1fa2", "--force")
    assert (code, "is S3PutObjectTagging: only what this function did" in said) == (2, True)


@pytest.mark.parametrize("further", ["", "of the job", "of the row"])
def test_where_the_function_may_not_rename_back_the_deploy_that_may_is_printed(
    s3: S3Client,
    job: dict[str, Any],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    further: str,
) -> None:
    rename(job)
    found = {"SourceBucket": "photos", "DestinationBucket": "copies", "FunctionName": "taken"}
    key = "d"
    if further == "of the row":
        key = quote(json.dumps({"origKey": "d", "newKey": "out/d", "newBucket": "copies"}))
        put_manifest(s3, job, f"photos,{key}\n")
    else:
        job["Operation"]["LambdaInvoke"]["UserArguments"]["destinationBucket"] = "copies"
    if further:
        found["DestinationBucket"] = "photos"
    monkeypatch.setattr(where, "stack_parameters", lambda *_: ("copier", found))
    report_files.in_s3(s3, [done(key, "Renamed to s3://copies/out/d (version v1)")])
    code, told, said = run("undo", "7c1fa2", "-o", "-b c.csv", "--submit", "--yes")
    assert (code, told, names(here)) == (2, "", [])
    assert said.startswith("Error: Undo without --submit first. The function of the stack may not")
    code, told, _ = run("undo", "7c1fa2", "-o", "-b c.csv", "--region", "us-east-1")
    assert (code, names(here)) == (0, ["-b c.csv"])
    assert told.partition("\n")[2] == (
        "The function of the stack may not delete where it writes. Deploy one that can:\n"
        "  sam build && sam deploy --stack-name copier-undo --parameter-overrides "
        """DestinationBucket=photos 'DestinationPrefix=""' Operation=rename Overwrite=never """
        """SourceBucket=copies 'SourcePrefix=""' --region us-east-1\n"""
        "  python -m jobs submit './-b c.csv' --versioned --stack-name copier-undo "
        "--region us-east-1\n"
    )


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
    here: Path, given: str, sentence: str
) -> None:
    (here / "folder").mkdir()
    assert run("retry", "7c1fa2", "--force", "-o", given) == (2, "", f"Error: {sentence}\n")


@pytest.mark.parametrize("bucket", [None, "", "copies"])
def test_the_way_back_has_the_destination_that_the_job_had(
    job: dict[str, Any], bucket: str | None
) -> None:
    """An empty one is the bucket of the objects: left out it would be the deployment's."""
    said = {} if bucket is None else {"destinationBucket": bucket}
    job["Operation"]["LambdaInvoke"]["UserArguments"] = {"operation": "rename", **said}
    back = undo._arguments(cast("Any", job))
    assert back == {"operation": "rename", "overwrite": "never", **said}


def test_the_deploy_that_can_undo_exchanges_the_two_sides() -> None:
    parameters = {
        "SourceBucket": "photos",
        "SourcePrefix": "in put/",
        "DestinationBucket": "copies",
        "Operation": "rename",
        "KmsKeyArn": "",
    }
    command = rights.command("stack", parameters)
    assert command == (
        "sam build && sam deploy --stack-name stack-undo --parameter-overrides "
        """DestinationBucket=photos 'DestinationPrefix="in put/"' Operation=rename """
        """Overwrite=never SourceBucket=copies 'SourcePrefix=""'"""
    )


@pytest.mark.parametrize("prefix", ["", "in/", "in put/", "it's/", '"a" b/', r"a\b/", "é&x$/"])
def test_sam_reads_the_prefixes_that_the_stack_has(prefix: str) -> None:
    """A prefix that is cut would let the function delete more than the stack's own may."""
    parameters = {"SourceBucket": "photos", "DestinationBucket": "copies"}
    command = rights.command("stack", parameters | {"DestinationPrefix": prefix})
    given = shlex.split(command.partition("--parameter-overrides ")[2])
    found = CfnParameterOverridesType().convert(tuple(given), None, None)
    assert (found["SourcePrefix"], found["DestinationPrefix"]) == (prefix, "")
    assert found["SourceBucket"] == "copies"


@pytest.mark.usefixtures("job")
def test_the_stack_that_undoes_has_a_name_and_rights_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CloudFormation takes 128 characters; a role that exists may do what it was made for."""
    role = "arn:aws:iam::123456789012:role/own"
    found = {"SourceBucket": "photos", "DestinationBucket": "copies", "FunctionRoleArn": role}
    monkeypatch.setattr(where, "stack_parameters", lambda *_: ("s" * 128, found))
    place = where.place(where.Where())
    deploy, *following = rights.steps(place, where.Where(), "copies", "m.csv")
    name = "s" * 123 + "-undo"
    assert f"--stack-name {name} " in deploy
    assert following == [
        f"python -m jobs policies --stack-name {name}   # what your own roles need",
        f"python -m jobs submit m.csv --stack-name {name}",
    ]
