"""Programs that nobody here wrote, unchanged, against `python -m jobs local`: AWS's own."""

from __future__ import annotations

import fcntl
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import bootstrap
import ministack
from conftest import ROOT
from local_service import (
    ACCOUNT,
    DESTINATION,
    FUNCTION,
    ROLE,
    SOURCE,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import PythonWith
    from local_service import Local

pytestmark = pytest.mark.slow

JAVASCRIPT = Path(__file__).with_name("javascript")
EXAMPLES = ROOT / "bench" / "documentation"


@pytest.fixture(scope="module")
def local(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(template, tmp_path_factory.mktemp("local"), "--port", "0") as local:
        yield local


@pytest.fixture
def aws_cli_v2(python_with: PythonWith) -> Path:
    """The AWS CLI v2, as CDK ships it for its layer."""
    python = python_with("aws-cli-v2", options=("--no-deps",))
    folder = python.parent.parent
    found = folder / "awscli"
    with (folder / "unpack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            [archive] = folder.glob("lib/*/site-packages/aws_cdk/asset_awscli_v2/_jsii/*.tgz")
            shutil.unpack_archive(archive, folder, filter="data")
            shutil.unpack_archive(folder / "package/lib/layer.zip", folder / "new")
            shutil.rmtree(folder / "package")
            (folder / "new" / "awscli").rename(found)
    [program] = found.glob("v2/*/dist/aws")
    program.chmod(0o755)
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True)
    except OSError as error:
        pytest.skip(f"the AWS CLI v2 of PyPI does not run on this machine: {error}")
    return program


def test_the_aws_cli_v2_runs_a_job_from_the_exports_alone(
    local: Local, aws_cli_v2: Path, tmp_path: Path
) -> None:
    def aws(*arguments: str) -> Any:
        done = subprocess.run(
            [aws_cli_v2, *arguments, "--output", "json"],
            env=local.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    def control(operation: str, *arguments: str) -> Any:
        return aws("s3control", operation, "--account-id", ACCOUNT, *arguments)

    (tmp_path / "one").write_text("hello")
    aws("s3", "cp", str(tmp_path / "one"), f"s3://{SOURCE}/v2/a b+c.txt")
    (tmp_path / "manifest.csv").write_text(f"{SOURCE},v2/a%20b%2Bc.txt\n{SOURCE},v2/missing\n")
    body = ("--key", "v2.csv", "--body", str(tmp_path / "manifest.csv"))
    etag = aws("s3api", "put-object", "--bucket", "jobs", *body)["ETag"]
    location = {"ObjectArn": "arn:aws:s3:::jobs/v2.csv", "ETag": etag}
    spec = {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]}
    report = {"Bucket": "arn:aws:s3:::jobs", "Format": "Report_CSV_20180820", "Enabled": True}
    job_id = control(
        "create-job",
        *("--operation", json.dumps({"LambdaInvoke": {"FunctionArn": FUNCTION}})),
        *("--manifest", json.dumps({"Spec": spec, "Location": location})),
        *("--report", json.dumps({**report, "ReportScope": "AllTasks"})),
        *("--priority", "2", "--role-arn", ROLE, "--description", "é & <v2>"),
        "--confirmation-required",
    )["JobId"]
    this = ("--job-id", job_id)
    local.wait(job_id, "Suspended")
    control("update-job-status", *this, "--requested-job-status", "Ready")
    local.wait(job_id, "Complete")

    job = control("describe-job", *this)["Job"]
    listed = control("list-jobs", "--job-statuses", "Complete", "--max-results", "1")["Jobs"]

    assert (job["Description"], job["Priority"], job["FailureReasons"]) == ("é & <v2>", 2, [])
    counts = [job["ProgressSummary"][f"NumberOfTasks{how}"] for how in ("Succeeded", "Failed")]
    assert counts == [1, 1]
    assert [each["JobId"] for each in listed] == [job_id]
    copied = aws("s3", "ls", "--recursive", f"s3://{DESTINATION}/copied/v2/")
    assert copied.endswith(" copied/v2/a b+c.txt\n")


@pytest.fixture(scope="module")
def javascript() -> Path:
    """A folder with the SDK for JavaScript v3 and the program that uses it."""
    node = shutil.which("node")
    if not (node and shutil.which("npm")):
        pytest.skip("no node and npm on PATH")
    folder = ROOT / ".tools" / "env-javascript"
    folder.mkdir(parents=True, exist_ok=True)
    for file in JAVASCRIPT.iterdir():
        shutil.copy(file, folder)
    options = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
    done = subprocess.run(
        ["npm", "install", *options], cwd=folder, capture_output=True, text=True, check=False
    )
    if any(words in done.stderr for words in (*bootstrap.NO_NETWORK, "ENOTFOUND", "EAI_AGAIN")):
        pytest.skip("no network: the SDK for JavaScript cannot be installed")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_javascript_sdk_v3_runs_a_job(local: Local, javascript: Path) -> None:
    done = subprocess.run(
        ["node", "job.mjs", DESTINATION, "copied/"],
        cwd=javascript,
        env=local.env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "copy": "a b+c.txt",
        "created": True,
        "failures": [],
        "listed": True,
        "progress": 2,
        "refusal": "NoSuchJobException",
        "status": "Complete",
        "tags": [{"Key": "team", "Value": "é data"}],
    }


@pytest.fixture(scope="module")
def emulated(python_with: PythonWith, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An AWS that nobody here wrote, with the two functions of AWS's documentation."""
    with ministack.running(python_with("ministack"), tmp_path_factory.mktemp("ministack")) as url:
        lambda_ = boto3.client("lambda", endpoint_url=url, region_name="us-east-1")
        for name in ("copy_example", "marker_example"):
            whole = io.BytesIO()
            with zipfile.ZipFile(whole, "w") as archive:
                archive.write(EXAMPLES / f"{name}.py", f"{name}.py")
            lambda_.create_function(
                FunctionName=name,
                Runtime="python3.13",  # ministack runs it in its own Python
                Role=ROLE,
                Handler=f"{name}.lambda_handler",
                Code={"ZipFile": whole.getvalue()},
                Environment={"Variables": {"DESTINATION_BUCKET": DESTINATION}},
                Timeout=60,
            )
        yield url


def ended(local: Local, function: str, keys: list[str], **changes: Any) -> str:
    """Run a job of this function, in the schema of its documentation; return its report's rows."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    job_id = local.job(keys, Operation={"LambdaInvoke": {"FunctionArn": arn}}, **changes)
    assert local.wait(job_id, "Complete", "Failed")["Status"] == "Complete"
    return local.report(job_id)


def test_the_handlers_of_awss_documentation_run_on_another_lambda_and_s3(
    emulated: str, template: Path, tmp_path: Path
) -> None:
    elsewhere = ("--s3-endpoint", emulated, "--lambda-endpoint", emulated)
    with running(template, tmp_path, *elsewhere, "--concurrency", "1", "--port", "0") as local:
        assert local.exports["AWS_ENDPOINT_URL_LAMBDA"] == emulated
        s3 = local.client("s3")
        for key in ("a b+c.txt", "é.txt"):
            s3.put_object(Bucket=SOURCE, Key=key, Body=key.encode())
        rows = ended(local, "copy_example", ["a%20b%2Bc.txt", "%C3%A9.txt", "missing"])
        assert rows.count(",succeeded,200,") == 2
        assert ",missing,,failed,200,PermanentFailure,NoSuchKey: " in rows
        copy = s3.get_object(Bucket=DESTINATION, Key="a b+c.txt_new")
        assert copy["Body"].read() == b"a b+c.txt"

        s3.put_bucket_versioning(Bucket=SOURCE, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=SOURCE, Key="again here", Body=b"text")
        marker = s3.delete_object(Bucket=SOURCE, Key="again here")["VersionId"]
        body = f"{SOURCE},again%20here,{marker}\n".encode()
        etag = s3.put_object(Bucket="jobs", Key="markers.csv", Body=body)["ETag"]
        fields = ["Bucket", "Key", "VersionId"]
        asked = {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": fields},
            "Location": {"ObjectArn": "arn:aws:s3:::jobs/markers.csv", "ETag": etag},
        }
        assert "Removed delete marker" in ended(local, "marker_example", [], Manifest=asked)
        assert s3.get_object(Bucket=SOURCE, Key="again here")["Body"].read() == b"text"
