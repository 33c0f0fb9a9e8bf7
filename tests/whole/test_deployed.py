"""The template deployed for real, on an AWS of this machine: what `sam deploy` makes, does work.

ministack enforces neither permissions nor quotas: those are proven elsewhere, or not here.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import batch_events
import bootstrap
import local_jobs
import ministack
from conftest import ROOT
from deployed_stack import Stack, add_environment, generated
from stack_variants import COMPANY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Bake, PythonWith

pytestmark = pytest.mark.slow

SOURCE = "amzn-s3-demo-source-bucket"
DESTINATION = "amzn-s3-demo-destination-bucket"
# ministack 1.5.33 answers NoSuchVersion to a copy of the version `null`, which its HEAD finds.
UNKNOWN_TO_MINISTACK = {"null-version"}
# The author's own work: it waits for a file, so that a deployment falls into the middle of a job.
WAITING_TASK = '''"""What is done with each object."""

import time
from pathlib import Path

from s3batch import Task

GATE = Path({gate!r})


def run(task: Task) -> str:
    """Say which code ran."""
    while not GATE.exists():
        time.sleep(0.05)
    return "by the {which} code"
'''
LOOKING_TASK = '''"""What is done with each object."""

from s3batch import Task


def run(task: Task) -> str:
    """Look, and touch nothing."""
    return "looked at it"
'''
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def python(python_with: PythonWith) -> Path:
    """The Python that runs ministack."""
    folders = bootstrap.runtime_folder()
    if not folders:
        pytest.skip(f"no {bootstrap.RUNTIME} that answers: ministack runs functions under it")
    return python_with("ministack", str(Path(folders[0]) / bootstrap.RUNTIME))


@pytest.fixture(scope="session")
def cloud(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ministack.running(python, tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture
def stack(cloud: str, bake: Bake, request: pytest.FixtureRequest) -> Stack:
    """A stack of its own for each test; the buckets are the same, made anew."""
    slug = request.node.name.removeprefix("test_").replace("_", "-")[:24].strip("-")
    return generated(bake, slug, cloud)


@pytest.fixture
def service(stack: Stack) -> Iterator[dict[str, str]]:
    """The local job service, its S3 and its functions those of the deployed stack."""
    options = ("--s3-endpoint", stack.cloud, "--lambda-endpoint", stack.cloud)
    slowly = ("--concurrency", "2")
    with local_jobs.running(
        stack.project, *options, *slowly, environment=stack.environment
    ) as variables:
        # Not what stands in for a stack there, nor the local moto for the other services: the stack
        # is there, on the emulated AWS.
        own = {name: each for name, each in variables.items() if not name.startswith("JOBS_")}
        yield own | {"AWS_ENDPOINT_URL": stack.cloud}


def manifest_of(stack: Stack, keys: list[str]) -> Path:
    path = stack.project / "objects.csv"
    path.write_text("".join(f"{SOURCE},{key}\n" for key in keys))
    return path


def test_every_event_is_answered_as_expected_on_the_alias(stack: Stack) -> None:
    stack.deploy(DestinationPrefix="copies/")
    lambda_ = stack.client("lambda")
    for name in batch_events.NAMES:
        event = batch_events.request(name)
        old_version = batch_events.seed(stack.cloud)
        if name == "versioned":  # the ids of versions are each S3's own
            event["tasks"][0]["s3VersionId"] = old_version
        answer = lambda_.invoke(
            FunctionName=stack.outputs()["FunctionName"],
            Qualifier="live",
            Payload=json.dumps(event).encode(),
        )
        is_expected = json.load(answer["Payload"]) == batch_events.expected(name)
        assert is_expected == (name not in UNKNOWN_TO_MINISTACK), name


def test_a_whole_job_runs_on_the_deployed_version(stack: Stack, service: dict[str, str]) -> None:
    stack.deploy(DestinationPrefix="copies/")
    batch_events.seed(stack.cloud)
    manifest = manifest_of(stack, ["photos/one.jpg", "a%20b%2Bc%252B.txt", "missing"])
    said = stack.submit(manifest, **service)
    arn = said["request"]["Operation"]["LambdaInvoke"]["FunctionArn"]
    assert arn == f"{stack.outputs()['FunctionArn']}:{stack.alias_version()}"
    jobs = local_jobs.client(service)
    assert local_jobs.wait(jobs, said["jobId"], "Suspended")
    jobs.update_job_status(
        AccountId=ministack.ACCOUNT, JobId=said["jobId"], RequestedJobStatus="Ready"
    )
    job = local_jobs.wait(jobs, said["jobId"])
    assert job["Status"] == "Complete"
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 2
    assert job["ProgressSummary"]["NumberOfTasksFailed"] == 1
    s3 = stack.client("s3")
    copy = s3.get_object(Bucket=DESTINATION, Key="copies/a b+c%2B.txt")
    assert copy["Body"].read() == b"a space, a plus and a percent sign\n"
    again = stack.submit(manifest, **service)
    assert (again["jobId"], again["exists"], again["status"]) == (said["jobId"], True, "Complete")
    # Nothing was uploaded again, so this request names no version of the manifest. The work is one.
    tokens = {each["request"]["ClientRequestToken"] for each in (said, again)}
    assert len(tokens) == 1


def test_the_longest_name_that_cloudformation_takes_names_a_stack(
    stack: Stack, service: dict[str, str]
) -> None:
    """Nothing that the stack makes has a shorter limit: what has, CloudFormation names itself."""
    name = ("long-" * 26)[:128]
    stack.call("sam", "build")
    stack.call("sam", "deploy", "--no-confirm-changeset", "--stack-name", name)
    batch_events.seed(stack.cloud)
    manifest = manifest_of(stack, ["photos/one.jpg"])
    options = ("--stack-name", name, "--no-confirmation")
    said = stack.submit(manifest, *options, **service)
    assert {"Key": "Application", "Value": name} in said["request"]["Tags"]
    job = local_jobs.wait(local_jobs.client(service), said["jobId"])
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 1


def test_a_changed_parameter_is_refused_until_it_is_published(
    stack: Stack, service: dict[str, str]
) -> None:
    stack.deploy(Operation="rename")
    batch_events.seed(stack.cloud)
    pinned = stack.alias_version()
    stack.deploy(Operation="copy")
    assert stack.alias_version() == pinned, "a parameter alone publishes no version"
    manifest = manifest_of(stack, ["photos/one.jpg"])
    command = (sys.executable, "-m", "jobs", "submit", str(manifest))
    refused = stack.run(*command, **service)
    assert refused.returncode == 2
    assert "OPERATION was 'rename' and is 'copy'" in refused.stdout
    assert "give --publish" in refused.stdout
    said = stack.submit(manifest, "--publish", "--no-confirmation", **service)
    invoke = said["request"]["Operation"]["LambdaInvoke"]
    assert invoke["FunctionArn"].endswith(f":{int(pinned) + 1}")
    assert invoke["UserArguments"]["operation"] == "copy"
    assert stack.alias_version() == pinned, "the alias belongs to deployments"
    assert local_jobs.wait(local_jobs.client(service), said["jobId"])["Status"] == "Complete"
    stack.client("s3").head_object(Bucket=SOURCE, Key="photos/one.jpg")  # copied, not renamed
    again = stack.submit(manifest, "--publish", **service)
    assert again["jobId"] == said["jobId"], "nothing changed since: no new version, no new job"


def test_a_job_keeps_its_version_when_the_stack_is_deployed_in_its_middle(
    stack: Stack, service: dict[str, str]
) -> None:
    task, gate = stack.project / "src" / "task.py", stack.project / "gate"
    task.write_text(WAITING_TASK.format(gate=str(gate), which="first"))
    stack.deploy()
    batch_events.seed(stack.cloud)
    manifest = manifest_of(stack, ["photos/one.jpg"] * 20)
    job_id = stack.submit(manifest, "--no-confirmation", **service)["jobId"]
    jobs = local_jobs.client(service)
    local_jobs.wait(jobs, job_id, "Active")
    before = stack.alias_version()
    task.write_text(WAITING_TASK.format(gate=str(gate), which="second"))
    stack.deploy()
    assert stack.alias_version() != before
    gate.touch()
    assert local_jobs.wait(jobs, job_id)["ProgressSummary"]["NumberOfTasksSucceeded"] == 20
    assert messages(stack, job_id) == {"by the first code"}


def test_the_readmes_deploy_block_ships_what_was_edited(
    stack: Stack, service: dict[str, str]
) -> None:
    """Deployed alone, the code of the last build would be shipped: here a rename of a copy."""
    [block] = [text for text in FENCED.findall(readme(stack)) if "sam deploy" in text]
    deploy = ("bash", "-euc", f"yes | ({block})")
    stack.call(*deploy)
    batch_events.seed(stack.cloud)
    task = stack.project / "src" / "task.py"
    task.write_text(LOOKING_TASK)
    manifest = manifest_of(stack, ["photos/one.jpg"])
    submit = (sys.executable, "-m", "jobs", "submit", str(manifest), "--dry-run")
    edited = "src/task.py was edited after the last sam build, and is not deployed"
    assert edited in stack.call(*submit, **service)
    stack.call("sam", "deploy", "--no-confirm-changeset")
    assert edited in stack.call(*submit, **service), "it shipped the code of the last build"
    stack.call(*deploy)
    assert edited not in stack.call(*submit, **service)
    job_id = stack.submit(manifest, "--no-confirmation", **service)["jobId"]
    assert local_jobs.wait(local_jobs.client(service), job_id)["Status"] == "Complete"
    assert messages(stack, job_id) == {"looked at it"}


def test_the_first_look_on_an_emulated_aws_works_as_written(
    python: Path, bake: Bake, tmp_path: Path
) -> None:
    """On a ministack of its own: of several functions nobody knows which is meant."""
    with ministack.running(python, tmp_path) as url:
        look_as_written(generated(bake, "first-look", url))


def look_as_written(stack: Stack) -> None:
    text = (stack.project / "docs" / "deploy.md").read_text("utf-8")
    [block] = [each for each in FENCED.findall(text) if "ministack" in each]
    _, install, start, export, *commands, service = block.splitlines()
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    assert shlex.split(install)[-2:] == groups["ministack"]
    assert start.endswith("/ministack &")  # the fixture has installed and started it
    given = {"http://127.0.0.1:4566": stack.cloud, "SOURCE_BUCKET": SOURCE}
    for name, value in (given | {"DESTINATION_BUCKET": DESTINATION}).items():
        export = export.replace(name, value)
        commands = [each.replace(f"//{name}", f"//{value}") for each in commands]
    stack.call("bash", "-euc", "\n".join([export, *commands]))

    batch_events.seed(stack.cloud)
    options = shlex.split(service.replace("$AWS_ENDPOINT_URL", stack.cloud))[4:]
    with local_jobs.running(stack.project, *options, environment=stack.environment) as variables:
        exported = dict(each.split("=", 1) for each in shlex.split(export)[1:])
        nothing = {name: each for name, each in stack.environment.items() if name[:4] != "AWS_"}
        terminal = replace(stack, environment=nothing | exported)
        manifest = manifest_of(stack, ["photos/one.jpg"])
        said = terminal.submit(manifest, "--no-confirmation", **variables)
        assert f":{stack.outputs()['FunctionName']}:" in json.dumps(said["request"])
        assert local_jobs.wait(local_jobs.client(variables), said["jobId"])["Status"] == "Complete"


def readme(stack: Stack) -> str:
    return (stack.project / "README.md").read_text("utf-8")


def messages(stack: Stack, job_id: str) -> set[str]:
    """Return what the rows of a job's report say."""
    s3, bucket = stack.client("s3"), stack.outputs()["JobsBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"reports/job-{job_id}/results/")
    files = [s3.get_object(Bucket=bucket, Key=each["Key"]) for each in listed["Contents"]]
    text = "".join(file["Body"].read().decode() for file in files)
    return {row[-1] for row in csv.reader(text.splitlines())}


def test_a_deleted_stack_leaves_the_jobs_bucket_with_its_reports(stack: Stack) -> None:
    stack.deploy()
    bucket = stack.outputs()["JobsBucketName"]
    stack.client("s3").put_object(Bucket=bucket, Key="reports/job-1/manifest.json", Body=b"{}")
    stack.call("sam", "delete", "--no-prompts")
    cloudformation = stack.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName=stack.name)
    stack.client("s3").head_object(Bucket=bucket, Key="reports/job-1/manifest.json")


