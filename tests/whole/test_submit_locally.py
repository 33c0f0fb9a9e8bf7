"""`python -m jobs submit` and its AWS CLI commands on the local service, as processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3
import pytest

import local_jobs
from ministack import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


# The buckets that the local service makes.
SOURCE, DESTINATION = "amzn-s3-demo-source-bucket", "amzn-s3-demo-destination-bucket"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, default_project: Path) -> Path:
    folder = tmp_path_factory.mktemp("project") / default_project.name
    return Path(shutil.copytree(default_project, folder))


@pytest.fixture(scope="module")
def service(project: Path) -> Iterator[dict[str, str]]:
    # Ports of its own: of two services that start at once only one gets the usual ones.
    with local_jobs.running(project, "--port", "0", "--s3-port", "0", environment={}) as variables:
        yield variables


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key of the test's own: the same manifest would be the same work."""
    return f"{request.node.name} & more"


@pytest.fixture
def manifest(project: Path, service: Mapping[str, str], key: str) -> Path:
    """A manifest of one object, in a file whose name a shell would take apart."""
    s3 = boto3.client("s3", endpoint_url=service["AWS_ENDPOINT_URL_S3"])
    s3.put_object(Bucket=SOURCE, Key=key, Body=b"an object")
    path = project / "it's & `March`.csv"
    path.write_text(f"{SOURCE},{quote(key)}\n")
    return path


def test_the_commands_of_a_dry_run_can_be_pasted_and_are_the_same_job(
    project: Path, service: dict[str, str], manifest: Path
) -> None:
    words = ("--description", 'it\'s $HOME, `id` & "more"', "--tag", "team=data")
    shown = local_jobs.submit(project, service, manifest, "--dry-run", *words)
    said = local_jobs.call(project, service, "/bin/sh", "-ec", shown.partition("AWS CLI:\n")[2])
    job_id = json.loads(said[said.index('{\n    "JobId"') :])["JobId"]
    again = json.loads(local_jobs.submit(project, service, manifest, "--json", *words))
    assert (again["jobId"], again["exists"]) == (job_id, True)
    made = local_jobs.client(service).describe_job(AccountId=ACCOUNT, JobId=job_id)["Job"]
    asked = json.loads(shown.partition("\n\n#")[0])
    # what the function does is written into the job's record, for report and undo
    assert made["Operation"]["LambdaInvoke"]["UserArguments"] == {
        "operation": "copy",
        "overwrite": "never",
        "destinationBucket": DESTINATION,
    }
    for member in ("Operation", "Manifest", "Report", "Description", "Priority", "RoleArn"):
        assert made[member] == asked[member], member


@pytest.mark.slow
def test_the_printed_command_confirms_the_job(
    project: Path, service: dict[str, str], manifest: Path, key: str
) -> None:
    said = local_jobs.submit(project, service, manifest)
    job_id = said.split()[1]
    jobs = local_jobs.client(service)
    local_jobs.wait(jobs, job_id, "Suspended")
    shown = local_jobs.call(project, service, sys.executable, "-m", "jobs", "show", job_id, "--cli")
    watch, confirm, _ = shown.split("\n\n")
    local_jobs.call(project, service, "/bin/sh", "-ec", confirm)
    assert local_jobs.wait(jobs, job_id)["Status"] == "Complete"
    assert (
        json.loads(local_jobs.call(project, service, "/bin/sh", "-ec", watch))["Job"]["JobId"]
        == job_id
    )
    s3 = boto3.client("s3", endpoint_url=service["AWS_ENDPOINT_URL_S3"])
    assert s3.get_object(Bucket=DESTINATION, Key=key)["Body"].read() == b"an object"


def test_two_runs_at_once_make_one_job(
    project: Path, service: dict[str, str], manifest: Path
) -> None:
    command = [sys.executable, "-m", "jobs", "submit", str(manifest), "--json", "--yes"]
    runs = [
        subprocess.Popen(command, cwd=project, env=os.environ | service, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [json.loads(run.communicate()[0]) for run in runs]
    assert said[0]["jobId"] == said[1]["jobId"]
    made = local_jobs.client(service).list_jobs(AccountId=ACCOUNT)["Jobs"]
    asked = said[0]["request"]["Description"]
    assert [job["JobId"] for job in made if job["Description"] == asked] == [said[0]["jobId"]]
