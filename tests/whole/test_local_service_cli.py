"""`python -m jobs local` as a program, from outside: the real AWS CLI and boto3."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from local_service import (
    ACCOUNT,
    BIN,
    DESTINATION,
    FUNCTION,
    ROLE,
    SOURCE,
    USER,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_service import Local


@pytest.fixture(scope="module")
def local(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(template, tmp_path_factory.mktemp("local")) as local:
        yield local


def test_the_aws_cli_creates_a_job_as_the_page_of_aws_shows_it(local: Local) -> None:
    """The command of "Creating a Lambda function ... using the AWS CLI" in the S3 User Guide."""
    s3 = local.client("s3")
    for key in ("a", "b c"):
        s3.put_object(Bucket=SOURCE, Key=key, Body=b"hello")
    keys = ("a", "b%20c", "missing")
    body = "".join(f"{SOURCE},{key}\n" for key in keys).encode()
    put = s3.put_object(Bucket="jobs", Key="ManifestLocation", Body=body)
    manifest = (
        '{"Spec":{"Format":"S3BatchOperations_CSV_20180820","Fields":["Bucket","Key"]},'
        '"Location":{"ObjectArn":"arn:aws:s3:::jobs/ManifestLocation","ETag":' + put["ETag"] + "}}"
    )
    report = (
        '{"Bucket":"arn:aws:s3:::jobs","Format":"Report_CSV_20180820","Enabled":true,'
        '"Prefix":"ReportPrefix","ReportScope":"AllTasks"}'
    )
    made = local.aws(
        *("s3control", "create-job"),
        *("--account-id", ACCOUNT),
        *("--operation", f'{{"LambdaInvoke": {{ "FunctionArn": "{FUNCTION}" }} }}'),
        *("--manifest", manifest),
        *("--report", report),
        *("--priority", "2"),
        *("--role-arn", ROLE),
        *("--region", "us-west-2"),
        *("--description", "Lambda Function"),
    )
    this = ("--account-id", ACCOUNT, "--job-id", made["JobId"])
    # the page's command does not say --no-confirmation-required: the job waits
    local.wait(made["JobId"], "Suspended")
    local.aws("s3control", "update-job-status", *this, "--requested-job-status", "Ready")
    job = local.wait(made["JobId"], "Complete")
    assert job["Description"] == "Lambda Function"
    progress = {k: v for k, v in job["ProgressSummary"].items() if k != "Timers"}
    assert progress == {
        "TotalNumberOfTasks": 3,
        "NumberOfTasksSucceeded": 2,
        "NumberOfTasksFailed": 1,
    }
    copies = s3.list_objects_v2(Bucket=DESTINATION, Prefix="copied/")["Contents"]
    assert {each["Key"] for each in copies} >= {"copied/a", "copied/b c"}


@pytest.mark.slow
def test_the_aws_cli_lists_confirms_cancels_and_tags(local: Local) -> None:
    job_id = local.job(["a"], ConfirmationRequired=True)
    local.wait(job_id, "Suspended")
    this = ("--account-id", ACCOUNT, "--job-id", job_id)
    suspended = local.aws(
        "s3control", "list-jobs", "--account-id", ACCOUNT, "--job-statuses", "Suspended", "Paused"
    )
    assert [job["JobId"] for job in suspended["Jobs"]] == [job_id]
    assert local.aws("s3control", "describe-job", *this)["Job"]["Status"] == "Suspended"
    priority = local.aws("s3control", "update-job-priority", *this, "--priority", "42")
    assert priority == {"JobId": job_id, "Priority": 42}
    local.aws("s3control", "put-job-tagging", *this, "--tags", "Key=team,Value=data")
    tags = local.aws("s3control", "get-job-tagging", *this)
    assert tags == {"Tags": [{"Key": "team", "Value": "data"}]}
    local.aws("s3control", "delete-job-tagging", *this)
    cancelled = local.aws(
        *("s3control", "update-job-status", *this),
        *("--requested-job-status", "Cancelled", "--status-update-reason", "No longer needed"),
    )
    assert cancelled["StatusUpdateReason"] == "No longer needed"
    local.wait(job_id, "Cancelled")


@pytest.mark.slow
def test_the_aws_cli_shows_the_code_and_the_field_of_a_refusal(local: Local) -> None:
    job_id = "00000000-0000-4000-8000-000000000000"
    unknown = local.cli("s3control", "describe-job", "--account-id", ACCOUNT, "--job-id", job_id)
    assert "(NoSuchJobException) when calling the DescribeJob" in unknown.stderr
    refused = local.cli(
        *("s3control", "create-job", "--account-id", ACCOUNT, "--priority", "1"),
        *("--operation", '{"LambdaInvoke":{"FunctionArn":"f","InvocationSchemaVersion":"9"}}'),
        *("--report", "Enabled=false", "--role-arn", ROLE),
    )
    assert "(BadRequestException) when calling the CreateJob" in refused.stderr
    assert "InvocationSchemaVersion is '9'" in refused.stderr


def test_a_shell_takes_the_printed_lines_and_boto3_needs_no_arguments(local: Local) -> None:
    lines = "\n".join(f"export {name}={value}" for name, value in local.exports.items())
    script = (
        "import boto3; s3control = boto3.client('s3control'); "
        f"print(s3control.list_jobs(AccountId='{ACCOUNT}')['ResponseMetadata']['HTTPStatusCode'], "
        f"{SOURCE!r} in [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'{lines}\n"$0" -c "$1"', sys.executable, script],
        env={**os.environ, **USER, **local.profile},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "200 True\n"


def test_the_lines_that_it_suggests_run_a_job(local: Local, template: Path, tmp_path: Path) -> None:
    hints = [
        line.removeprefix("#   ")
        for line in local.errors.read_text().splitlines()
        if line.startswith("#   ")
    ]
    *commands, listing = hints
    waiting = f"until {listing} | grep ' copied/hello.txt$'; do :; done"  # beside others' copies
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", "\n".join([*commands, waiting])],
        cwd=tmp_path,
        env={**local.env, "PYTHONPATH": str(template), "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_another_program_that_uses_it_as_a_proxy_is_told_so(local: Local) -> None:
    script = """
