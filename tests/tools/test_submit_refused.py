"""What submit refuses before anything is sent: the roles, the rows, what was not deployed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.check import source, work
from jobs.errors import Refused
from jobs.project import build
from jobs.submit import notices, refusing_rows, submitting
from jobs.submit.options import Wish
from submit_stack import DESCRIBED, FUNCTION, ROLE, Deployed

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients


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


def test_a_version_that_was_named_is_not_compared_with_this_project(
    clients: Clients,
    deployed: Deployed,
    manifest: str,
    edited: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    deployed.s3.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    variables = {"OPERATION": "rename", "DESTINATION_BUCKET": "copies"}
    answer = {"Version": "7", "CodeSha256": edited, "Environment": {"Variables": variables}}
    deployed.lambda_.add_response(
        "get_function_configuration", answer | {"LastModified": "2026-11-25T12:00:00.000+0000"}
    )
    named = Wish(
        manifest=manifest,
        function_arn=f"{FUNCTION}:7",
        role_arn=ROLE,
        jobs_bucket="jobs",
        dry_run=True,
    )
    submitting.submit(clients, named)
    assert EDITED not in capsys.readouterr().err


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
