"""What retry, resume and undo do alike."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

import report_files
from ended_jobs import FUNCTION, JSON_ROW, names, put_manifest, rename, run
from jobs.again import rights
from jobs.submit import deployment
from report_files import JOB_ID, done, failed

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client


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


@pytest.mark.parametrize(
    ("verb", "why"),
    [
        ("retry", "no row failed, there is nothing to retry."),
        ("resume", "every row has an answer, there is nothing to resume."),
        ("undo", "there is nothing that can be taken back."),
    ],
)
def test_where_no_row_is_to_run_a_program_is_told_so_too(
    s3: S3Client, job: dict[str, Any], tmp_path: Path, verb: str, why: str
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
    assert f"{verb}-7c1fa2b0.csv" not in names(tmp_path)


@pytest.mark.parametrize("verb", ["retry", "resume", "undo"])
def test_files_that_an_earlier_run_wrote_are_taken_as_they_are_and_no_others(
    s3: S3Client, job: dict[str, Any], tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "steps", lambda *_: ())
    rename(job)
    rows = [done("a%20b", "Renamed to s3://photos/out/a b"), done(JSON_ROW, "Done"), failed("d")]
    report_files.in_s3(s3, rows)
    first = run(verb, "7c1fa2")
    written = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert (first[0], len(written)) == (0, 2 if verb == "undo" else 1)
    assert run(verb, "7c1fa2") == first
    for path, was in written.items():
        path.write_bytes(was + b"mine")
        code, told, said = run(verb, "7c1fa2")
        assert (code, told) == (2, "")
        assert f"Error: '{path.name}' exists: give another name, or --force" in said
        assert {each: each.read_bytes() for each in tmp_path.iterdir()} == {
            **written,
            path: was + b"mine",
        }
        path.write_bytes(was)


@pytest.mark.parametrize("verb", ["retry", "resume"])
@pytest.mark.usefixtures("job")
def test_the_same_rows_are_the_same_file_in_whatever_order_they_come(
    s3: S3Client, tmp_path: Path, verb: str
) -> None:
    """Another file would be other work to submit: a second job while the first one runs."""
    answers = [done(JSON_ROW), done("d")]
    failures = [failed("a%20b"), failed("%C3%A9%2Bc")] if verb == "retry" else []
    report_files.in_s3(s3, answers + failures)
    assert run(verb, "7c1fa2")[0] == 0
    text = (tmp_path / f"{verb}-7c1fa2b0.csv").read_text("utf-8")
    assert text == "photos,%C3%A9%2Bc\nphotos,a%20b\n"


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
    monkeypatch.setattr(deployment, "of_stack", lambda *_: latest)
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