import urllib.error, urllib.request
try:
    urllib.request.urlopen("http://example.com/")
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=local.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("403 ")
    assert "not a proxy: nothing is passed on to 'example.com'" in done.stdout


def test_it_says_ready_with_its_address_and_shows_the_jobs(local: Local) -> None:
    assert local.ready == f"ready: {local.url}\n"
    job_id = local.job(["nothing"])
    local.wait(job_id, "Complete")
    limit = time.monotonic() + 60
    expected = (
        f"job {job_id} Complete: 1 of 1 tasks, 1 failed\n"
        f"job {job_id} report: s3://jobs/job-{job_id}/manifest.json\n"
    )
    while expected not in local.errors.read_text():
        assert time.monotonic() < limit, local.errors.read_text()
        time.sleep(0.1)


def test_the_handler_sees_the_local_aws_and_nothing_of_its_user(
    template: Path, tmp_path: Path
) -> None:
    handler = ("--function", "handlers_of_the_test.probe")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Complete")
        message = local.report(job_id).strip().split(",", 6)[6].strip('"').replace('""', '"')
        local.process.send_signal(signal.SIGINT)
        stdout, _ = local.process.communicate(timeout=60)
    url = local.exports["AWS_ENDPOINT_URL_S3"]
    assert json.loads(message) == {
        "endpoint": url,
        "elsewhere": url,
        "key": "local",
        "token": None,
        "profile": "default",
        "files": [os.devnull, os.devnull],
    }
    assert stdout == ""  # what a handler prints goes to stderr
    assert "a line that the handler prints" in local.errors.read_text()


def test_the_timeout_of_an_endless_handler_is_the_row_s_message(
    template: Path, tmp_path: Path
) -> None:
    handler = ("--function", "handlers_of_the_test.asleep", "--timeout", "2")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Complete")
        assert " Task timed out after 2.00 seconds" in local.report(job_id)


def test_a_breakpoint_stops_in_this_process(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.pdb", "--in-process")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        assert local.process.stdin is not None
        local.process.stdin.write("event['tasks'][0]['s3Key']\ncontinue\n")
        local.process.stdin.flush()
        local.wait(job_id, "Complete")
        assert "after" in local.report(job_id)
    assert "(Pdb) 'a'" in local.errors.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--function", "broken_of_the_test.handler"], "cannot be imported: SyntaxError"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (  # test_local_options.py has them in one process
                (["--port", "TAKEN"], "--port TAKEN cannot be used"),
                (["--s3-endpoint", "http://127.0.0.1:9"], "No S3 answers at 'http://127.0.0.1:9'"),
                (["--choice", "retries=1"], "there is no 'retries'"),
                (["--lambda-endpoint", "http://127.0.0.1:9"], "No Lambda answers at"),
                (["--lambda-function", "f"], "give --lambda-endpoint too"),
            )
        ),
    ],
)
def test_what_cannot_start_says_why_in_a_sentence(
    template: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "broken_of_the_test.py").write_text("def handler(:\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "jobs", "local"]
            + [argument.replace("TAKEN", port) for argument in arguments],
            cwd=template,
            env={**os.environ, **USER, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2, done.stderr
    assert said.replace("TAKEN", port) in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
