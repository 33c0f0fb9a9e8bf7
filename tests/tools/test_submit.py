"""The verb as a whole: what it asks of AWS, in which order, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click
import pytest
from botocore.exceptions import ClientError

from jobs.check import work
from jobs.errors import Refused
from jobs.project import rule
from jobs.submit import notices, output, submitting
from jobs.submit.options import Wish
from submit_stack import DESCRIBED, ETAG, FUNCTION, JOB_ID, ROLE, Deployed

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

ARGUMENTS = {"operation": "copy", "overwrite": "never", "destinationBucket": "copies"}


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    path = tmp_path / "march.csv"
    path.write_text("photos,a\nphotos,b\n")
    return str(path)


@pytest.fixture
def deployed(
    cloudformation_stub: Stubber, lambda_stub: Stubber, s3_stub: Stubber, s3control_stub: Stubber
) -> Deployed:
    return Deployed(cloudformation_stub, lambda_stub, s3_stub, s3control_stub)


@pytest.fixture(autouse=True)
def plain_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_submit_notices.py asks for the keys of buckets."""
    monkeypatch.setattr(notices, "_default_key", lambda *_: "")


def test_a_dry_run_writes_nothing_and_shows_the_request_and_its_commands(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    wish = Wish(manifest=manifest, stack_name="copier", dry_run=True)
    shown = output.as_text(submitting.submit(clients, wish))
    request, commands = shown.split("\n\n# Nothing was sent. The same with the AWS CLI:\n")
    invoke = json.loads(request)["Operation"]["LambdaInvoke"]
    assert invoke["FunctionArn"] == f"{FUNCTION}:3"
    assert invoke["UserArguments"] == ARGUMENTS
    upload, create = commands.split("\n\n")
    assert upload.startswith("aws s3api put-object")
    assert create.startswith("aws s3control create-job")


def test_the_manifest_is_uploaded_and_the_job_created_and_how_to_go_on_is_said(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.expect_upload()
    deployed.expect_create()
    wish = Wish(manifest=manifest, stack_name="copier", yes=True)
    outcome = submitting.submit(clients, wish)
    assert output.as_text(outcome) == (
        f"Job {JOB_ID} is created and waits for confirmation.   Next: python -m jobs confirm "
        "00000000"
    )
    document = json.loads(output.as_document(outcome))
    assert (document["jobId"], document["exists"]) == (JOB_ID, False)


def test_a_rename_runs_beside_another_job_of_its_function_only_with_yes(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    wish = Wish(manifest=manifest, stack_name="copier")
    deployed.expect_looks(OPERATION="rename")
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.s3control.add_response("list_jobs", {"Jobs": [{"JobId": JOB_ID, "Status": "Active"}]})
    invoke = {"LambdaInvoke": {"FunctionArn": f"{FUNCTION}:2"}}
    deployed.s3control.add_response("describe_job", {"Job": {"Operation": invoke}})
    with pytest.raises(Refused, match="two jobs at once can take names from each other"):
        submitting.submit(clients, wish)
    deployed.expect_looks(OPERATION="rename")
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.expect_upload()
    deployed.expect_create()
    assert submitting.submit(clients, replace(wish, yes=True)).job_id == JOB_ID


def test_a_job_without_confirmation_says_that_it_runs(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.expect_upload()
    deployed.expect_create()
    wish = Wish(manifest=manifest, stack_name="copier", confirmation=False, yes=True)
    outcome = submitting.submit(clients, wish)
    assert outcome.request["ConfirmationRequired"] is False
    assert output.as_text(outcome) == (
        f"Job {JOB_ID} is created and runs.   Next: python -m jobs watch 00000000"
    )


def test_a_second_run_shows_the_job_of_the_first_and_sends_nothing(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    first = submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", dry_run=True))
    known = {
        "JobId": JOB_ID,
        "Description": first.request["Description"],
        "CreationTime": datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC),
        "Status": "Complete",
    }
    deployed.expect_looks()
    deployed.s3control.add_response("list_jobs", {"Jobs": [known]})
    wish = Wish(manifest=manifest, stack_name="copier", description="with other words")
    outcome = submitting.submit(clients, wish)
    assert output.as_text(outcome) == (
        f"Job {JOB_ID} exists: the same work was submitted on 2026-11-23 01:02 UTC, and it is "
        "Complete. No job was created; --again creates one.   Next: python -m jobs report 00000000"
    )
    assert json.loads(output.as_document(outcome))["exists"] is True
    assert "No job was created.   Next: " in output.as_text(outcome, has_again=False)


@pytest.mark.parametrize("is_listed", [True, False])
def test_of_two_runs_at_once_the_second_shows_the_job_of_the_first(
    clients: Clients, deployed: Deployed, manifest: str, is_listed: bool
) -> None:
    """Each has stored the manifest, so that AWS sees two versions of it under one token."""
    deployed.expect_looks()
    first = submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", dry_run=True))
    other = {
        "JobId": JOB_ID,
        "Description": first.request["Description"],
        "CreationTime": datetime(2026, 11, 23, tzinfo=UTC),
        "Status": "Suspended",
    }
    deployed.expect_looks()
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.expect_upload()
    deployed.s3control.add_client_error("create_job", "IdempotencyException")
    deployed.s3control.add_response("list_jobs", {"Jobs": [other] if is_listed else []})
    wish = Wish(manifest=manifest, stack_name="copier", yes=True)
    if not is_listed:
        with pytest.raises(Refused, match="created meanwhile, with another version of the manif"):
            submitting.submit(clients, wish)
        return
    outcome = submitting.submit(clients, wish)
    assert (outcome.job_id, outcome.known_or_new) == (None, JOB_ID)
    told = output.as_text(outcome)
    assert "and it is Suspended. No job was created" in told
    assert told.endswith("Next: python -m jobs confirm 00000000")


def test_again_creates_a_new_job_with_a_new_token_without_looking_for_one(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    tokens = set()
    for _ in range(2):
        deployed.expect_looks()
        deployed.expect_upload()
        deployed.expect_create()
        wish = Wish(manifest=manifest, stack_name="copier", again=True, yes=True)
        outcome = submitting.submit(clients, wish)
        tokens.add(outcome.request["ClientRequestToken"])
    assert len(tokens) == 2


def test_options_for_everything_need_no_stack_and_a_version_number_is_looked_at(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.s3.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    variables = {"OPERATION": "rename", "DESTINATION_BUCKET": "copies"}
    answer = {"Version": "7", "Environment": {"Variables": variables}}
    deployed.lambda_.add_response("get_function_configuration", answer)
    wish = Wish(
        manifest=manifest,
        function_arn=f"{FUNCTION}:7",
        role_arn=ROLE,
        jobs_bucket="elsewhere",
        report_prefix="anywhere",
        dry_run=True,
    )
    invoke = submitting.submit(clients, wish).request["Operation"]["LambdaInvoke"]
    assert invoke["FunctionArn"] == f"{FUNCTION}:7"
    assert invoke["UserArguments"] == {"operation": "rename", "destinationBucket": "copies"}


def test_a_further_destination_of_the_stack_is_taken(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    wish = Wish(
        manifest=manifest, stack_name="copier", destination_bucket="even-more", dry_run=True
    )
    invoke = submitting.submit(clients, wish).request["Operation"]["LambdaInvoke"]
    assert invoke["UserArguments"]["destinationBucket"] == "even-more"


def test_in_place_keeps_to_the_prefix_of_the_destination_that_it_is(
    clients: Clients, deployed: Deployed, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [{"ParameterKey": "DestinationBucket", "ParameterValue": "photos"}]
    monkeypatch.setitem(DESCRIBED, "Parameters", given)
    wish = Wish(manifest=manifest, stack_name="copier", destination_bucket="", dry_run=True)
    environment = {"DESTINATION_BUCKET": "photos", "DESTINATION_PREFIX": "out/"}
    deployed.expect_looks(**environment)
    invoke = submitting.submit(clients, wish).request["Operation"]["LambdaInvoke"]
    assert invoke["UserArguments"]["destinationBucket"] == "photos"
    deployed.expect_looks(**environment)
    with pytest.raises(Refused, match="destinationPrefix 'in/' is outside of 'out/'"):
        submitting.submit(clients, replace(wish, destination_prefix="in/"))


def test_the_rows_are_checked_and_shown_as_the_deployed_version_names_them(
    clients: Clients, deployed: Deployed, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """samconfig.toml has a prefix that was not deployed yet."""
    edited = {"DestinationBucket": "copies", "DestinationPrefix": "archive/"}
    monkeypatch.setattr(work, "deployed", lambda: edited)
    deployed.expect_looks(DESTINATION_PREFIX="")
    wish = Wish(manifest=manifest, stack_name="copier", dry_run=True)
    outcome = submitting.submit(clients, wish)
    assert outcome.prepared.examples == [("a", "a", ""), ("b", "b", "")]


OWN_RULE = """import os

YEAR = os.environ["YEAR"]


def new_key(key, prefix):
    return YEAR + key


def run(task):
    return new_key(task.key, "")
"""


def test_the_rule_names_the_rows_with_the_variables_of_the_deployed_version(
    clients: Clients,
    deployed: Deployed,
    manifest: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also one that was loaded before, as by retry: other names would be checked than the job's."""
    (source := tmp_path / "src").mkdir()
    (source / "task.py").write_text(OWN_RULE)
    monkeypatch.setenv("YEAR", "2026/")
    monkeypatch.setattr(rule, "load", partial(rule.load, source))
    with click.Context(click.Command("submit")):
        rule.load()
        deployed.expect_looks(YEAR="2031/")
        outcome = submitting.submit(
            clients, Wish(manifest=manifest, stack_name="copier", dry_run=True)
        )
    rule.forget()
    assert outcome.prepared.examples == [("a", "2031/a", ""), ("b", "2031/b", "")]


NAMES = {"origKey": 0, "newKey": 0, "newBucket": 1}


def test_a_row_that_names_another_bucket_than_the_job_is_shown_with_it(
    clients: Clients, deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such are all rows of an undo from one bucket to another."""
    path = tmp_path / "march.csv"
    names = "%2C".join(f"%22{name}%22%3A%22{{{at}}}%22" for name, at in NAMES.items())
    row = f"photos,%7B{names}%7D\n"
    path.write_text(row.format("a", "more") + row.format("b", "copies"), "utf-8")
    deployed.expect_looks()
    wish = Wish(manifest=str(path), stack_name="copier", dry_run=True)
    document = json.loads(output.as_document(submitting.submit(clients, wish)))
    assert document["examples"] == [
        {"key": "a", "newKey": "a", "newBucket": "more"},
        {"key": "b", "newKey": "b", "newBucket": None},
    ]
    said = capsys.readouterr().err
    assert "     to  s3://copies/" in said
    assert "  a  ->  s3://more/a\n" in said
    assert "  b  ->  b\n" in said


def test_of_a_role_that_was_made_elsewhere_it_is_not_known_where_it_writes(
    clients: Clients, deployed: Deployed, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [{"ParameterKey": "JobRoleArn", "ParameterValue": ROLE}]
    monkeypatch.setitem(DESCRIBED, "Parameters", given)
    deployed.expect_looks()
    wish = Wish(manifest=manifest, stack_name="copier", report_prefix="elsewhere", dry_run=True)
    assert submitting.submit(clients, wish).request["Report"]["Prefix"] == "elsewhere"


def test_where_listing_jobs_is_denied_the_job_is_created_and_that_is_said(
    clients: Clients, deployed: Deployed, manifest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.expect_looks()
    deployed.s3control.add_client_error("list_jobs", "AccessDenied")
    deployed.expect_upload()
    deployed.expect_create()
    wish = Wish(manifest=manifest, stack_name="copier", yes=True)
    outcome = submitting.submit(clients, wish)
    assert outcome.job_id == JOB_ID
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("ListJobs is denied, so a job of the same work is not looked for") == 1
    assert said.err.startswith(
        "copy of 2 objects\n"
        "  from      s3://photos/     to  s3://copies/\n"
        "            a  ->  a\n"
        "            b  ->  b\n"
        "  function  copier version 3 (deployed 2026-11-25), with operation=copy overwrite=never "
        "destinationBucket=copies\n"
        "  cost      about US$ 0.25 at 100 ms a task (prices of "
    )
    assert "  report    s3://jobs/reports/\n" in said.err


def test_where_jobs_can_not_be_listed_for_another_reason_nothing_is_sent(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    deployed.s3control.add_client_error("list_jobs", "InternalServiceException")
    with pytest.raises(ClientError, match="InternalServiceException"):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier"))


def test_the_job_names_the_version_of_the_manifest_that_was_uploaded(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks()
    deployed.s3control.add_response("list_jobs", {"Jobs": []})
    deployed.s3.add_response("put_object", {"ETag": f'"{ETAG}"', "VersionId": "v7"})
    deployed.expect_plan()
    deployed.expect_create()
    wish = Wish(manifest=manifest, stack_name="copier", yes=True)
    outcome = submitting.submit(clients, wish)
    assert outcome.request["Manifest"]["Location"]["ObjectVersionId"] == "v7"
