"""The verb as a whole: what it asks of AWS, in which order, and what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY

from jobs.check import source, work
from jobs.errors import Refused
from jobs.project import build
from jobs.submit import notices, output, refusing_rows, submitting
from jobs.submit.options import Wish

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/copier-job"
OUTPUTS = {
    "FunctionAliasArn": f"{FUNCTION}:live",
    "JobRoleArn": ROLE,
    "JobsBucketName": "jobs",
    "SourceBucketName": "photos",
}
PARAMETERS = {
    "DestinationBucket": "copies",
    "FurtherDestinationBuckets": "arn:aws:s3:::more,arn:aws:s3:::even-more",
    "JobRoleArn": "",
}
DESCRIBED = {
    "StackName": "copier",
    "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
    "StackStatus": "CREATE_COMPLETE",
    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()],
    "Parameters": [
        {"ParameterKey": key, "ParameterValue": each} for key, each in PARAMETERS.items()
    ],
}
ENVIRONMENT = {"OPERATION": "copy", "OVERWRITE": "never", "DESTINATION_BUCKET": "copies"}
ARGUMENTS = {"operation": "copy", "overwrite": "never", "destinationBucket": "copies"}
ETAG = "5ae452a867365c20daf0ec756fd5553e"  # MD5 of the manifest
JOB_ID = "00000000-1111-2222-3333-444444444444"


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    path = tmp_path / "march.csv"
    path.write_text("photos,a\nphotos,b\n")
    return str(path)


@dataclass(frozen=True)
class Deployed:
    """A stack whose version 3 is what was deployed last, as submit looks at it."""

    cloudformation: Stubber
    lambda_: Stubber
    s3: Stubber
    s3control: Stubber

    def expect_looks(self, *, code: str = "abc=", **environment: str) -> None:
        self.cloudformation.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
        self.s3.add_response("head_bucket", {"BucketRegion": "us-east-1"}, {"Bucket": "photos"})
        self.lambda_.add_response("get_alias", {"FunctionVersion": "3"})
        for version in ("3", "$LATEST"):
            answer = {
                "Version": version,
                "CodeSha256": code,
                "LastModified": "2026-11-25T12:00:00.000+0000",
                "Environment": {"Variables": ENVIRONMENT | environment},
            }
            self.lambda_.add_response("get_function_configuration", answer)

    def expect_upload(self) -> None:
        self.s3.add_response(
            "put_object",
            {"ETag": f'"{ETAG}"'},
            {
                "Bucket": "jobs",
                "Key": f"manifests/march-{ETAG}.csv",
                "Body": ANY,
                "ServerSideEncryption": "AES256",
                "ContentMD5": ANY,
                "ExpectedBucketOwner": ACCOUNT,
            },
        )
        self.expect_plan()

    def expect_plan(self) -> None:
        asked = {
            "Bucket": "jobs",
            "Key": f"manifests/march-{ETAG}.plan.json",
            "Body": ANY,
            "ServerSideEncryption": "AES256",
            "ExpectedBucketOwner": ACCOUNT,
        }
        self.s3.add_response("put_object", {"ETag": '"0"'}, asked)

    def expect_create(self) -> None:
        self.s3control.add_response("create_job", {"JobId": JOB_ID})


@pytest.fixture
def deployed(
    cloudformation_stub: Stubber, lambda_stub: Stubber, s3_stub: Stubber, s3control_stub: Stubber
) -> Deployed:
    return Deployed(cloudformation_stub, lambda_stub, s3_stub, s3control_stub)


@pytest.fixture(autouse=True)
def plain_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_submit_notices.py asks for the keys of buckets."""
    monkeypatch.setattr(notices, "_default_key", lambda *_: "")


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a project whose task was edited after sam build; give the hash of what it built."""
    function = tmp_path / "project" / ".aws-sam" / "build" / "Function"
    function.mkdir(parents=True)
    (function.parent / "template.yaml").write_text("Resources: {}")
    (function / "task.py").write_text("as built")
    (tmp_path / "project" / "src").mkdir()
    (tmp_path / "project" / "src" / "task.py").write_text("as edited")
    (tmp_path / "project" / "template.yaml").write_text("Resources: {}")
    monkeypatch.setattr(notices, "PROJECT", tmp_path / "project")
    return build.sha256_of_zip(function)


EDITED = "src/task.py was edited after the last sam build, and is not deployed"


def test_an_edit_that_is_not_deployed_is_said_before_the_job(
    clients: Clients,
    deployed: Deployed,
    manifest: str,
    edited: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copies = Wish(manifest=manifest, stack_name="copier", dry_run=True)
    for operation, wish in (("copy", copies), ("rename", replace(copies, yes=True))):
        deployed.expect_looks(code=edited, OPERATION=operation)
        submitting.submit(clients, wish)
        assert capsys.readouterr().err.startswith(EDITED)


def test_a_rename_is_refused_while_an_edit_is_not_deployed(
    clients: Clients, deployed: Deployed, manifest: str, edited: str
) -> None:
    deployed.expect_looks(code=edited, OPERATION="rename")
    with pytest.raises(Refused, match=f"{EDITED}: .* give --yes"):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", dry_run=True))


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


@pytest.mark.parametrize(
    ("overwrite", "words"),
    [
        ("always", "add --allow-overwrite once"),
        ("never", "has not passed check as it is now"),
    ],
)
def test_a_rename_that_replaces_or_that_nobody_has_checked_as_it_is_is_not_sent(
    clients: Clients, deployed: Deployed, manifest: str, overwrite: str, words: str
) -> None:
    Path(f"{manifest}.plan.json").write_text("{}")  # edited, or of another file
    deployed.expect_looks(OPERATION="rename", OVERWRITE=overwrite)
    with pytest.raises(Refused, match=words):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", yes=True))


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


def test_publishing_in_a_dry_run_is_refused(clients: Clients) -> None:
    with pytest.raises(Refused, match="--dry-run changes nothing, and --publish would"):
        submitting.submit(clients, Wish(manifest="m.csv", dry_run=True, publish=True))


def test_an_example_name_of_aws_in_the_manifest_is_refused_on_aws(
    clients: Clients, tmp_path: Path
) -> None:
    path = tmp_path / "m.csv"
    path.write_text("amzn-s3-demo-source-bucket,a\n")
    wish = Wish(manifest=str(path), function_arn=f"{FUNCTION}:7", role_arn=ROLE, jobs_bucket="jobs")
    with pytest.raises(Refused, match="'amzn-s3-demo-source-bucket' is a name that AWS keeps"):
        submitting.submit(clients, wish)


def test_an_example_name_of_aws_that_was_deployed_is_refused_on_aws(
    clients: Clients, deployed: Deployed, manifest: str
) -> None:
    deployed.expect_looks(DESTINATION_BUCKET="amzn-s3-demo-destination-bucket")
    with pytest.raises(Refused, match="'amzn-s3-demo-destination-bucket' is a name that AWS keeps"):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier"))


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"argument": tuple(f"a{n}=" for n in range(8))}, "UserArguments has 11 entries"),
        ({"description": "x" * 300}, "has 300 characters"),
        ({"operation": "rename"}, "more than this deployment does"),
        ({"tag": ("team",)}, "The tag 'team' is not understood"),
        ({"tag": ("aws:team=data",)}, "The tag 'aws:team' begins with aws:"),
    ],
    ids=["too many arguments", "a long description", "wider than deployed", "half a tag", "AWS's"],
)
def test_what_the_service_or_the_deployment_would_not_take_is_never_sent(
    clients: Clients, deployed: Deployed, manifest: str, wish: dict[str, Any], sentence: str
) -> None:
    deployed.expect_looks()
    with pytest.raises(Refused, match=sentence):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", **wish))


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"source_bucket": "videos"}, "names the bucket 'photos', but the function reads 'videos'"),
        ({"report_prefix": "elsewhere"}, "writes reports under 'reports/' only"),
        ({"destination_bucket": "s3://copies"}, "is not the name of a bucket"),
        ({"destination_bucket": "copies-1-s3alias"}, "give the bare name, no alias"),
        ({"destination_bucket": "elsewhere"}, "write to 'elsewhere', only to copies, even-more, m"),
        ({"destination_bucket": ""}, "may not write to 'photos', only to copies"),
        ({"role_arn": ROLE.replace("12:role", "13:role")}, "are of different accounts"),
        ({"function_arn": f"{FUNCTION}:"}, "which is no version and no alias"),
    ],
    ids=["source", "report", "place", "alias", "destination", "in place", "account", "qualifier"],
)
def test_what_the_roles_of_the_stack_would_not_allow_is_refused_before_the_version_is_looked_at(
    clients: Clients,
    cloudformation_stub: Stubber,
    manifest: str,
    wish: dict[str, Any],
    sentence: str,
) -> None:
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
    with pytest.raises(Refused, match=sentence):
        submitting.submit(clients, Wish(manifest=manifest, stack_name="copier", **wish))


def test_both_ways_to_name_the_columns_are_refused(clients: Clients, manifest: str) -> None:
    wish = Wish(
        manifest=manifest,
        function_arn=f"{FUNCTION}:7",
        role_arn=ROLE,
        jobs_bucket="jobs",
        versioned=True,
        fields="Bucket,Key",
    )
    with pytest.raises(Refused, match="--versioned names all columns"):
        submitting.submit(clients, wish)


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


def test_a_manifest_that_is_not_there_is_found_out_before_aws_is_asked(tmp_path: Path) -> None:
    class Nobody:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    with pytest.raises(FileNotFoundError):
        submitting.submit(Nobody(), Wish(manifest=str(tmp_path / "none.csv")))  # type: ignore[arg-type]


ROW = "photos,%7B%22origKey%22%3A%22{}%22%2C%22newKey%22%3A%22{}%22%7D\n"
SWAP = ROW.format("a", "b") + ROW.format("b", "a")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SWAP, r"would delete objects: 2 rows change places \(line 1 and 2\)\. A job runs rows at"),
        (ROW.format("a", "c") + ROW.format("b", "c"), r"2 rows want one new name \(line 1 and 2\)"),
        (ROW.format("a", "b") + ROW.format("b", "c"), "1 row would take a name that another row's"),
        (ROW.format("a", "a"), r"1 row would put an object onto itself \(line 1\)"),
        (ROW.format("a", "b") + ROW.format("a", "c"), "2 rows want two names for one object"),
        ("photos,a\nphotos,b,c\n", "is refused: column count in 1 row, line 2"),
        ("\ufeffphotos,a\n", "is refused: byte order mark"),
        ("photos,a\n\n", "is refused: blank line in 1 row, line 2"),
        ("photos,a\nvideos,b\n", "another bucket in 1 row, line 2: one bucket for each manifest"),
    ],
    ids=["E20", "E21", "E22", "E23", "E26", "columns", "mark", "blank", "two buckets"],
)
def test_what_check_calls_an_error_is_refused_before_anything_is_sent(
    clients: Clients, deployed: Deployed, tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "march.csv"
    path.write_text(content, "utf-8")
    bucket = "photos" if "%7B" in content else "copies"
    for dry_run in (False, True):
        deployed.expect_looks(OPERATION="rename", DESTINATION_BUCKET=bucket)
        with pytest.raises(Refused, match=words):
            submitting.submit(
                clients, Wish(manifest=str(path), stack_name="copier", dry_run=dry_run)
            )


def test_a_header_is_called_one_and_not_another_buckets_name(
    clients: Clients, cloudformation_stub: Stubber, tmp_path: Path
) -> None:
    path = tmp_path / "m.csv"
    path.write_text("bucket_name,key_name\nphotos,a\n")
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
    with pytest.raises(Refused, match=r"row 1 looks like a header \('bucket_name,key_name'\)"):
        submitting.submit(clients, Wish(manifest=str(path), stack_name="copier"))


def test_a_bucket_whose_name_could_stand_in_a_header_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("source-bucket,file\nsource-bucket,key\n")
    refusing_rows.refuse_header(source.in_file(path, ()), tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_in_utf_16_is_called_one_and_no_buckets_name(
    clients: Clients,
    cloudformation_stub: Stubber,
    tmp_path: Path,
    encoding: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "deployed", lambda: {"Operation": "rename"})
    path = tmp_path / "m.csv"
    path.write_bytes("photos,a\r\n".encode(encoding))
    cloudformation_stub.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
    said = r"it is UTF-16-[BL]E, as PowerShell's > writes: --fix OUT.* --operation rename$"
    with pytest.raises(Refused, match=said):
        submitting.submit(clients, Wish(manifest=str(path), stack_name="copier"))


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