def test_a_companys_environment_stands_beside_the_default_one_in_another_region(
    stack: Stack,
) -> None:
    """All that a company may set, under the same name; of it ministack keeps what is said here."""
    named = {"FunctionName": "company-copier"}
    company = COMPANY | named | {"DestinationPrefix": "copies/"}
    add_environment(stack, region="eu-west-1", parameters=company)
    stack.deploy(DestinationPrefix="copies/")
    stack.call("sam", "build", "--config-env", "prod")
    stack.call("sam", "deploy", "--config-env", "prod", "--no-confirm-changeset")
    request = json.dumps(batch_events.request("schema-2.0")).encode()
    functions = {"us-east-1": stack.outputs()["FunctionName"], "eu-west-1": named["FunctionName"]}
    for region, function in functions.items():
        batch_events.seed(stack.cloud)
        answer = stack.client("lambda", region).invoke(
            FunctionName=function, Qualifier="live", Payload=request
        )
        assert json.load(answer["Payload"]) == batch_events.expected("schema-2.0"), region
    lambda_ = stack.client("lambda", "eu-west-1")
    found = lambda_.get_function_configuration(FunctionName=named["FunctionName"])
    [log] = stack.client("logs", "eu-west-1").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{stack.name}/"
    )["logGroups"]
    roles = stack.client("iam").list_roles()["Roles"]
    kept = {
        "MemorySize": str(found["MemorySize"]),
        "Timeout": str(found["Timeout"]),
        "Tracing": found.get("TracingConfig", {}).get("Mode"),
        "LogRetentionDays": str(log.get("retentionInDays")),
        "LogKmsKeyArn": log.get("kmsKeyId"),
        "RolePath": {each["Path"] for each in roles if found["Role"] == each["Arn"]}.pop(),
    }
    assert kept == {name: COMPANY[name] for name in kept}
    # Where the endpoint is not AWS, the SDK's own Region counts, as of the local service: not here.
    policies = (sys.executable, "-m", "jobs", "policies", "--config-env", "prod")
    printed = stack.call(*policies, AWS_DEFAULT_REGION="")
    assert f"arn:aws:lambda:eu-west-1:{ministack.ACCOUNT}:function:company-copier:*" in printed
    assert COMPANY["ManifestKmsKeyArn"] in printed
